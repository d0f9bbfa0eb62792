import { ApiError, type Call, parameterErrors, type Routes } from '../../call.ts';
import type { Guest } from '../../world/guest.ts';
import type { Work } from '../../world/tasks.ts';
import { inBulk } from '../bulk-work.ts';
import { no, nodeOf, startTask } from '../find.ts';
import { migrateRoutes } from '../migrate.ts';
import { demandAll } from './bulk.ts';

interface Precondition {
  local_disks: { volid: string }[];
  local_resources: string[];
  not_allowed_nodes: Record<string, { unavailable_storages?: string[] }>;
}

/** Starts the migration of one guest, or throws what stands in its way. */
function begin(call: Call, guest: Guest, log: (line: string) => void): string {
  const { target, 'with-local-disks': withDisks } = call.params;
  const ask = (line: string, params: Call['params'] = {}) =>
    migrateRoutes[line]?.({ ...call, params: { node: guest.node, vmid: guest.vmid, target, ...params } });
  const path = `/nodes/{node}/${guest.kind}/{vmid}/migrate`;
  const online = guest.running ? 1 : 0;
  if (guest.kind === 'lxc') {
    log(`Migrating CT ${guest.vmid}`);
    return ask(`POST ${path}`, { restart: online }) as string;
  }
  const found = ask(`GET ${path}`) as Precondition;
  const storages = found.not_allowed_nodes[target]?.unavailable_storages ?? [];
  const problems: [string, string[]][] = [
    ['local disks', online && !withDisks ? found.local_disks.map(({ volid }) => volid) : []],
    ['local resources', found.local_resources],
    ['unavailable storages', storages],
  ];
  const lines = problems.filter(([, list]) => list.length > 0);
  if (lines.length > 0) {
    log(`Check VM ${guest.vmid}: skip VM ${guest.vmid} - precondition check failed:`);
    throw no(lines.map(([what, list]) => `  Has ${what}: ${list.join(', ')}`).join('\n'));
  }
  log(`Check VM ${guest.vmid}: precondition check passed`);
  log(`Migrating VM ${guest.vmid}`);
  return ask(`POST ${path}`, { online, ...(withDisks && { 'with-local-disks': withDisks }) }) as string;
}

/** `POST …/migrateall`: a guest that cannot go is skipped, and one whose own task fails is not this task's concern. */
function migrateAll(call: Call): string {
  demandAll(call, 'VM.Migrate');
  const { world, params } = call;
  if (params.target === params.node) throw parameterErrors({ target: 'target is local node.' });
  if (!world.nodes.has(params.target)) throw no(`no such cluster node '${params.target}'`);
  const workers = Number(params['max-workers'] ?? params.maxworkers ?? world.options.max_workers ?? 0);
  if (!workers) throw no(`either 'max-workers' parameter or max_workers in datacenter.cfg must be set!`);
  return startTask(call, nodeOf(call), 'migrateall', '', function* (log): Work {
    const named = String(params.vms ?? '').match(/\d+/g);
    const guests = world.guestsOn(params.node).filter(({ vmid }) => named?.includes(String(vmid)) ?? true);
    if (guests.length === 0) {
      log('no virtual guests matched, nothing to do..');
      return undefined;
    }
    let begun = 0;
    yield* inBulk(call, [guests], workers, () => undefined, {
      begin(guest) {
        try {
          const upid = begin(call, guest, log);
          begun++;
          return upid;
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          for (const line of error.message.split('\n')) log(line);
          return undefined;
        }
      },
      failed: () => '',
    });
    if (begun === 0) throw no('no migrations worker started...');
    log(`All jobs finished, used ${begun} workers in total.`);
    return undefined;
  });
}

/** Empties a node. */
export const migrateAllRoutes: Routes = { 'POST /nodes/{node}/migrateall': migrateAll };
