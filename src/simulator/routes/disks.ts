import { type Call, parameterErrors, type Routes } from '../call.ts';
import { drivesOf, readDrive } from '../world/drives.ts';
import type { Guest, Kind } from '../world/guest.ts';
import { readProperties, writeProperties } from '../world/property-string.ts';
import { humanSize, readSize, writeSize } from '../world/size.ts';
import { type Storage, storageIdOf, type Volume } from '../world/storage.ts';
import type { Work } from '../world/tasks.ts';
import type { World } from '../world/world.ts';
import { keepUnused, storageOf } from './config-disks.ts';
import { lxcRights } from './config-rights.ts';
import { checkLock, demand, guestOf, names, no, nodeOf, rootOnly, startTask, withLock } from './find.ts';
import { snapshotOf } from './guest-config.ts';
import { reassign } from './reassign.ts';
import { assertUnchanged } from './section-config.ts';
import { canSnapshot } from './snapshots.ts';

const first = (kind: Kind) => (kind === 'qemu' ? 'file' : 'volume');

function setDrive(guest: Guest, key: string, changes: Record<string, string>): void {
  const options = readProperties(String(guest.config[key]), first(guest.kind));
  guest.set({ [key]: writeProperties({ ...options, ...changes }, first(guest.kind)) });
}

/** The volume behind a disk and its new size; refusals as PVE 9.2 words them. */
function plan(call: Call, guest: Guest): { storage: Storage; volume: Volume; size: number } {
  const { world, params } = call;
  const { disk } = params;
  // A container's lock is looked at first, and it has other words for the digest.
  if (guest.kind === 'lxc') checkLock(guest);
  if (guest.kind === 'lxc') assertUnchanged(guest.digest, params.digest);
  else if (params.digest !== undefined && params.digest !== guest.digest)
    throw no('checksum mismatch (file change by other user?)');
  if (!params.skiplock) checkLock(guest);
  if (guest.config[disk] === undefined) throw no(`disk '${disk}' does not exist`);
  const drive = readDrive(guest.kind, disk, String(guest.config[disk]));
  if (drive.cdrom) throw no(`you can't resize a cdrom`);
  const storage = storageOf(world, storageIdOf(drive.volume) ?? '');
  demand(call.principal, `/storage/${storage.id}`, 'Datastore.AllocateSpace');
  const volume = storage.get(guest.node, drive.volume);
  if (!volume) throw no(`Could not determine current size of volume '${drive.volume}'`);
  const wanted = String(params.size);
  const size = (readSize(wanted.replace('+', '')) ?? 0) + (wanted.startsWith('+') ? volume.size : 0);
  if (size < volume.size)
    throw no(guest.kind === 'qemu' ? 'shrinking disks is not supported' : 'unable to shrink disk size');
  if (size === volume.size && guest.kind === 'lxc') throw no('disk is already at specified size');
  return { storage, volume, size };
}

/** `PUT …/resize`: for a VM every refusal stands in the task, for a container it comes at once (recorded on PVE 9.2). */
function resize(call: Call, kind: Kind): string {
  rootOnly(call, 'skiplock');
  const guest = guestOf(call, kind);
  if (kind === 'lxc') {
    lxcRights({ call, vmid: guest.vmid }, {}, [call.params.disk], guest);
    plan(call, guest);
  }
  return startTask(call, nodeOf(call), 'resize', guest.vmid, (log) =>
    withLock(call.world, guest, log, function* (): Work {
      const { storage, volume, size } = plan(call, guest);
      yield 300;
      storage.add(guest.node, { ...volume, size });
      setDrive(guest, call.params.disk, { size: writeSize(size) });
      return undefined;
    }),
  );
}

function moveCheck(call: Call, guest: Guest, key: string): Storage {
  const { world, params } = call;
  checkLock(guest);
  if (guest.kind === 'qemu') assertUnchanged(guest.digest, params.digest);
  if (guest.kind === 'lxc') {
    if (guest.running) throw no('cannot move volumes of a running container');
    if (/^unused\d+$/.test(key))
      throw no(`cannot move volume '${key}', only configured volumes can be moved to another storage`);
  }
  if (guest.config[key] === undefined) throw no(`disk '${key}' does not exist`);
  const drive = readDrive(guest.kind, key, String(guest.config[key]));
  if (drive.cdrom) throw no(`you can't move a cdrom`);
  const format = guest.kind === 'qemu' && formatOf(world, guest, drive.volume);
  const same = storageIdOf(drive.volume) === params.storage;
  if (guest.kind === 'qemu' && same && (!params.format || !format || params.format === format))
    throw no(`you can't move to the same storage with same format`);
  const to = storageOf(world, params.storage);
  if (call.params.delete && guest.snapshots.length > 0) {
    throw no(
      `you can't move a ${guest.kind === 'qemu' ? 'disk' : 'volume'} with snapshots and delete the source`,
    );
  }
  if (guest.kind === 'lxc') assertUnchanged(guest.digest, params.digest);
  if (!to.contents.includes(guest.kind === 'qemu' ? 'images' : 'rootdir')) {
    throw parameterErrors({ storage: `storage '${to.id}' does not support vm images` });
  }
  return to;
}

const formatOf = (world: World, { node }: Guest, volid: string) =>
  world.storages.get(storageIdOf(volid) ?? '')?.get(node, volid)?.format;

/** `POST …/move_disk` and `…/move_volume`: to another storage or to another guest. */
function move(call: Call, kind: Kind): string {
  const { world, params, principal } = call;
  const key = String(params.disk ?? params.volume);
  const [toStorage, toGuest] = [params.storage !== undefined, params['target-vmid'] !== undefined];
  if (toStorage === toGuest) {
    const text = toStorage
      ? `either set 'storage' or 'target-vmid', but not both`
      : `both 'storage' and 'target-vmid' missing, either needs to be set`;
    if (toStorage && kind === 'lxc') throw no('either set storage or target-vmid, but not both');
    throw parameterErrors({ 'target-vmid': text, storage: text });
  }
  if (toGuest) return reassign(call, kind);
  const guest = guestOf(call, kind);
  demand(principal, `/storage/${params.storage}`, 'Datastore.AllocateSpace');
  moveCheck(call, guest, key);
  const type = kind === 'qemu' ? 'qmmove' : 'move_volume';
  return startTask(call, nodeOf(call), type, guest.vmid, (log) =>
    withLock(world, guest, log, function* (): Work {
      const to = moveCheck(call, guest, key);
      const value = String(guest.config[key]);
      const { volume } = readDrive(kind, key, value);
      const from = storageOf(world, storageIdOf(volume) ?? '');
      const old = from.get(guest.node, volume);
      const size = old?.size ?? 0;
      log(`create full clone of ${kind === 'qemu' ? 'drive' : 'mountpoint'} ${key} (${volume})`);
      const made = to.allocate(guest.node, {
        ...{ vmid: guest.vmid, kind, size, ctime: world.seconds() },
        ...(params.format === undefined ? {} : { format: params.format }),
      });
      for (let part = 0; part < 5; part++) {
        yield Math.max(200, (size / 1024 ** 3) * 140);
        log(
          `transferred ${humanSize((size * (part + 1)) / 5)} of ${humanSize(size)} (${(part + 1) * 20}.00%)`,
        );
      }
      setDrive(guest, key, { [first(kind)]: made.volid });
      if (params.delete) from.remove(guest.node, volume);
      else keepUnused(world, guest, value);
      return undefined;
    }),
  );
}

function checkTemplate(guest: Guest): void {
  const kind = guest.kind === 'qemu' ? 'VM' : 'CT';
  checkLock(guest);
  if (guest.snapshots.length > 0) throw no(`unable to create template, because ${kind} contains snapshots`);
  if (guest.template) throw no(`you can't convert a template to a template`);
  if (!guest.running) return;
  throw no(`you can't convert a ${kind} to template if ${kind === 'VM' ? 'VM' : 'the CT'} is running`);
}

/** `POST …/template`: its disks become base volumes. A container's answer has no task id. */
function template(call: Call, kind: Kind): string | null {
  const { world } = call;
  const guest = guestOf(call, kind);
  checkTemplate(guest);
  const upid = startTask(call, nodeOf(call), `${names[kind].task}template`, guest.vmid, (log) =>
    withLock(world, guest, log, function* (): Work {
      checkTemplate(guest);
      yield 400;
      guest.set({ template: 1 });
      for (const { key, volume, cdrom } of drivesOf(kind, guest.config)) {
        const storage = world.storages.get(storageIdOf(volume) ?? '');
        const old = cdrom ? undefined : storage?.remove(guest.node, volume);
        if (!old) continue;
        const volid = volume.replace(
          /([:/])(?:vm|subvol)-/,
          `$1${old.format === 'subvol' ? 'basevol' : 'base'}-`,
        );
        storage?.add(guest.node, { ...old, volid });
        setDrive(guest, key, { [first(kind)]: volid });
      }
      return undefined;
    }),
  );
  return kind === 'qemu' ? upid : null;
}

/** `GET …/feature`: whether snapshots, linked clones or copies can be made. */
function feature(call: Call, kind: Kind) {
  const { world, params } = call;
  const guest = guestOf(call, kind);
  if (params.snapname !== undefined) snapshotOf(guest, params.snapname);
  const has =
    params.feature === 'snapshot'
      ? canSnapshot(world, guest)
      : params.feature === 'copy' || (guest.template && canSnapshot(world, guest));
  if (kind === 'lxc') return { hasFeature: has ? 1 : 0 };
  const drives = drivesOf(kind, guest.config).filter(({ cdrom }) => !cdrom);
  const everywhere = drives.every(({ volume }) => world.storages.get(storageIdOf(volume) ?? '')?.shared);
  const nodes = everywhere ? [...world.nodes.keys()] : [guest.node];
  return { hasFeature: has ? 1 : 0, nodes };
}

export const diskRoutes: Routes = {
  'PUT /nodes/{node}/qemu/{vmid}/resize': (call) => resize(call, 'qemu'),
  'PUT /nodes/{node}/lxc/{vmid}/resize': (call) => resize(call, 'lxc'),
  'POST /nodes/{node}/qemu/{vmid}/move_disk': (call) => move(call, 'qemu'),
  'POST /nodes/{node}/lxc/{vmid}/move_volume': (call) => move(call, 'lxc'),
  'POST /nodes/{node}/qemu/{vmid}/template': (call) => template(call, 'qemu'),
  'POST /nodes/{node}/lxc/{vmid}/template': (call) => template(call, 'lxc'),
  'GET /nodes/{node}/qemu/{vmid}/feature': (call) => feature(call, 'qemu'),
  'GET /nodes/{node}/lxc/{vmid}/feature': (call) => feature(call, 'lxc'),
};
