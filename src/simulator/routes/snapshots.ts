import type { Call, Handler, Routes } from '../call.ts';
import { drivesOf } from '../world/drives.ts';
import type { Config, Guest, Kind, Snapshot } from '../world/guest.ts';
import { humanSize } from '../world/size.ts';
import { storageIdOf, type Volume } from '../world/storage.ts';
import type { Log, Work } from '../world/tasks.ts';
import type { World } from '../world/world.ts';
import { allocationLine } from './disk-log.ts';
import {
  checkLock,
  demand,
  guestOf,
  loadGuest,
  names,
  no,
  nodeOf,
  startTask,
  waitForLock,
  withLock,
} from './find.ts';
import { snapshotConfig, snapshotOf } from './guest-config.ts';
import { startWork } from './power-work.ts';

/** Whether every disk of a guest lies where snapshots can be taken. */
export function canSnapshot(world: World, guest: Guest): boolean {
  return drivesOf(guest.kind, guest.config).every(({ volume, cdrom }) => {
    if (cdrom) return true;
    const storage = world.storages.get(storageIdOf(volume) ?? '');
    const format = storage?.get(guest.node, volume)?.format;
    return storage !== undefined && format !== undefined && storage.snapshots(format, guest.kind);
  });
}

function listSnapshots(call: Call, kind: Kind) {
  const guest = guestOf(call, kind);
  const rows: Record<string, unknown>[] = guest.snapshots.map((snapshot) => ({
    name: snapshot.name,
    snaptime: snapshot.snaptime,
    ...(kind === 'qemu' ? { vmstate: snapshot.vmstate === undefined ? 0 : 1 } : {}),
    description: snapshot.description,
    ...(snapshot.parent === undefined ? {} : { parent: snapshot.parent }),
  }));
  const current: Record<string, unknown> = {
    name: 'current',
    description: 'You are here!',
    digest: guest.digest,
  };
  current.running = guest.running ? 1 : 0;
  if (guest.parent !== undefined) current.parent = guest.parent;
  return [...rows, current];
}

/** The config without what belongs to the moment and not to the guest. */
function copyConfig(config: Config): Config {
  const { lock: _lock, vmstate: _vmstate, digest: _digest, ...rest } = config;
  return rest;
}

function* snapshotWork(call: Call, kind: Kind, log: Log): Work {
  const { world, params } = call;
  const guest = loadGuest(world, kind, String(params.node), Number(params.vmid));
  yield* withLock(world, guest, log, function* () {
    if (guest.template) throw no(`you can't take a snapshot if it's a template`);
    checkLock(guest);
    const name = String(params.snapname);
    if (guest.snapshots.some((one) => one.name === name)) throw no(`snapshot name '${name}' already used`);
    if (!canSnapshot(world, guest)) throw no('snapshot feature is not available');
    guest.set({ lock: 'snapshot' });
    try {
      const snapshot: Snapshot = {
        ...{ name, snaptime: world.seconds(), description: params.description ?? '', parent: guest.parent },
        ...{ vmstate: undefined, config: copyConfig(guest.config) },
      };
      if (params.vmstate && guest.running) snapshot.vmstate = yield* saveState(world, guest, name, log);
      for (const drive of drivesOf(kind, guest.config).filter(({ cdrom }) => !cdrom)) {
        if (kind !== 'qemu') continue;
        log(`snapshotting 'drive-${drive.key}' (${drive.volume})`);
        if (guest.running && drive.volume.endsWith('.qcow2')) log('internal qemu snapshot');
      }
      yield 400;
      guest.snapshots.push(snapshot);
      guest.parent = name;
    } finally {
      guest.set({ lock: undefined });
    }
    return undefined;
  });
  return undefined;
}

function* saveState(world: World, guest: Guest, name: string, log: Log): Generator<number, string, void> {
  const drive = drivesOf('qemu', guest.config).find(({ cdrom }) => !cdrom);
  const storageid = storageIdOf(drive?.volume ?? '') ?? 'local';
  const storage = world.storages.get(storageid);
  const size = guest.facts.maxmem * 2 + 500 * 1024 ** 2;
  const file = `vm-${guest.vmid}-state-${name}`;
  const volid = `${storageid}:${storage?.files ? `${guest.vmid}/${file}.raw` : file}`;
  const state: Volume = {
    ...{ volid, content: 'images', format: 'raw', size, used: 0, ctime: world.seconds(), vmid: guest.vmid },
  };
  const line = storage && allocationLine(storage, state);
  if (line !== undefined) log(line);
  log(`saving VM state and RAM using storage '${storageid}'`);
  const seconds = Math.round(guest.facts.maxmem / 1024 ** 3);
  yield Math.max(300, seconds * 1000);
  const saved = Math.floor(guest.facts.maxmem * guest.load.mem);
  storage?.add(guest.node, { ...state, used: saved });
  log(`${humanSize(saved, 2)} in ${seconds}s`);
  log(`completed saving the VM state in ${seconds}s, saved ${humanSize(saved, 2)}`);
  return volid;
}

function dropState(world: World, guest: Guest, snapshot: Snapshot): void {
  const volid = snapshot.vmstate ?? '';
  world.storages.get(storageIdOf(volid) ?? '')?.remove(guest.node, volid);
}

/** ZFS can only go back to its newest snapshot. The words are those of Proxmox's storage plugin. */
function checkNewest(world: World, guest: Guest, snapshot: Snapshot): void {
  const newest = guest.snapshots.at(-1);
  if (newest === undefined || newest === snapshot) return;
  for (const { volume, cdrom } of drivesOf(guest.kind, snapshot.config)) {
    if (cdrom || world.storages.get(storageIdOf(volume) ?? '')?.type !== 'zfspool') continue;
    throw no(`can't rollback, '${snapshot.name}' is not most recent snapshot on '${volume}'`);
  }
}

function* rollbackWork(call: Call, kind: Kind, log: Log): Work {
  const { world, params } = call;
  const where = { node: String(params.node), vmid: Number(params.vmid) };
  const guest = loadGuest(world, kind, where.node, where.vmid);
  yield* withLock(world, guest, log, function* () {
    if (guest.template) throw no(`you can't rollback if vm is a template`);
    const snapshot = snapshotOf(guest, params.snapname);
    checkLock(guest);
    checkNewest(world, guest, snapshot);
    if (guest.running) guest.power('stopped', world.now());
    guest.set({ lock: 'rollback' });
    yield 500;
    guest.config = { ...snapshot.config };
    guest.pending.clear();
    guest.parent = snapshot.name;
    guest.touch();
    if (snapshot.vmstate === undefined) return undefined;
    yield 400;
    guest.power('running', world.now(), nodeOf(call).nextPid());
    return undefined;
  });
  if (params.start && !guest.running) {
    const { userid, tokenid, authid } = call.principal;
    world.tasks.start(
      nodeOf(call),
      { userid, tokenid, authid },
      `${names[kind].task}start`,
      guest.vmid,
      (lines) => startWork(world, kind, where, lines),
    );
  }
  return undefined;
}

function* deleteWork(call: Call, kind: Kind, log: Log): Work {
  const { world, params } = call;
  const guest = loadGuest(world, kind, String(params.node), Number(params.vmid));
  yield* withLock(world, guest, log, function* () {
    checkLock(guest);
    if (guest.template) throw no(`you can't delete a snapshot if vm is a template`);
    const snapshot = snapshotOf(guest, params.snapname);
    guest.set({ lock: 'snapshot-delete' });
    yield 500;
    dropState(world, guest, snapshot);
    for (const other of guest.snapshots) if (other.parent === snapshot.name) other.parent = snapshot.parent;
    if (guest.parent === snapshot.name) guest.parent = snapshot.parent;
    guest.snapshots.splice(guest.snapshots.indexOf(snapshot), 1);
    guest.set({ lock: undefined });
    return undefined;
  });
  return undefined;
}

const task = (kind: Kind, verb: string, work: (call: Call, kind: Kind, log: Log) => Work): Handler => {
  return (call) =>
    startTask(call, nodeOf(call), `${names[kind].task}${verb}`, call.params.vmid, (log) =>
      work(call, kind, log),
    );
};

function create(kind: Kind): Handler {
  const start = task(kind, 'snapshot', snapshotWork);
  return (call) => {
    const { snapname } = call.params;
    if (snapname === 'current') throw no(`unable to use snapshot name 'current' (reserved name)`);
    if (snapname === 'pending' && kind === 'qemu')
      throw no(`unable to use snapshot name 'pending' (reserved name)`);
    if (snapname === 'vzdump' && kind === 'lxc')
      throw no(`unable to use snapshot name 'vzdump' (reserved name)`);
    return start(call);
  };
}

function rollback(kind: Kind): Handler {
  const start = task(kind, 'rollback', rollbackWork);
  return (call) => {
    if (call.params.start) demand(call.principal, `/vms/${call.params.vmid}`, 'VM.PowerMgmt');
    return start(call);
  };
}

async function describe(call: Call, kind: Kind): Promise<null> {
  const guest = guestOf(call, kind);
  await waitForLock(call.world, guest);
  checkLock(guest);
  const snapshot = snapshotOf(guest, call.params.snapname);
  if (call.params.description !== undefined) snapshot.description = call.params.description;
  guest.touch();
  return null;
}

function routesOf(kind: Kind): Routes {
  const base = `/nodes/{node}/${kind}/{vmid}/snapshot`;
  return {
    [`GET ${base}`]: (call) => listSnapshots(call, kind),
    [`POST ${base}`]: create(kind),
    [`GET ${base}/{snapname}`]: () => [{ cmd: 'rollback' }, { cmd: 'config' }],
    [`DELETE ${base}/{snapname}`]: task(kind, 'delsnapshot', deleteWork),
    [`GET ${base}/{snapname}/config`]: (call) =>
      snapshotConfig(snapshotOf(guestOf(call, kind), call.params.snapname)),
    [`PUT ${base}/{snapname}/config`]: (call) => describe(call, kind),
    [`POST ${base}/{snapname}/rollback`]: rollback(kind),
  };
}

export const snapshotRoutes: Routes = { ...routesOf('qemu'), ...routesOf('lxc') };
