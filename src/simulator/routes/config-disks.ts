import { parameterErrors } from '../call.ts';
import { isDriveKey, readDrive } from '../world/drives.ts';
import type { Config, Guest, Kind } from '../world/guest.ts';
import { writeProperties } from '../world/property-string.ts';
import { writeSize } from '../world/size.ts';
import { type Storage, storageIdOf } from '../world/storage.ts';
import type { World } from '../world/world.ts';
import type { Scope } from './config-rights.ts';
import { allocationLine } from './disk-log.ts';
import { forbidden, no } from './find.ts';
import { demandVolume } from './volume-access.ts';

/** `local-lvm:32` asks for a new disk of 32 GiB; without the storage the default one is taken. */
const newDisk = /^(?:([A-Za-z][A-Za-z0-9._-]*):)?(\d+(?:\.\d+)?)$/;

const first = (kind: Kind) => (kind === 'qemu' ? 'file' : 'volume');

/** A storage by name, or Proxmox's word that there is none (recorded on PVE 9.2). */
export function storageOf(world: World, id: string): Storage {
  const storage = world.storages.get(id);
  if (!storage) throw no(`storage '${id}' does not exist`);
  return storage;
}

/** A disk's options with the sorted rest behind the volume, as Proxmox writes them. */
function printDrive(kind: Kind, options: Record<string, string>): string {
  return writeProperties(Object.fromEntries(Object.entries(options).sort()), first(kind));
}

/** Checks, before anything happens, that the caller may use the storages and volumes these disks name. */
export function checkDisks({ call, vmid }: Scope, kind: Kind, values: Config, fallback?: string): void {
  const { world, principal } = call;
  for (const [key, value] of Object.entries(values)) {
    if (!isDriveKey(kind, key)) continue;
    const { volume, cdrom } = readDrive(kind, key, String(value));
    const wanted = newDisk.exec(volume);
    if (volume === 'cdrom' && !principal.may('/', 'Sys.Console')) throw forbidden('/', 'Sys.Console');
    if (volume === 'none' || volume === 'cdrom' || volume.startsWith('/') || /(?:^|:)cloudinit$/.test(volume))
      continue;
    const id = wanted ? (wanted[1] ?? fallback) : storageIdOf(volume);
    if (id === undefined) throw no('no storage ID specified (and no default storage)');
    const path = `/storage/${id}`;
    if (wanted && !cdrom) {
      if (!principal.may(path, 'Datastore.AllocateSpace')) throw forbidden(path, 'Datastore.AllocateSpace');
      const content = kind === 'qemu' ? 'images' : 'rootdir';
      if (storageOf(world, id).contents.includes(content)) continue;
      if (kind === 'lxc') throw no(`storage '${id}' does not support CT rootdirs`);
      throw parameterErrors({ storage: `storage '${id}' does not support vm images` });
    }
    demandVolume(call, volume, vmid);
    if (kind === 'qemu' && /^[^:]+:iso\//.test(volume) && !cdrom) {
      throw parameterErrors({ [key]: "explicit 'media=cdrom' is required for iso images" });
    }
  }
}

/** Makes the disk that a value asks for, or finds the volume it names; returns the value as the config keeps it. */
export function makeDisk(
  world: World,
  guest: { vmid: number; kind: Kind; node: string },
  key: string,
  value: string,
  log: (line: string) => void,
  fallback?: string,
): string {
  const { kind, node, vmid } = guest;
  const { volume, options } = readDrive(kind, key, value);
  const { format, 'import-from': source, ...rest } = options;
  if (volume === 'none' || volume === 'cdrom' || volume.startsWith('/')) return printDrive(kind, rest);
  const place = { vmid, kind, ctime: world.seconds(), ...(format === undefined ? {} : { format }) };
  if (/(?:^|:)cloudinit$/.test(volume)) return makeCloudinit(world, guest, key, rest, fallback, log);
  const wanted = newDisk.exec(volume);
  const id = (wanted ? (wanted[1] ?? fallback) : storageIdOf(volume)) ?? '';
  const storage = storageOf(world, id);
  if (!wanted) {
    const found = storage.get(node, volume);
    if (!found) throw no(`volume '${volume}' does not exist`);
    return printDrive(kind, { ...rest, size: writeSize(found.size) });
  }
  const bytes = source === undefined ? Number(wanted[2]) * 1024 ** 3 : sizeOf(world, node, source);
  const size = Math.max(bytes, key === 'efidisk0' || key === 'tpmstate0' ? 4 * 1024 ** 2 : 0);
  const made = storage.allocate(node, { ...place, size });
  const line = allocationLine(storage, made);
  if (line !== undefined) log(line);
  const written = printDrive(kind, { ...rest, [first(kind)]: made.volid, size: writeSize(size) });
  if (kind === 'qemu') log(`${key}: successfully created disk '${written}'`);
  return written;
}

function sizeOf(world: World, node: string, volid: string): number {
  const id = storageIdOf(volid);
  const found = id === undefined ? undefined : storageOf(world, id).get(node, volid);
  if (!found) throw no(`could not get file size of ${volid}`);
  return found.system?.disk ?? found.size;
}

function makeCloudinit(
  world: World,
  { vmid, kind, node }: { vmid: number; kind: Kind; node: string },
  key: string,
  options: Record<string, string>,
  fallback: string | undefined,
  log: (line: string) => void,
): string {
  const id = storageIdOf(options.file ?? '') ?? fallback ?? '';
  const storage = storageOf(world, id);
  const format = storage.files ? 'qcow2' : 'raw';
  const volid = storage.files ? `${id}:${vmid}/vm-${vmid}-cloudinit.${format}` : `${id}:vm-${vmid}-cloudinit`;
  const size = 4 * 1024 ** 2;
  storage.add(node, { volid, content: 'images', format, size, used: size, ctime: world.seconds(), vmid });
  const written = printDrive(kind, { ...options, file: volid, media: 'cdrom' });
  log(`${key}: successfully created disk '${written}'`);
  return written;
}

/** Deletes a volume that belongs to this guest; what belongs to nobody or somebody else stays. */
export function freeVolume(world: World, guest: Guest, volume: string): boolean {
  const id = storageIdOf(volume);
  const storage = id === undefined ? undefined : world.storages.get(id);
  if (storage?.get(guest.node, volume)?.vmid !== guest.vmid) return false;
  return storage.remove(guest.node, volume) !== undefined;
}

/** Keeps a disk that was taken out of the config as `unusedN`, where it belongs to the guest. */
export function keepUnused(world: World, guest: Guest, value: string): void {
  const { volume } = readDrive(guest.kind, '', value);
  const id = storageIdOf(volume);
  const found = id === undefined ? undefined : world.storages.get(id)?.get(guest.node, volume);
  if (found?.vmid !== guest.vmid || found.content === 'iso' || volume.includes('cloudinit')) return;
  let number = 0;
  while (guest.config[`unused${number}`] !== undefined) number++;
  guest.set({ [`unused${number}`]: volume });
}
