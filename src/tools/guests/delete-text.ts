import type { Disk } from '../../pve/guest-facts.ts';
import type { GuestTraces } from '../../pve/guest-traces.ts';
import { bytes, time } from '../../render/units.ts';
import { line } from '../../render/untrusted.ts';

/** What goes with a guest, and what stays. */
export interface Loss {
  /** The guest in a few words. */
  whom: string;
  disks: readonly Disk[];
  /** Undefined where they could not be read. */
  snapshots: readonly string[] | undefined;
  traces: GuestTraces;
  /** Volumes of its VMID that it does not use and that are not deleted. */
  left: readonly string[];
}

const SHOWN = 12;

/** What is lost, in one sentence. */
export function lossText({ disks, snapshots }: Loss): string {
  const each = disks.map(({ key, size }) => (size === undefined ? key : `${key} ${size}`));
  const many = disks.length === 1 ? '1 disk' : `${disks.length || 'no'} disks`;
  const also =
    snapshots === undefined
      ? 'its snapshots (not read)'
      : snapshots.length === 0
        ? 'no snapshot'
        : `${snapshots.length === 1 ? '1 snapshot' : `${snapshots.length} snapshots`} (${some(snapshots)})`;
  return line(`What goes with it: ${many}${each.length > 0 ? ` (${some(each)})` : ''} and ${also}.`, 1_000);
}

/** What stays, and what it is taken out of; one line each. */
export function staysText({ traces: { backups, references }, left }: Loss): string {
  const [newest] = backups;
  const told = [
    newest === undefined
      ? 'There is no backup of it.'
      : `${backups.length === 1 ? '1 backup stays' : `${backups.length} backups stay`}, the newest of ${time(newest.ctime)} on ${newest.storage} (${bytes(newest.size)}): ${newest.volid}`,
    references.length > 0 && `It is taken out of: ${some(references)}.`,
    left.length > 0 &&
      `Disks of its VMID that it does not use stay: ${some(left)} (unreferenced=true takes them too).`,
  ];
  return told.flatMap((one) => (one ? [line(one, 1_000)] : [])).join('\n');
}

function some(words: readonly string[]): string {
  const more = words.length - SHOWN;
  return more > 0 ? `${words.slice(0, SHOWN).join(', ')} and ${more} more` : words.join(', ');
}
