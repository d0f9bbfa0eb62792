import type { Call } from '../call.ts';
import { drivesOf } from '../world/drives.ts';
import { type Config, Guest, type Kind } from '../world/guest.ts';
import { macOf, uuidOf } from '../world/random.ts';
import { writeSize } from '../world/size.ts';
import { storageIdOf, type Volume } from '../world/storage.ts';
import type { Log, Work } from '../world/tasks.ts';
import { freeVolume, storageOf } from './config-disks.ts';
import { checkLock, names, no, nodeOf, startTask } from './find.ts';
import { startWork } from './power-work.ts';
import { demandVolume, pathOf } from './volume-access.ts';

/** The backup a request names, or Proxmox's word that there is none. */
function archiveOf(call: Call, volid: string): Volume {
  demandVolume(call, volid, call.params.vmid, 'backup');
  const storage = storageOf(call.world, storageIdOf(volid) ?? '');
  const volume = storage.get(call.params.node, volid);
  if (!volume) throw no(`volume '${volid}' does not exist`);
  return volume;
}

/** The saved config with what the request overrides, new addresses for a `unique` guest, and without old disks. */
function restoredConfig({ params }: Call, kind: Kind, saved: Config, overrides: Config): Config {
  const config: Config = {};
  for (const [key, value] of Object.entries({ ...saved, ...overrides })) {
    if (['lock', 'template', 'parent', 'vmstate'].includes(key) || /^unused\d+$/.test(key)) continue;
    config[key] = value;
  }
  if (params.unique) {
    for (const key of Object.keys(config).filter((one) => /^net\d+$/.test(one))) {
      const mac = macOf(`${kind} ${params.vmid} ${key} unique`);
      config[key] = String(config[key]).replace(/BC:24:11(?::[0-9A-F]{2}){3}/i, mac);
    }
  }
  if (kind === 'qemu') config.vmgenid = uuidOf(`vm ${params.vmid} restored`);
  return config;
}

function* restoreDisks(call: Call, guest: Guest, log: Log): Generator<number, void, void> {
  const { world, params } = call;
  for (const { key, volume, size, cdrom, options } of drivesOf(guest.kind, guest.config)) {
    if (cdrom) continue;
    const storage = storageOf(world, params.storage ?? storageIdOf(volume) ?? 'local');
    const format = /\.(raw|qcow2|vmdk)$/.exec(volume)?.[1];
    const made = storage.allocate(guest.node, {
      ...{ vmid: guest.vmid, kind: guest.kind, size, ctime: world.seconds() },
      ...(format === undefined ? {} : { format }),
    });
    log(`new volume ID is '${made.volid}'`);
    for (let part = 1; part <= 10; part++) {
      yield Math.max(100, (size / 1024 ** 3) * 40);
      const read = Math.floor((size * part) / 10);
      if (guest.kind === 'qemu') log(`progress ${part * 10}% (read ${read} bytes, duration ${part} sec)`);
    }
    const rest = Object.entries(options).filter(([name]) => !['file', 'volume', 'size'].includes(name));
    const written = [...rest, ['size', writeSize(size)]].sort().map(([name, value]) => `${name}=${value}`);
    guest.set({ [key]: [made.volid, ...written].join(',') });
  }
}

/** Restores a backup as a new guest, or over an existing stopped one with `force`. */
export function restore(call: Call, kind: Kind, volid: string, overrides: Config): string {
  const { world, params } = call;
  const { short, task } = names[kind];
  const volume = archiveOf(call, volid);
  const emsg = `unable to restore ${short} ${params.vmid} -`;
  const old = world.guests.get(params.vmid);
  if (old && !params.force)
    throw no(`${emsg} ${names[old.kind].short} ${params.vmid} already exists on node '${old.node}'`);
  if (old && (old.node !== params.node || old.kind !== kind)) {
    throw no(`${emsg} ${names[old.kind].short} ${params.vmid} already exists on node '${old.node}'`);
  }
  if (old) {
    checkLock(old);
    if (old.config.protection) throw no(`${emsg} protection mode enabled`);
    if (old.running)
      throw no(kind === 'qemu' ? `${emsg} vm is running` : `can't overwrite running container`);
  }
  const config = restoredConfig(call, kind, volume.saved ?? {}, overrides);
  const guest = old ?? world.addGuest(new Guest(params.vmid, kind, params.node, { lock: 'create' }));
  if (!old) guest.born(world.now());
  if (params.pool !== undefined) world.pools.assign(guest.vmid, params.pool);
  return startTask(call, nodeOf(call), `${task}restore`, params.vmid, function* (log): Work {
    const source = storageOf(world, storageIdOf(volid) ?? '');
    const path = pathOf(source, volid);
    log(
      kind === 'qemu'
        ? `restore vma archive: vma extract -v -r - ${path}`
        : `recovering backed-up configuration from '${volid}'`,
    );
    for (const drive of old ? drivesOf(kind, guest.config) : []) freeVolume(world, guest, drive.volume);
    guest.snapshots.length = 0;
    guest.parent = undefined;
    guest.pending.clear();
    guest.config = {};
    guest.set({ ...config, lock: 'create' });
    guest.inside = { ip: `192.0.2.${guest.vmid % 200}`, agent: false, osinfo: {} };
    if (kind === 'lxc') log(`extracting archive '${path}'`);
    try {
      yield* restoreDisks(call, guest, log);
    } catch (error) {
      for (const drive of drivesOf(kind, guest.config)) freeVolume(world, guest, drive.volume);
      if (!old) world.removeGuest(guest.vmid);
      throw no(`${emsg} ${error instanceof Error ? error.message : error}`);
    }
    guest.set({ lock: undefined });
    if (params.start) {
      const { userid, tokenid, authid } = call.principal;
      const where = { node: guest.node, vmid: guest.vmid };
      world.tasks.start(nodeOf(call), { userid, tokenid, authid }, `${task}start`, guest.vmid, (lines) =>
        startWork(world, kind, where, lines),
      );
    }
    return undefined;
  });
}
