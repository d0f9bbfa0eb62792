import type { Call, Handler, Routes } from '../call.ts';
import type { Guest, Kind } from '../world/guest.ts';
import type { Work } from '../world/tasks.ts';
import { checkLock, demand, guestOf, names, no, nodeOf, rootOnly, startTask, withLock } from './find.ts';
import { rebootWork, shutdownWork, startWork, stopWork, suspendToDiskWork } from './power-work.ts';

/** A guest under HA is not started or stopped by the call: HA is asked to, and does it a little later. */
function viaHa(call: Call, kind: Kind, state: 'started' | 'stopped'): string | undefined {
  const { world, params } = call;
  const sid = `${kind === 'qemu' ? 'vm' : 'ct'}:${params.vmid}`;
  const resource = world.ha.get(sid);
  // Disarmed so that it ignores its resources, HA leaves them to whoever asks.
  if (!resource || world.haDisarmed?.mode === 'ignore') return undefined;
  const node = nodeOf(call);
  const word = state === 'started' ? 'start' : 'stop';
  return startTask(call, node, `ha${word}`, params.vmid, function* (log): Work {
    log(`Requesting HA ${word} for ${names[kind].short} ${params.vmid}`);
    resource.state = state;
    const owner = { userid: 'root@pam', tokenid: undefined, authid: 'root@pam' };
    const where = { node: node.name, vmid: Number(params.vmid) };
    const work = state === 'started' ? startWork : stopWork;
    world.timeline.after(5000, () => {
      world.tasks.start(node, owner, `${names[kind].task}${word}`, where.vmid, (lines) =>
        work(world, kind, where, lines),
      );
    });
    return undefined;
  });
}

function start(kind: Kind): Handler {
  return (call) => {
    rootOnly(
      call,
      'skiplock',
      'stateuri',
      'migratedfrom',
      'migration_type',
      'migration_network',
      'targetstorage',
      'force-cpu',
    );
    const { world, params } = call;
    const guest = world.guests.get(Number(params.vmid));
    // Recorded on PVE 9.2: for a container this is refused at once, for a VM only in the task.
    if (kind === 'lxc' && guestOf(call, 'lxc').running) throw no(`CT ${params.vmid} already running`);
    const where = { node: String(params.node), vmid: Number(params.vmid) };
    return (
      (guest?.running ? undefined : viaHa(call, kind, 'started')) ??
      startTask(call, nodeOf(call), `${names[kind].task}start`, params.vmid, (log) =>
        startWork(world, kind, where, log, Boolean(params.skiplock)),
      )
    );
  };
}

function stop(kind: Kind): Handler {
  return (call) => {
    rootOnly(call, 'skiplock', 'keepActive', 'migratedfrom');
    const { world, params } = call;
    if (kind === 'lxc' && !guestOf(call, 'lxc').running) throw no(`CT ${params.vmid} not running`);
    const node = nodeOf(call);
    const where = { node: node.name, vmid: Number(params.vmid) };
    const asked = viaHa(call, kind, 'stopped');
    if (asked) return asked;
    const { task } = names[kind];
    return startTask(call, node, `${task}stop`, params.vmid, (log) => {
      if (params['overrule-shutdown']) {
        for (const other of world.tasks.of(node.name)) {
          if (other.exitstatus !== undefined || other.id !== String(params.vmid)) continue;
          if (other.type === `${task}shutdown`) world.tasks.stop(other.upid);
        }
      }
      return stopWork(world, kind, where, log, Boolean(params.skiplock));
    });
  };
}

function shutdown(kind: Kind): Handler {
  return (call) => {
    rootOnly(call, 'skiplock', 'keepActive');
    const { world, params } = call;
    const guest = guestOf(call, kind);
    if (kind === 'lxc' && !guest.running) throw no(`CT ${params.vmid} not running`);
    if (guest.paused && !params.forceStop) throw no('VM is paused - cannot shutdown');
    return (
      viaHa(call, kind, 'stopped') ??
      startTask(call, nodeOf(call), `${names[kind].task}shutdown`, params.vmid, (log) =>
        shutdownWork(world, guest, log, {
          timeout: params.timeout,
          forceStop: Boolean(params.forceStop),
          skiplock: Boolean(params.skiplock),
        }),
      )
    );
  };
}

function reboot(kind: Kind): Handler {
  return (call) => {
    const guest = guestOf(call, kind);
    if (guest.paused) throw no('VM is paused - cannot shutdown');
    if (!guest.running) throw no(`VM ${guest.vmid} not running`);
    return startTask(call, nodeOf(call), `${names[kind].task}reboot`, guest.vmid, (log) =>
      rebootWork(call.world, guest, log, call.params.timeout),
    );
  };
}

/** A change of a running guest that takes a moment and needs its lock. */
function quick(call: Call, guest: Guest, type: string, change: () => void): string {
  return startTask(call, nodeOf(call), type, guest.vmid, (log) =>
    withLock(call.world, guest, log, function* () {
      if (!call.params.skiplock) checkLock(guest);
      yield 300;
      change();
      return undefined;
    }),
  );
}

const running = (call: Call, kind: Kind): Guest => {
  const guest = guestOf(call, kind);
  if (!guest.running) throw no(`${names[kind].short} ${guest.vmid} not running`);
  return guest;
};

function suspendQemu(call: Call): string {
  const { params, principal, world } = call;
  rootOnly(call, 'skiplock');
  const guest = running(call, 'qemu');
  if (!params.todisk) {
    return quick(call, guest, 'qmpause', () => {
      guest.paused = true;
    });
  }
  demand(principal, `/vms/${guest.vmid}`, 'VM.Config.Disk');
  const storage = String(params.statestorage ?? 'local');
  demand(principal, `/storage/${storage}`, 'Datastore.AllocateSpace');
  return startTask(call, nodeOf(call), 'qmsuspend', guest.vmid, (log) =>
    suspendToDiskWork(world, guest, log, storage),
  );
}

function resumeQemu(call: Call): string {
  rootOnly(call, 'skiplock', 'nocheck');
  const { world, params } = call;
  const guest = guestOf(call, 'qemu');
  if (guest.lock === 'suspended') {
    const where = { node: guest.node, vmid: guest.vmid };
    return startTask(call, nodeOf(call), 'qmresume', guest.vmid, (log) =>
      startWork(world, 'qemu', where, log),
    );
  }
  if (!guest.running) throw no(`VM ${params.vmid} not running`);
  return quick(call, guest, 'qmresume', () => {
    guest.paused = false;
  });
}

/** Freezing a container takes CRIU, and that refuses every system of today: the task fails. */
function suspendLxc(call: Call): string {
  const guest = running(call, 'lxc');
  return startTask(call, nodeOf(call), 'vzsuspend', guest.vmid, (log) =>
    withLock(call.world, guest, log, function* (): Work {
      checkLock(guest);
      yield 300;
      const command = `lxc-checkpoint -n ${guest.vmid} -s -D /var/lib/vz/dump`;
      throw no(`command '${command}' failed: exit code 1`);
    }),
  );
}

function resumeLxc(call: Call): string {
  const guest = guestOf(call, 'lxc');
  if (guest.running) throw no(`CT ${guest.vmid} already running`);
  return startTask(call, nodeOf(call), 'vzresume', guest.vmid, function* (): Work {
    yield 300;
    const command = `lxc-checkpoint -n ${guest.vmid} -r --foreground -D /var/lib/vz/dump`;
    throw no(`command '${command}' failed: exit code 1`);
  });
}

export const guestPowerRoutes: Routes = {
  'POST /nodes/{node}/qemu/{vmid}/status/start': start('qemu'),
  'POST /nodes/{node}/qemu/{vmid}/status/stop': stop('qemu'),
  'POST /nodes/{node}/qemu/{vmid}/status/shutdown': shutdown('qemu'),
  'POST /nodes/{node}/qemu/{vmid}/status/reboot': reboot('qemu'),
  'POST /nodes/{node}/qemu/{vmid}/status/reset': (call) => {
    rootOnly(call, 'skiplock');
    const guest = running(call, 'qemu');
    return quick(call, guest, 'qmreset', () => undefined);
  },
  'POST /nodes/{node}/qemu/{vmid}/status/suspend': suspendQemu,
  'POST /nodes/{node}/qemu/{vmid}/status/resume': resumeQemu,
  'POST /nodes/{node}/lxc/{vmid}/status/start': start('lxc'),
  'POST /nodes/{node}/lxc/{vmid}/status/stop': stop('lxc'),
  'POST /nodes/{node}/lxc/{vmid}/status/shutdown': shutdown('lxc'),
  'POST /nodes/{node}/lxc/{vmid}/status/reboot': reboot('lxc'),
  'POST /nodes/{node}/lxc/{vmid}/status/suspend': suspendLxc,
  'POST /nodes/{node}/lxc/{vmid}/status/resume': resumeLxc,
};
