import type { Guest, Kind } from '../world/guest.ts';
import type { Log, Work } from '../world/tasks.ts';
import type { World } from '../world/world.ts';
import { checkLock, loadGuest, names, no, withLock } from './find.ts';

/** How long things take, in milliseconds. */
const takes = { start: 1500, stop: 1000, shutdown: 4000, restart: 1500, suspend: 3000 };

/** Puts what waited for a restart into the config. */
export function applyPending(guest: Guest): void {
  const changes: Record<string, string | number | undefined> = {};
  for (const [key, value] of guest.pending) changes[key] = value ?? undefined;
  guest.pending.clear();
  guest.set(changes);
}

function powerOn(world: World, guest: Guest): void {
  const node = world.nodes.get(guest.node);
  applyPending(guest);
  guest.power('running', world.now(), node?.nextPid() ?? 1);
}

/** Starts a guest. Every refusal stands in the task (recorded on PVE 9.2), also that it runs already. */
export function* startWork(
  world: World,
  kind: Kind,
  where: { node: string; vmid: number },
  log: Log,
  skiplock = false,
): Work {
  const guest = loadGuest(world, kind, where.node, where.vmid);
  yield* withLock(world, guest, log, function* () {
    if (guest.template) {
      throw no(
        kind === 'qemu'
          ? `you can't start a vm if it's a template`
          : `you can't start a CT if it's a template`,
      );
    }
    const suspended = guest.lock === 'suspended';
    if (!skiplock && !suspended) checkLock(guest);
    if (guest.running) throw no(`${names[kind].short} ${guest.vmid} already running`);
    yield takes.start;
    if (suspended) {
      log('Resumed VM, removing state');
      guest.set({ lock: undefined, vmstate: undefined, runningmachine: undefined });
    }
    powerOn(world, guest);
    return undefined;
  });
  return undefined;
}

/** Stops a guest at once. Stopping a stopped VM is no error. */
export function* stopWork(
  world: World,
  kind: Kind,
  where: { node: string; vmid: number },
  log: Log,
  skiplock = false,
): Work {
  const guest = loadGuest(world, kind, where.node, where.vmid);
  yield* withLock(world, guest, log, function* () {
    if (!guest.running) return undefined;
    if (!skiplock) checkLock(guest);
    yield takes.stop;
    guest.power('stopped', world.now());
    return undefined;
  });
  return undefined;
}

/** Asks the system inside to shut down; without one that hears it, waits until the timeout (seconds). */
export function* shutdownWork(
  world: World,
  guest: Guest,
  log: Log,
  options: { timeout: number | undefined; forceStop: boolean; skiplock: boolean },
): Work {
  yield* withLock(world, guest, log, function* () {
    if (!guest.running) return undefined;
    if (!options.skiplock) checkLock(guest);
    const timeout = (options.timeout ?? 60) * 1000;
    if (guest.inside && takes.shutdown <= timeout) yield takes.shutdown;
    else {
      if (guest.facts.agent && !guest.inside?.agent) {
        log(
          `QEMU Guest Agent is not running - VM ${guest.vmid} qga command 'guest-ping' failed - got timeout`,
        );
      }
      yield timeout;
      if (!options.forceStop) {
        throw no(
          guest.kind === 'qemu' ? 'VM quit/powerdown failed - got timeout' : 'command failed: got timeout',
        );
      }
      log('VM still running - terminating now with SIGTERM');
      yield takes.stop;
    }
    guest.power('stopped', world.now());
    return undefined;
  });
  return undefined;
}

/** Shuts down and starts again, with the changes that waited for it. */
export function* rebootWork(world: World, guest: Guest, log: Log, timeout: number | undefined): Work {
  yield* shutdownWork(world, guest, log, { timeout, forceStop: guest.kind === 'lxc', skiplock: false });
  yield takes.restart;
  powerOn(world, guest);
  return undefined;
}

/** Saves the RAM to a disk and stops; the lock `suspended` stays until the next start. */
export function* suspendToDiskWork(world: World, guest: Guest, log: Log, storage: string): Work {
  yield* withLock(world, guest, log, function* () {
    checkLock(guest);
    guest.set({ lock: 'suspending' });
    const state = `${storage}:${guest.vmid}/vm-${guest.vmid}-state-suspend-${new Date(world.now()).toISOString().slice(0, 10)}.raw`;
    yield takes.suspend;
    log('State saved, quitting');
    guest.set({ lock: 'suspended', vmstate: state });
    guest.power('stopped', world.now());
    return undefined;
  });
  return undefined;
}
