import { disksOf } from '../../pve/guest-disks.ts';
import type { Guest } from '../../pve/guests.ts';
import type { Row } from '../../pve/read.ts';
import type { Snapshot } from '../../pve/snapshots.ts';
import { duration, time } from '../../render/units.ts';
import { line } from '../../render/untrusted.ts';

/** What a rollback would come to, before it is done. */
export interface GoingBack {
  /** What is lost, in sentences. */
  lost: string[];
  /** Newer snapshots that stand in the way: on ZFS one can only go back to the newest. Newest first. */
  inTheWay: Snapshot[];
}

/** Storage types on which only the newest snapshot can be gone back to (`volume_rollback_is_possible` of Proxmox's plugins). */
const STACKED: ReadonlySet<string> = new Set(['zfspool', 'zfs']);
/** What is of the moment, not of the guest. */
const NOT_SETTINGS: ReadonlySet<string> = new Set([
  ...['digest', 'parent', 'snaptime', 'snapstate', 'vmstate', 'lock', 'runningmachine'],
  ...['runningcpu', 'running-nets-host-mtu', 'vmgenid'],
  // The snapshot's own words, not the guest's.
  'description',
]);

/**
 * What going back to a snapshot comes to.
 *
 * @param before the config that the snapshot holds
 * @param now seconds since 1970
 */
export function goingBack(
  guest: Guest,
  snapshot: Snapshot,
  {
    all,
    current,
    before,
    types,
    now,
  }: {
    /** Oldest first, `snapshot` itself among them. */
    all: readonly Snapshot[];
    current: Row;
    before: Row;
    types: ReadonlyMap<string | undefined, string | undefined>;
    now: number;
  },
): GoingBack {
  const taken = snapshot.snaptime ?? 0;
  const newer = all.slice(all.indexOf(snapshot) + 1).reverse();
  const stacked = disksOf(before).some(({ storage }) => STACKED.has(types.get(storage) ?? ''));
  const lost = [`all that was written to its disks since ${time(taken)} (${duration(now - taken)})`];
  const settings = changedSettings(before, current);
  if (settings.length > 0) lost.push(`settings changed since: ${settings.join('; ')}`);
  if (guest.status === 'running')
    lost.push('what its programs hold unsaved: it is running and is stopped hard');
  if (stacked && newer.length > 0)
    lost.push(`newer snapshots, which ZFS can't keep: ${newer.map(({ name }) => line(name, 60)).join(', ')}`);
  return { lost, inTheWay: stacked ? newer : [] };
}

/** `memory 4096 -> 2048`, for each setting that goes back. */
function changedSettings(before: Row, current: Row): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(current)])].sort();
  const changed = names.filter(
    (name) =>
      !NOT_SETTINGS.has(name) &&
      !/^unused\d+$/.test(name) &&
      String(before[name] ?? '') !== String(current[name] ?? ''),
  );
  const shown = changed
    .slice(0, 8)
    .map((name) => line(`${name} ${show(current[name])} -> ${show(before[name])}`, 120));
  return changed.length > 8 ? [...shown, `and ${changed.length - 8} more`] : shown;
}

function show(value: unknown): string {
  return value === undefined || value === '' ? 'none' : line(String(value), 48);
}
