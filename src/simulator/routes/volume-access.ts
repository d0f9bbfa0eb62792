import { type Call, parameterErrors } from '../call.ts';
import { type Storage, storageIdOf, type Volume } from '../world/storage.ts';
import { demand, forbidden, no } from './find.ts';

/** What a volume's name says of it: kind of content, and whose it is. */
export function readVolumeName(volid: string): { content: string; owner: number | undefined } {
  const name = volid.slice(volid.indexOf(':') + 1);
  const folder = /^(iso|vztmpl|backup|snippets|import)\//.exec(name)?.[1];
  const owner =
    folder === 'backup'
      ? /vzdump-(?:qemu|lxc|openvz)-(\d+)-/.exec(name)?.[1]
      : folder === undefined
        ? (/^(\d+)\//.exec(name)?.[1] ?? /(?:vm|base|subvol|basevol)-(\d+)-/.exec(name)?.[1])
        : undefined;
  return { content: folder ?? 'images', owner: owner === undefined ? undefined : Number(owner) };
}

const fileNames =
  /^(?:iso\/[^/]+\.(?:iso|img)|vztmpl\/[^/]+\.tar(?:\.(?:gz|xz|zst|bz2))?|backup\/[^/]+\.(?:tgz|(?:tar|vma)(?:\.(?:gz|lzo|zst|bz2))?)|snippets\/[^/]+|import\/[^/]+\.(?:ova|ovf|qcow2|raw|vmdk)(?:\/[^/]+)?)$/i;

/** Refuses a name that a storage of files cannot hold, in the words of PVE 9.2 (the first one recorded). */
export function checkVolumeName({ world }: Call, volid: string): void {
  const storage = world.storages.get(volid.slice(0, volid.indexOf(':')));
  if (!storage?.files) return;
  const name = volid.slice(volid.indexOf(':') + 1);
  const image = /^\d+\/(?:\S+\/\d+\/)?(\S+)$/.exec(name)?.[1];
  if (image === undefined && !fileNames.test(name))
    throw no(`unable to parse directory volume name '${name}'`);
  if (image !== undefined && !/^[^/\s]+\.(?:raw|qcow2|vmdk|subvol)$/.test(image))
    throw no(`unable to parse volume filename '${image}'`);
}

/**
 * Demands the right to use or see a volume: Datastore.Allocate opens all; otherwise an image needs the storage and its
 * owner's disks, a backup the storage's space and VM.Backup, an ISO image or template the storage alone. A guest may
 * use what is its own (`vmid`). Where only one kind of content will do, nothing else is taken.
 */
export function demandVolume(call: Call, volid: string, vmid?: number, type?: 'backup' | 'vztmpl'): void {
  const id = storageIdOf(volid);
  if (id === undefined) {
    if (!call.principal.isRoot) throw no('Only root can pass arbitrary filesystem paths.');
    return;
  }
  if (!call.world.storages.has(id)) throw no(`storage '${id}' does not exist`);
  checkVolumeName(call, volid);
  const { principal } = call;
  const path = `/storage/${id}`;
  const { content, owner } = readVolumeName(volid);
  if (type !== undefined && content !== type)
    throw no(`unable to use volume ${volid} - content type needs to be '${type}'`);
  if (principal.may(path, 'Datastore.Allocate')) return;
  if (['iso', 'vztmpl', 'import'].includes(content)) {
    if (principal.may(path, 'Datastore.AllocateSpace') || principal.may(path, 'Datastore.Audit')) return;
    throw forbidden(path, 'Datastore.AllocateSpace|Datastore.Audit');
  }
  if (owner !== undefined && owner === vmid) return;
  if (owner === undefined) throw no(`missing privileges to access ${volid}`);
  demand(principal, path, content === 'backup' ? 'Datastore.AllocateSpace' : 'Datastore.Audit');
  demand(principal, `/vms/${owner}`, content === 'backup' ? 'VM.Backup' : 'VM.Config.Disk');
}

/** Whether the caller may see a volume. */
export function maySeeVolume(call: Call, volid: string): boolean {
  try {
    demandVolume(call, volid);
    return true;
  } catch {
    return false;
  }
}

/** The volume that a call's path names, with or without its storage in front. */
export function volumeIdOf({ params }: Call): { volid: string; storageid: string } {
  const volume = String(params.volume);
  const storageid = storageIdOf(volume);
  if (storageid === undefined) return { volid: `${params.storage}:${volume}`, storageid: params.storage };
  if (params.storage !== undefined && params.storage !== storageid) {
    throw parameterErrors({ volume: `storage ID mismatch (${storageid} != ${params.storage})\n` });
  }
  return { volid: volume, storageid };
}

/** Where a volume would lie in the node's file system. */
export function pathOf(storage: Storage, volid: string): string {
  const name = volid.slice(volid.indexOf(':') + 1);
  const base = String(storage.config.path ?? `/mnt/pve/${storage.id}`);
  if (!storage.files) {
    const group = storage.config.vgname ?? storage.config.pool ?? storage.id;
    return storage.type === 'zfspool' ? `/dev/zvol/${group}/${name}` : `/dev/${group}/${name}`;
  }
  const folders: Record<string, string> = { iso: 'template/iso', vztmpl: 'template/cache', backup: 'dump' };
  const [head = '', ...rest] = name.split('/');
  return [base, folders[head] ?? (/^\d+$/.test(head) ? `images/${head}` : head), ...rest].join('/');
}

/** A volume as a storage's list shows it. */
export function volumeRow(storage: Storage, volume: Volume): Record<string, unknown> {
  const { parent, protected: kept, saved: _saved, system: _system, oci: _oci, ...row } = volume;
  const disk = volume.content === 'images' || volume.content === 'rootdir';
  if (!disk) {
    const { used: _used, ...file } = row;
    return { ...file, ...(kept ? { protected: 1 } : {}) };
  }
  if (!storage.files) {
    const { used: _used, ...thin } = row;
    return parent === undefined ? thin : { ...thin, parent: parent.slice(parent.indexOf(':') + 1) };
  }
  return { ...row, parent: parent === undefined ? null : `../${parent.slice(parent.indexOf(':') + 1)}` };
}
