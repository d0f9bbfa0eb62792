import { ApiError, type Call, type Routes } from '../../call.ts';
import type { Guest } from '../../world/guest.ts';
import type { Log, Task, TaskOwner, Work } from '../../world/tasks.ts';
import { isHaManaged } from '../bulk-work.ts';
import { demand, names, nodeOf, startTask } from '../find.ts';
import { shutdownWork, startWork, suspendToDiskWork } from '../power-work.ts';

/** What these calls demand: the privileges on everything, or on each guest that is named. */
export function demandAll({ principal, params }: Call, ...privileges: string[]): void {
  if (privileges.every((privilege) => principal.may('/', privilege))) return;
  const named = String(params.vms ?? '')
    .split(/[,;\s]+/)
    .filter(Boolean);
  for (const vmid of named) demand(principal, `/vms/${vmid}`, privileges[0] as string);
  if (named.length === 0) throw new ApiError(403, `Permission check failed (/, ${privileges.join(' && ')})`);
}

function chosen({ world, params }: Call): Guest[] {
  const named = String(params.vms ?? '')
    .split(/[,;\s]+/)
    .filter(Boolean)
    .map(Number);
  // What HA looks after is left to it, unless it is named.
  return world
    .guestsOn(params.node)
    .filter((guest) => (named.length > 0 ? named.includes(guest.vmid) : !isHaManaged(world, guest)))
    .filter(({ template }) => !template);
}

/** Runs one task for a guest from within another, and waits for it. */
function* each(
  call: Call,
  task: Task,
  guest: Guest,
  verb: string,
  work: (log: Log) => Work,
): Generator<number, void, void> {
  const owner: TaskOwner = { userid: task.userid, tokenid: task.tokenid, authid: task.authid };
  const type = `${names[guest.kind].task}${verb}`;
  const upid = call.world.tasks.start(nodeOf(call), owner, type, guest.vmid, work);
  while (call.world.tasks.get(upid)?.exitstatus === undefined) yield 200;
}

function startAll(call: Call): string {
  demandAll(call, 'VM.PowerMgmt');
  const { world, params } = call;
  return startTask(call, nodeOf(call), 'startall', '', function* (log, task): Work {
    for (const guest of chosen(call)) {
      if (guest.running || (!guest.config.onboot && !params.force)) continue;
      log(`Starting ${names[guest.kind].short} ${guest.vmid}`);
      const where = { node: guest.node, vmid: guest.vmid };
      yield* each(call, task, guest, 'start', (lines) => startWork(world, guest.kind, where, lines));
    }
    return undefined;
  });
}

function stopAll(call: Call): string {
  demandAll(call, 'VM.PowerMgmt');
  const { world, params } = call;
  return startTask(call, nodeOf(call), 'stopall', '', function* (log, task): Work {
    const timeout = params.timeout ?? 180;
    for (const guest of chosen(call).reverse()) {
      if (!guest.running) continue;
      log(`Stopping ${names[guest.kind].short} ${guest.vmid} (timeout = ${timeout} seconds)`);
      const options = { timeout, forceStop: params['force-stop'] !== 0, skiplock: false };
      yield* each(call, task, guest, 'shutdown', (lines) => shutdownWork(world, guest, lines, options));
    }
    return undefined;
  });
}

function suspendAll(call: Call): string {
  demandAll(call, 'VM.PowerMgmt', 'VM.Config.Disk');
  return startTask(call, nodeOf(call), 'suspendall', '', function* (log, task): Work {
    let skipped = 0;
    for (const guest of chosen(call).reverse()) {
      if (guest.kind === 'lxc') {
        log(`WARN: skipping ${guest.vmid}, only VMs can be suspended`);
        skipped++;
      } else if (guest.running) {
        log(`Suspending VM ${guest.vmid}`);
        yield* each(call, task, guest, 'suspend', (lines) =>
          suspendToDiskWork(call.world, guest, lines, 'local'),
        );
      } else log(`VM ${guest.vmid} not running, skipping suspension`);
    }
    return skipped;
  });
}

/** `POST …/status`: the node goes down two seconds later, its guests with it; a reboot brings it back. */
function power(call: Call): null {
  const { world, params } = call;
  const node = nodeOf(call);
  const [first] = world.nodes.keys();
  world.timeline.after(2000, () => {
    for (const guest of world.guestsOn(node.name)) if (guest.running) guest.power('stopped', world.now());
    // The node that answers has to stay, or nobody could ask any more.
    if (node.name !== first) world.setOnline(node.name, false);
    if (params.command === 'shutdown') return;
    world.timeline.after(60_000, () => {
      node.bootedAt = world.now();
      world.setOnline(node.name, true);
    });
  });
  return null;
}

/** What is done to all guests of a node, and to the node itself. */
export const nodeBulkRoutes: Routes = {
  'POST /nodes/{node}/startall': startAll,
  'POST /nodes/{node}/stopall': stopAll,
  'POST /nodes/{node}/suspendall': suspendAll,
  'POST /nodes/{node}/status': power,
};
