import type { FileHandle } from 'node:fs/promises';
import { type Disk, realDisk } from '../../src/state/ledger/disk.ts';

/** A disk that fails as it is told, until it is told otherwise. */
export interface FailingDisk extends Disk {
  /** How many more bytes it takes; then it is full. */
  room: number;
  /** What the next calls of a handle's method, or `unlink`, end with. */
  broken: Map<'datasync' | 'truncate' | 'sync' | 'unlink', string>;
}

export function failingDisk(): FailingDisk {
  const disk: FailingDisk = {
    ...realDisk,
    room: Number.POSITIVE_INFINITY,
    broken: new Map(),
    open: async (...args) => failing(await realDisk.open(...args), disk),
    unlink: async (...args) => {
      fail(disk.broken.get('unlink'));
      return realDisk.unlink(...args);
    },
  };
  return disk;
}

function failing(handle: FileHandle, disk: FailingDisk): FileHandle {
  const write = handle.write.bind(handle) as (
    bytes: Buffer,
    from: number,
    length: number,
  ) => ReturnType<FileHandle['write']>;
  handle.write = (async (bytes: Buffer, from: number) => {
    // A full disk takes what fits, and refuses what comes after.
    if (disk.room <= 0) fail('ENOSPC');
    const length = Math.min(bytes.length - from, disk.room);
    disk.room -= length;
    return write(bytes, from, length);
  }) as unknown as FileHandle['write'];
  for (const name of ['datasync', 'truncate', 'sync'] as const) {
    const method = handle[name].bind(handle);
    handle[name] = async (size?: number) => {
      fail(disk.broken.get(name));
      return method(size);
    };
  }
  return handle;
}

function fail(code: string | undefined): void {
  if (code !== undefined) throw Object.assign(new Error(`${code}: the disk failed`), { code });
}
