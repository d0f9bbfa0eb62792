import { mkdir, open, readdir, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What the ledger needs of a disk; a test can put a full or a failing one here. */
export interface Disk {
  mkdir: typeof mkdir;
  open: typeof open;
  readdir: typeof readdir;
  stat: typeof stat;
  unlink: typeof unlink;
}

/** The machine's own disk. */
export const realDisk: Disk = { mkdir, open, readdir, stat, unlink };

/** Makes a folder for its user alone, where there is none; the names of new ones are on the disk then. */
export async function makeFolder(path: string, disk: Disk): Promise<void> {
  const made = await disk.mkdir(path, { recursive: true, mode: 0o700 });
  if (made === undefined) return;
  for (let folder = path; folder.length >= made.length; folder = dirname(folder))
    await syncFolder(dirname(folder), disk);
}

/** Makes what was created or removed in a folder outlive a power cut. */
export async function syncFolder(path: string, disk: Disk): Promise<void> {
  await sync(path, disk, ['EISDIR', 'EPERM', 'EINVAL', 'ENOTSUP']);
}

/** Makes what others have written to a file outlive a power cut, before something of ours depends on it. */
export async function syncFile(path: string, disk: Disk): Promise<void> {
  await sync(path, disk, ['EPERM', 'EINVAL', 'ENOTSUP']);
}

/** `lacking`: the errors of systems (Windows, some network shares) that know no such thing. */
async function sync(path: string, disk: Disk, lacking: readonly string[]): Promise<void> {
  try {
    const handle = await disk.open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!lacking.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
