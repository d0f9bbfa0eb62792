import type { Call, Handler, Routes } from '../call.ts';
import { drivesOf, isDriveKey } from '../world/drives.ts';
import { type Config, Guest, type Kind } from '../world/guest.ts';
import { macOf, uuidOf } from '../world/random.ts';
import { humanSize, writeSize } from '../world/size.ts';
import { type Storage, storageIdOf } from '../world/storage.ts';
import type { Log, Work } from '../world/tasks.ts';
import type { World } from '../world/world.ts';
import { storageOf } from './config-disks.ts';
import { bridgeRights } from './config-rights.ts';
import { checkNewVmid, joinPool } from './create.ts';
import { allocationLine, relativeBase } from './disk-log.ts';
import { checkLock, demand, guestOf, names, no, nodeOf, startTask } from './find.ts';
import { snapshotOf } from './guest-config.ts';

interface Plan {
  source: Guest;
  config: Config;
  full: boolean;
  target: string;
}

/** Whether a volume can be the base of a linked clone: only a template's can. */
function canLink(storage: Storage | undefined, volume: string, format: string | undefined): boolean {
  if (!storage || !/[:/]base(?:vol)?-/.test(volume)) return false;
  return storage.files ? format === 'qcow2' : ['lvmthin', 'zfspool', 'rbd'].includes(storage.type);
}

/** Every refusal that comes before the task, with the texts of PVE 9.2. */
function plan(call: Call, kind: Kind): Plan {
  const { world, params, principal } = call;
  const source = guestOf(call, kind);
  const { short } = names[kind];
  const target = params.target ?? params.node;
  if (!world.nodes.has(target)) throw no(`no such cluster node '${target}'`);
  if (params.pool !== undefined && !world.pools.get(params.pool))
    throw no(`pool '${params.pool}' does not exist`);
  const storage = params.storage === undefined ? undefined : storageOf(world, params.storage);
  if (storage && target !== params.node && !storage.shared)
    throw no(`can't clone to non-shared storage '${storage.id}'`);
  checkLock(source);
  const config = params.snapname === undefined ? source.config : snapshotOf(source, params.snapname).config;
  const full = params.full === undefined ? !source.template : Boolean(params.full);
  if (!full && storage) throw no(`parameter 'storage' not allowed for linked clones`);
  if (!full && params.format !== undefined) throw no(`parameter 'format' not allowed for linked clones`);
  let shared = true;
  for (const { key, volume, cdrom } of drivesOf(kind, config)) {
    if (cdrom) continue;
    const from = world.storages.get(storageIdOf(volume) ?? '');
    const to = storage ?? from;
    if (to) demand(principal, `/storage/${to.id}`, 'Datastore.AllocateSpace');
    shared &&= from?.shared ?? false;
    const format = from?.get(source.node, volume)?.format;
    if (kind === 'lxc' && full && source.running && params.snapname === undefined) {
      throw no('Full clone of a running container is only possible from a snapshot');
    }
    if (full || canLink(from, volume, format)) continue;
    const what = params.snapname === undefined ? '' : ' a snapshot of';
    if (kind === 'lxc') throw no(`Linked clone feature for '${volume}' is not available`);
    throw no(`Linked clone feature is not supported for${what} '${volume}' (${key})`);
  }
  bridgeRights({ call, vmid: params.newid }, config);
  if (target !== params.node && !shared) {
    throw no(`can't clone ${short} to node '${target}' (${short} uses local storage)`);
  }
  checkNewVmid(
    world,
    params.newid,
    kind === 'qemu' ? `unable to create VM ${params.newid}: config file already exists` : undefined,
  );
  return { source, config, full, target };
}

/** The new guest's config before its disks are there: new MAC addresses, a new identity, none of the old state. */
function newConfig(call: Call, { source, config }: Plan): Config {
  const { params } = call;
  const { kind } = source;
  const copy: Config = {};
  const drop = /^(?:unused\d+|template|lock|parent|snaptime|vmstate|running.*|protection)$/;
  for (const [key, value] of Object.entries(config)) {
    if (drop.test(key) || (isDriveKey(kind, key) && !/media=cdrom|^none/.test(String(value)))) continue;
    copy[key] = /^net\d+$/.test(key)
      ? String(value).replace(/BC:24:11(?::[0-9A-F]{2}){3}/i, macOf(`${kind} ${params.newid} ${key}`))
      : value;
  }
  if (config.protection !== undefined && kind === 'qemu') copy.protection = config.protection;
  if (kind === 'qemu') {
    copy.name = params.name ?? `Copy-of-VM-${config.name ?? source.vmid}`;
    copy.smbios1 = String(config.smbios1 ?? '').replace(
      /uuid=[0-9a-f-]+/,
      `uuid=${uuidOf(`vm ${params.newid}`)}`,
    );
    if (config.vmgenid !== undefined) copy.vmgenid = uuidOf(`vm ${params.newid} generation`);
  } else {
    copy.hostname = params.hostname ?? `Copy-of-CT-${config.hostname ?? source.vmid}`;
  }
  if (params.description !== undefined) copy.description = params.description;
  return copy;
}

function* copyDisks(
  world: World,
  call: Call,
  made: Plan,
  guest: Guest,
  log: Log,
): Generator<number, void, void> {
  const { source, full } = made;
  const { short } = names[source.kind];
  for (const drive of drivesOf(source.kind, made.config)) {
    if (drive.cdrom) continue;
    const from = storageOf(world, storageIdOf(drive.volume) ?? '');
    const old = from.get(source.node, drive.volume);
    const storage = call.params.storage === undefined ? from : storageOf(world, call.params.storage);
    const size = old?.size ?? drive.size;
    const format = call.params.format ?? old?.format;
    const place = { vmid: guest.vmid, kind: source.kind, size, ctime: world.seconds() };
    const what = short === 'VM' ? `drive ${drive.key}` : `mountpoint ${drive.key}`;
    log(`create ${full ? 'full' : 'linked'} clone of ${what} (${drive.volume})`);
    const volume = storage.allocate(source.node, {
      ...place,
      ...(storage.files && format ? { format } : {}),
      ...(full ? {} : { parent: drive.volume }),
    });
    const base = drive.volume.slice(drive.volume.indexOf(':') + 1);
    const name = volume.volid.slice(volume.volid.lastIndexOf('/') + 1);
    if (!full && storage.files) {
      log(`clone ${base}: images, ${name}, ${guest.vmid} to ${name} (base=${relativeBase(drive.volume)})`);
    }
    const line = allocationLine(storage, volume);
    if (line !== undefined) log(line);
    if (full) {
      log(`allocated target volume '${volume.volid}'`);
      const whole = humanSize(size);
      log(`transferred 0.0 B of ${whole} (0.00%)`);
      const parts = Math.max(1, Math.min(20, Math.ceil(size / (8 * 1024 ** 3))));
      for (let part = 1; part <= parts; part++) {
        yield Math.max(100, (size / parts / 1024 ** 3) * 250);
        const done = part / parts;
        log(`transferred ${humanSize(size * done)} of ${whole} (${(done * 100).toFixed(2)}%)`);
      }
    } else yield 200;
    const rest = Object.entries(drive.options).filter(([key]) => !['file', 'volume', 'size'].includes(key));
    const options = [...rest, ['size', writeSize(size)]].sort().map(([key, value]) => `${key}=${value}`);
    guest.set({ [drive.key]: [volume.volid, ...options].join(',') });
  }
}

function clone(kind: Kind): Handler {
  return (call) => {
    const { world, params } = call;
    const made = plan(call, kind);
    return startTask(call, nodeOf(call), `${names[kind].task}clone`, params.vmid, function* (log): Work {
      const again = plan(call, kind);
      const { source, target } = again;
      if (kind === 'qemu') log(`creating a clone of VM ${source.vmid} with ID ${params.newid}`);
      const guest = new Guest(params.newid, kind, source.node, {
        ...newConfig(call, made),
        lock: kind === 'qemu' ? 'clone' : 'create',
      });
      guest.load = { ...source.load };
      guest.inside = source.inside && { ...source.inside, ip: `192.0.2.${guest.vmid % 200}` };
      guest.born(world.now());
      world.addGuest(guest);
      joinPool(world, guest.vmid, params.pool);
      try {
        yield* copyDisks(world, call, again, guest, log);
      } catch (error) {
        for (const { volume } of drivesOf(kind, guest.config)) {
          const storage = world.storages.get(storageIdOf(volume) ?? '');
          if (storage?.get(source.node, volume)?.vmid === guest.vmid) storage.remove(source.node, volume);
        }
        world.removeGuest(guest.vmid);
        throw error;
      }
      guest.set({ lock: undefined });
      if (target !== source.node) world.moveGuest(guest, target);
      return undefined;
    });
  };
}

export const cloneRoutes: Routes = {
  'POST /nodes/{node}/qemu/{vmid}/clone': clone('qemu'),
  'POST /nodes/{node}/lxc/{vmid}/clone': clone('lxc'),
};
