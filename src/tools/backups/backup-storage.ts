import { Failure } from '../../failure.ts';
import type { BackupJob } from '../../pve/backups.ts';
import type { Resource } from '../../pve/resources.ts';
import { bytes } from '../../render/units.ts';

/** Where backups go, and why there. */
export interface ChosenStorage {
  storage: string;
  /** Absent where it was asked for. */
  why?: string;
  /** Bytes, where that is known. */
  free?: number;
}

/**
 * The storage for backups of guests on these nodes: the one asked for, else the one that the backup jobs use, else the
 * only one there is.
 *
 * @throws Failure `not_found`, `invalid_argument`: unknown, not for backups, not there, or several and nobody said which
 */
export function backupStorage(
  asked: string | undefined,
  nodes: readonly string[],
  resources: readonly Resource[],
  jobs: readonly BackupJob[],
): ChosenStorage {
  const rows = resources.filter(({ type, name }) => type === 'storage' && name !== undefined);
  const on = (name: string) =>
    rows.filter((row) => row.name === name && nodes.includes(row.node ?? '') && row.status === 'available');
  const takes = (row: Resource) => row.content?.split(',').includes('backup') ?? false;
  const fitting = [...new Set(rows.filter(takes).map(({ name }) => name as string))]
    .filter((name) => nodes.every((node) => on(name).some((row) => row.node === node)))
    .sort();
  const free = (name: string): Pick<ChosenStorage, 'free'> => {
    const left = on(name).flatMap(({ disk, maxdisk }) =>
      maxdisk !== undefined && disk !== undefined ? [maxdisk - disk] : [],
    );
    return left.length > 0 ? { free: Math.min(...left) } : {};
  };
  if (asked !== undefined) {
    if (fitting.includes(asked)) return { storage: asked, ...free(asked) };
    const row = rows.find(({ name }) => name === asked);
    throw new Failure(
      row ? 'invalid_argument' : 'not_found',
      row === undefined
        ? `There is no storage ${asked} that this login may see.`
        : takes(row)
          ? `Storage ${asked} is not available on ${nodes.join(', ')}.`
          : `Storage ${asked} takes no backups.`,
      fitting.length > 0 ? `These do: ${fitting.join(', ')}.` : 'No storage there takes backups.',
    );
  }
  const uses = (name: string) => jobs.filter((job) => job.enabled && job.storage === name).length;
  const [most] = [...fitting].sort((a, b) => uses(b) - uses(a) || (a < b ? -1 : 1));
  if (most !== undefined && uses(most) > 0)
    return { storage: most, why: 'the storage that the backup jobs use', ...free(most) };
  if (most !== undefined && fitting.length === 1)
    return { storage: most, why: 'the only storage there that takes backups', ...free(most) };
  throw new Failure(
    'invalid_argument',
    most === undefined
      ? `No storage on ${nodes.join(', ')} takes backups.`
      : 'Several storages take backups, and no backup job says which one to use.',
    most === undefined
      ? 'Give one of them the content type backup, or bring it back online.'
      : `Give storage: ${fitting.map((name) => `${name} (${freeText(free(name).free)})`).join(', ')}.`,
  );
}

/** `24 GiB free` */
export function freeText(free: number | undefined): string {
  return free === undefined ? 'free space unknown' : `${bytes(free)} free`;
}
