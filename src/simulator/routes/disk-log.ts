import type { Storage, Volume } from '../world/storage.ts';
import { pathOf } from './volume-access.ts';

/** What qemu-img or LVM says when a disk is made (the first two recorded on PVE 9.2). */
export function allocationLine(
  storage: Storage,
  { volid, format, size, parent }: Volume,
): string | undefined {
  const path = pathOf(storage, volid);
  if (format === 'raw' && storage.files)
    return `Formatting '${path}', fmt=raw size=${size} preallocation=off`;
  if (format === 'qcow2') {
    const clusters =
      parent === undefined ? 'cluster_size=65536 extended_l2=off' : 'cluster_size=131072 extended_l2=on';
    const base = parent === undefined ? '' : ` backing_file=${relativeBase(parent)} backing_fmt=qcow2`;
    const options = `${clusters} preallocation=metadata compression_type=zlib size=${size}${base}`;
    return `Formatting '${path}', fmt=qcow2 ${options} lazy_refcounts=off refcount_bits=16`;
  }
  return storage.type === 'lvmthin'
    ? `  Logical volume "${volid.slice(volid.indexOf(':') + 1)}" created.`
    : undefined;
}

/** The base of a linked clone as seen from the clone's folder: `../103/base-103-disk-0.qcow2`. */
export function relativeBase(parent: string): string {
  return `../${parent.slice(parent.indexOf(':') + 1)}`;
}
