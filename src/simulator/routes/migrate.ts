import { type Call, type Handler, parameterErrors, type Routes } from '../call.ts';
import { drivesOf } from '../world/drives.ts';
import type { Guest, Kind } from '../world/guest.ts';
import { storageIdOf } from '../world/storage.ts';
import type { Log, Work } from '../world/tasks.ts';
import { checkLock, guestOf, names, no, nodeOf, rootOnly, startTask, withLock } from './find.ts';

/** The disks that lie on a storage of this node alone. */
function localDisks({ world }: Call, guest: Guest) {
  return drivesOf(guest.kind, guest.config).flatMap(({ volume, cdrom }) => {
    const storage = world.storages.get(storageIdOf(volume) ?? '');
    if (!storage || storage.shared) return [];
    const size = storage.get(guest.node, volume)?.size ?? 0;
    return [{ volid: volume, size, cdrom: cdrom ? 1 : 0, is_unused: 0 }];
  });
}

/** The storages of a guest's disks that a node does not have. */
function missingStorages({ world }: Call, guest: Guest, node: string): string[] {
  const ids = drivesOf(guest.kind, guest.config).map(({ volume }) => storageIdOf(volume));
  const known = [...new Set(ids)].filter((id) => id !== undefined && world.storages.has(id)) as string[];
  return known.filter((id) => !world.storages.get(id)?.enabledOn(node));
}

const others = ({ world }: Call, guest: Guest) =>
  [...world.nodes.keys()].filter((node) => node !== guest.node).sort();

/** `GET …/migrate` of a VM: where it may go, and what stands in the way. */
function qemuPrecondition(call: Call) {
  const guest = guestOf(call, 'qemu');
  checkLock(guest);
  const allowed: string[] = [];
  const notAllowed: Record<string, unknown> = {};
  for (const node of others(call, guest)) {
    const missing = missingStorages(call, guest, node);
    if (missing.length > 0) notAllowed[node] = { unavailable_storages: missing };
    else allowed.push(node);
  }
  const real = Object.entries(guest.config).filter(([key]) =>
    /^(?:hostpci|usb|serial|parallel)\d+$/.test(key),
  );
  return {
    running: guest.running ? 1 : 0,
    ...{ allowed_nodes: allowed, not_allowed_nodes: notAllowed, local_disks: localDisks(call, guest) },
    local_resources: real
      .filter(([, value]) => value !== 'socket' && !/spice|mapping/.test(String(value)))
      .map(([key]) => key),
    ...{ 'mapped-resources': [], 'mapped-resource-info': {}, 'has-dbus-vmstate': 1 },
  };
}

function lxcPrecondition(call: Call) {
  const guest = guestOf(call, 'lxc');
  checkLock(guest);
  return { running: guest.running ? 1 : 0, 'allowed-nodes': others(call, guest), 'not-allowed-nodes': {} };
}

const stamp = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');

function* work(call: Call, guest: Guest, log: Log): Work {
  const { world, params } = call;
  const { target } = params;
  const short = names[guest.kind].short;
  const say = (line: string) => log(`${stamp(world.seconds())} ${line}`);
  const begun = world.seconds();
  const wasRunning = guest.running;
  say(`starting migration of ${short} ${guest.vmid} to node '${target}' (${world.nodes.get(target)?.ip})`);
  if (!world.nodes.get(target)?.online) throw no(`migration aborted: can't connect to node '${target}'`);
  const disks = localDisks(call, guest).filter(({ cdrom }) => !cdrom);
  const missing = missingStorages(call, guest, target);
  const online = wasRunning && guest.kind === 'qemu';
  if (missing.length > 0 && !(params.targetstorage ?? params['target-storage'])) {
    throw no(`migration aborted: storage '${missing[0]}' is not available on node '${target}'`);
  }
  if (disks.length > 0 && online && !params['with-local-disks']) {
    say(
      `ERROR: Problem found while scanning volumes - can't live migrate attached local disks without with-local-disks option`,
    );
    throw no('migration aborted');
  }
  guest.set({ lock: 'migrate' });
  try {
    if (wasRunning && guest.kind === 'lxc') {
      say(`shutdown CT ${guest.vmid}`);
      yield 2000;
      guest.power('stopped', world.now());
    }
    for (const { volid, size } of disks) {
      say(`copying local disk image: '${volid}' (on ${guest.node} to ${target})`);
      yield Math.max(500, (size / 1024 ** 3) * 900);
    }
    if (online) {
      say('starting online/live migration');
      yield Math.max(1000, (guest.facts.maxmem / 1024 ** 3) * 900);
      say('migration status: completed');
    } else yield 800;
    moveVolumes(
      call,
      guest,
      target,
      disks.map(({ volid }) => volid),
    );
    world.moveGuest(guest, target);
  } finally {
    guest.set({ lock: undefined });
  }
  if (wasRunning && guest.kind === 'lxc') {
    say('start container on target node');
    guest.power('running', world.now(), world.nodes.get(target)?.nextPid());
  }
  const took = new Date((world.seconds() - begun) * 1000).toISOString().slice(11, 19);
  say(`migration finished successfully (duration ${took})`);
  return undefined;
}

function moveVolumes({ world }: Call, guest: Guest, target: string, volids: string[]): void {
  for (const volid of volids) {
    const storage = world.storages.get(storageIdOf(volid) ?? '');
    const volume = storage?.remove(guest.node, volid);
    if (volume) storage?.add(target, volume);
  }
}

function migrate(kind: Kind): Handler {
  return (call) => {
    const { world, params } = call;
    const { target } = params;
    if (!world.nodes.has(target)) throw no(`no such cluster node '${target}'`);
    if (target === params.node) throw parameterErrors({ target: 'target is local node.' });
    if (kind === 'qemu') rootOnly(call, 'force', 'migration_type', 'migration_network');
    const guest = guestOf(call, kind);
    if (kind === 'qemu') checkLock(guest);
    if (guest.running && !params.online && !params.restart) {
      if (kind === 'qemu') throw no(`can't migrate running VM without --online`);
      throw no(`can't migrate running container without --online or --restart`);
    }
    const type = kind === 'qemu' ? 'qmigrate' : 'vzmigrate';
    return startTask(call, nodeOf(call), type, guest.vmid, (log) =>
      withLock(world, guest, log, function* () {
        checkLock(guest);
        return yield* work(call, guest, log);
      }),
    );
  };
}

export const migrateRoutes: Routes = {
  'GET /nodes/{node}/qemu/{vmid}/migrate': qemuPrecondition,
  'GET /nodes/{node}/lxc/{vmid}/migrate': lxcPrecondition,
  'POST /nodes/{node}/qemu/{vmid}/migrate': migrate('qemu'),
  'POST /nodes/{node}/lxc/{vmid}/migrate': migrate('lxc'),
};
