import { ApiError, type Call, type Handler, type Routes } from '../../call.ts';
import type { Guest } from '../../world/guest.ts';
import type { Work } from '../../world/tasks.ts';
import { type BulkStep, inBulk, isHaManaged, startupOf } from '../bulk-work.ts';
import { demand, names, no, startTask } from '../find.ts';
import { guestPowerRoutes } from '../guest-power.ts';
import { migrateRoutes } from '../migrate.ts';

const base = '/cluster/bulk-action';

interface Action {
  name: 'start' | 'shutdown' | 'suspend' | 'migrate';
  /** What the first line of the log says. */
  doing: (call: Call) => [string, string];
  privilege: 'VM.PowerMgmt' | 'VM.Migrate';
  workers: number;
  failed: string;
  step(call: Call, log: (line: string) => void, warn: (line: string) => void): BulkStep;
}

function demandAll({ principal, params }: Call, privilege: string): void {
  const named: number[] = params.vms ?? [];
  for (const vmid of named) demand(principal, `/vms/${vmid}`, privilege);
  if (named.length === 0 && !principal.may('/', privilege))
    throw new ApiError(403, `Permission check failed (/, ${privilege})`);
}

/** The guests in the order of their start, those of one order together; who is not named is left to HA, and to nobody else. */
function groupsOf({ world, params }: Call, { name }: Action): Guest[][] {
  const named: number[] = params.vms ?? [];
  const guests = world
    .guestsInOrder()
    .filter((guest) => (named.length === 0 ? true : named.includes(guest.vmid)))
    .filter(
      (guest) => name === 'migrate' || (!guest.template && (named.length > 0 || !isHaManaged(world, guest))),
    );
  if (name === 'migrate') return [guests];
  const orders = [...new Set(guests.map((guest) => startupOf(guest).order))].sort((a, b) => a - b);
  if (name !== 'start') orders.reverse();
  return orders.map((order) => guests.filter((guest) => startupOf(guest).order === order));
}

/** The same call for one guest, as the caller could have made it. */
function callFor(call: Call, guest: Guest, what: string, params: Call['params']): string {
  if (!call.world.nodes.get(guest.node)?.online) throw new ApiError(595, '595 No route to host');
  const line = `POST /nodes/{node}/${guest.kind}/{vmid}/${what}`;
  const handler = (guestPowerRoutes[line] ?? migrateRoutes[line]) as Handler;
  return handler({ ...call, params: { node: guest.node, vmid: guest.vmid, ...params } }) as string;
}

const text = ({ kind, vmid }: Guest) => `${names[kind].short} ${vmid}`;

const given = (params: Call['params'], ...wanted: string[]) =>
  Object.fromEntries(wanted.filter((name) => params[name] !== undefined).map((name) => [name, params[name]]));

const actions: Action[] = [
  {
    ...{ name: 'start', privilege: 'VM.PowerMgmt', workers: 4, failed: 'Some guests failed to start:' },
    doing: () => ['Starting', ''],
    step: (call, log, warn) => ({
      begin(guest) {
        if (guest.running && guest.kind === 'qemu' && !guest.paused) {
          warn(`Skipping ${text(guest)}, already running.`);
          return undefined;
        }
        log(`Starting ${text(guest)}`);
        if (guest.running) return callFor(call, guest, 'status/resume', {});
        return callFor(
          call,
          guest,
          'status/start',
          guest.kind === 'qemu' ? given(call.params, 'timeout') : {},
        );
      },
      pause: (guest) => startupOf(guest).up * 1000,
      failed: (guest, why) => `Starting ${text(guest)} failed: ${why}`,
    }),
  },
  {
    ...{ name: 'shutdown', privilege: 'VM.PowerMgmt', workers: 4, failed: 'Some guests failed to shutdown' },
    doing: () => ['Shutting down', ''],
    step: (call, log, warn) => ({
      begin(guest) {
        const forceStop = call.params['force-stop'] ?? 1;
        const skip = !guest.running
          ? 'not running'
          : guest.paused && !forceStop
            ? 'resume paused VM before shutdown'
            : '';
        if (skip) {
          warn(`Skipping ${text(guest)}, ${skip}.`);
          return undefined;
        }
        const timeout = startupOf(guest).down ?? call.params.timeout ?? 180;
        log(`Shutting down ${text(guest)} (Timeout = ${timeout} seconds)`);
        return callFor(call, guest, 'status/shutdown', { forceStop, timeout });
      },
      failed: (guest, why) => `Stopping ${text(guest)} failed: ${why}`,
    }),
  },
  {
    ...{ name: 'suspend', privilege: 'VM.PowerMgmt', workers: 4, failed: 'Some guests failed to suspend' },
    doing: () => ['Suspending', ''],
    step: (call, log, warn) => ({
      begin(guest) {
        const skip = guest.kind !== 'qemu' ? `skipping ${guest.vmid}, only VMs can be suspended` : '';
        if (skip || !guest.running) {
          warn(skip || `Skipping ${text(guest)}, not running.`);
          return undefined;
        }
        log(`Suspending ${text(guest)}`);
        const toDisk = call.params['to-disk'] ?? 0;
        return callFor(call, guest, 'status/suspend', {
          ...{ todisk: toDisk, ...(toDisk ? given(call.params, 'statestorage') : {}) },
        });
      },
      failed: (guest, why) => `Stopping ${text(guest)} failed: ${why}`,
    }),
  },
  {
    ...{ name: 'migrate', privilege: 'VM.Migrate', workers: 1, failed: 'Some guests failed to migrate' },
    doing: ({ params }) => ['Migrating', ` to ${params.target}`],
    step: (call, log, warn) => ({
      begin(guest) {
        const { target, online } = call.params;
        if (guest.node === target) {
          warn(`${text(guest)} already on ${target}, skipping.`);
          return undefined;
        }
        log(`Migrating ${text(guest)}`);
        const how =
          guest.kind === 'qemu'
            ? given(call.params, 'online', 'with-local-disks')
            : online === undefined
              ? {}
              : { restart: online };
        return callFor(call, guest, 'migrate', { target, ...how });
      },
      failed: (guest, why) => `Migrating ${text(guest)} failed: ${why}`,
    }),
  },
];

function routeOf(action: Action): Handler {
  return (call) => {
    const { world, params, principal } = call;
    demandAll(call, action.privilege);
    if (params['to-disk']) {
      demandAll(call, 'VM.Config.Disk');
      if (params.statestorage !== undefined)
        demand(principal, `/storage/${params.statestorage}`, 'Datastore.AllocateSpace');
    }
    const [here] = world.nodes.values();
    if (!here) throw no('no nodes');
    return startTask(call, here, `bulk-${action.name}`, '', function* (log): Work {
      let warnings = 0;
      const warn = (line: string) => {
        warnings++;
        log(`WARN: ${line}`);
      };
      const [doing, where] = action.doing(call);
      const named: number[] = params.vms ?? [];
      log(
        named.length === 0 ? `${doing} all guests${where}` : `${doing} guests${where}: ${named.join(', ')}`,
      );
      const workers =
        params['max-workers'] ?? params.maxworkers ?? world.options.max_workers ?? action.workers;
      const failed = yield* inBulk(
        call,
        groupsOf(call, action),
        Number(workers),
        warn,
        action.step(call, log, warn),
      );
      if (failed.length > 0) throw no(`${action.failed} ${failed.join(', ')}`);
      return warnings;
    });
  };
}

/** One action for many guests of the cluster, each done as a call of its own. */
export const bulkActionRoutes: Routes = {
  [`GET ${base}`]: () => [{ name: 'guest' }],
  [`GET ${base}/guest`]: () => ['start', 'shutdown', 'migrate', 'suspend'].map((name) => ({ name })),
  ...Object.fromEntries(actions.map((action) => [`POST ${base}/guest/${action.name}`, routeOf(action)])),
};
