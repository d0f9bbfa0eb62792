import type { StoragePlace } from '../../pve/volumes.ts';
import { bytes, duration, percent, usage } from '../../render/units.ts';
import { type Finding, many } from '../findings.ts';
import type { Growth } from './storage-growth.ts';
import { bytesOf, type Waste, type WasteKind } from './storage-waste.ts';

/** A storage and what is known of it. Sizes in bytes. */
export interface StorageState extends StoragePlace {
  growth?: Growth | undefined;
  /** What its disks may grow to together. */
  provisioned: number;
}

/** A snapshot that has stood for long. */
export interface OldSnapshot {
  vmid: number;
  guest?: string | undefined;
  name: string;
  /** Seconds since 1970. */
  snaptime: number;
}

const DAY = 86_400;
const NAMED = 3;

/** `nas`, `local-lvm on pve1` */
export const placeName = ({ storage, node, shared }: StoragePlace) =>
  shared ? storage : `${storage} on ${node}`;

/** What is full or soon will be, and what lies there for nothing. `now` in seconds since 1970. */
export function storageFindings(
  states: readonly StorageState[],
  waste: readonly Waste[],
  snapshots: readonly OldSnapshot[],
  now: number,
): Finding[] {
  return [
    ...states.flatMap((state) => ofFill(state, waste)),
    ...states.flatMap(ofOvercommit),
    ...ofWaste(waste, now),
    ...ofSnapshots(snapshots, now),
  ];
}

function ofFill(state: StorageState, waste: readonly Waste[]): Finding[] {
  const { used, total, growth } = state;
  if (used === undefined || !total) return [];
  const share = used / total;
  const days = growth?.fullIn;
  const soon = days !== undefined && days <= 30;
  if (share < 0.85 && !soon) return [];
  const name = placeName(state);
  const critical = share >= 0.95 || (days !== undefined && days <= 7);
  const grows = growth && growth.perDay > 0 ? `grows by ${bytes(growth.perDay)} a day` : undefined;
  const here = waste.filter(({ place }) => placeName(place) === name);
  const free = here.reduce((sum, { volume }) => sum + bytesOf(volume), 0);
  return [
    {
      severity: critical ? 'critical' : 'warning',
      what: `${name} is ${percent(share)} full${days === undefined ? '' : `, and full in ${daysText(days)} as it grows now`}`,
      evidence: [usage(used, total), grows && `${grows} (last ${growth?.days} d)`].filter(Boolean).join('; '),
      fix:
        free > 0
          ? `Up to ${bytes(free)} on it seem to be of no use: see below.`
          : 'Move disks away (configure_guest move), keep fewer backups, or add space.',
    },
  ];
}

const daysText = (days: number) =>
  days < 1 ? 'less than a day' : days < 1.5 ? '1 day' : `${Math.round(days)} days`;

/** Types whose disks take space as they are written. */
const THIN = new Set(['lvmthin', 'zfspool', 'rbd']);

function ofOvercommit(state: StorageState): Finding[] {
  const { type = '', used = 0, total = 0, provisioned } = state;
  if (!THIN.has(type) || total <= 0 || provisioned <= total) return [];
  const near = used / total >= 0.7;
  return [
    {
      severity: near ? 'warning' : 'note',
      what: `${placeName(state)} has promised its disks ${Number((provisioned / total).toFixed(1))} times what it has`,
      evidence: `${bytes(provisioned)} of ${bytes(total)}; ${percent(used / total)} are written`,
      fix: 'Watch how it fills: when it is full, every guest on it stops.',
    },
  ];
}

const WORDS: Record<WasteKind, { what: string; severity: Finding['severity']; fix: string }> = {
  orphan: {
    what: 'of guests that are gone',
    severity: 'warning',
    fix: 'Make sure nobody wants it, then proxmox_api_call DELETE /nodes/{node}/storage/{storage}/content/{volid}',
  },
  unreferenced: {
    what: 'that their guest does not know',
    severity: 'warning',
    fix: 'qm disk rescan --vmid ID (pct rescan) on its node shows it as unused; then delete it or attach it',
  },
  unused: {
    what: 'kept unused by their guest',
    severity: 'note',
    fix: 'Attach it, or have it deleted: configure_guest delete=KEY',
  },
  image: {
    what: 'old, and mounted by no guest that was looked into',
    severity: 'note',
    fix: 'proxmox_api_call DELETE /nodes/{node}/storage/{storage}/content/{volid}; fetch_image brings it back',
  },
  backup: {
    what: 'of guests that are gone',
    severity: 'note',
    fix: 'Keep what the law or you want (protected), delete the rest: proxmox_api_call DELETE …/content/{volid}',
  },
};

const NOUN: Record<WasteKind, string> = {
  ...{ orphan: 'disk', unreferenced: 'disk', unused: 'disk', image: 'image or template', backup: 'backup' },
};

function ofWaste(waste: readonly Waste[], now: number): Finding[] {
  return (Object.keys(WORDS) as WasteKind[]).flatMap((kind): Finding[] => {
    const found = waste
      .filter((one) => one.kind === kind)
      .sort((a, b) => bytesOf(b.volume) - bytesOf(a.volume));
    if (found.length === 0) return [];
    const { what, severity, fix } = WORDS[kind];
    const total = found.reduce((sum, { volume }) => sum + bytesOf(volume), 0);
    const named = found.slice(0, NAMED).map((one) => wasteText(one, now));
    const noun =
      kind === 'image' && found.length > 1 ? `${found.length} images or templates` : many(found, NOUN[kind]);
    return [
      {
        severity,
        what: `${noun} ${what}: ${bytes(total)}`,
        // Files that were put there by hand may have any name.
        said: [...named, found.length > NAMED && `and ${found.length - NAMED} more`]
          .filter(Boolean)
          .join('; '),
        fix,
      },
    ];
  });
}

function wasteText({ kind, volume, place, key }: Waste, now: number): string {
  const { volid, vmid, ctime } = volume;
  const age = ctime === undefined ? undefined : `${Math.floor((now - ctime) / DAY)} d old`;
  const whose = key === undefined ? kind === 'backup' && `of ${vmid}` : `${key} of ${vmid}`;
  const facts = [
    bytes(bytesOf(volume)),
    !place.shared && `on ${place.node}`,
    whose,
    age,
    volume.protected && 'protected',
  ];
  return `${volid} ${facts.filter(Boolean).join(', ')}`;
}

function ofSnapshots(snapshots: readonly OldSnapshot[], now: number): Finding[] {
  if (snapshots.length === 0) return [];
  const oldest = snapshots.toSorted((a, b) => a.snaptime - b.snaptime);
  const named = oldest
    .slice(0, NAMED)
    .map(
      ({ vmid, guest, name, snaptime }) =>
        `${name} of ${vmid}${guest ? ` ${guest}` : ''}, ${duration(now - snaptime)}`,
    );
  return [
    {
      severity: 'note',
      what: `${many(snapshots, 'snapshot')} older than 30 days: they grow with every change`,
      evidence: [...named, snapshots.length > NAMED && `and ${snapshots.length - NAMED} more`]
        .filter(Boolean)
        .join('; '),
      fix: 'delete_snapshot, where nobody goes back any more',
    },
  ];
}
