import { isDiskName } from '../../schema/disk-names.ts';
import type { Call } from './call.ts';

/** How Proxmox writes the owner into a volume's name: disks, backups in files and on a Backup Server, folders of images. */
const OWNERS = [
  /(?:^|[:/])(?:vm|base|subvol|basevol)-(\d{3,9})-/g,
  /vzdump-(?:qemu|lxc|openvz)-(\d{3,9})-/g,
  /(?:^|[:/])backup\/(?:vm|ct)\/(\d{3,9})\//g,
  /(?:^|:)(\d{3,9})\//g,
  // A guest's configuration, should somebody make a storage of the folder that they are in.
  /(?:^|[:/])(\d{3,9})\.conf$/g,
];

/** The guests that a volume's name names: its owner, and for a linked clone the template under it. */
export function ownersIn(volume: string): number[] {
  return OWNERS.flatMap((pattern) => [...volume.matchAll(pattern)].map(([, vmid]) => Number(vmid)));
}

/**
 * The owners of volumes that parameters attach or write to: a disk of another guest attached here is that guest's loss.
 * What is only copied from, as an archive or with `import-from`, is not among them.
 */
export function attachedOwners(params: Call['params']): number[] {
  return Object.entries(params).flatMap(([name, value]) => {
    const texts = [value].flat();
    // A `target` is a volume to write to.
    if (!isDiskName(name) && name !== 'target') return [];
    const files = texts
      .flatMap((text) => text.split(','))
      .filter((part) => /\d{3}/.test(part) && /^(?:[^=]*$|file=|volume=)/.test(part));
    return files.flatMap((file) => ownersIn(file.replace(/^[^=]*=/, '')));
  });
}
