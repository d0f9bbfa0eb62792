import type { Disk } from '../../pve/disks.ts';
import { known } from '../../pve/read.ts';
import { table } from '../../render/table.ts';
import { bytes, percent, time, usage } from '../../render/units.ts';
import { line } from '../../render/untrusted.ts';
import { type NodeDisks, scrubbedAt } from './disk-findings.ts';

/** One disk of the report. */
export type DiskRow = Omit<Disk, 'serial'> & { node: string };

/** A pool of ZFS, or a thin pool of LVM with its metadata; bytes. */
export interface PoolRow {
  node: string;
  pool: string;
  kind: 'zfs' | 'thin';
  health?: string;
  size: number;
  used: number;
  frag?: number;
  scan?: string;
  errors?: string;
  metadataSize?: number;
  metadataUsed?: number;
}

/** A volume group; bytes. */
export interface GroupRow {
  node: string;
  vg: string;
  size: number;
  free: number;
}

const shown = (text: string | undefined) => (text === undefined ? undefined : line(text));

export function diskRows(seen: readonly NodeDisks[]): DiskRow[] {
  return seen.flatMap(({ node, disks = [] }) =>
    disks
      .toSorted((a, b) => (a.devpath < b.devpath ? -1 : 1))
      .map(({ devpath, type, model, size, used, health, wearout }) =>
        known<DiskRow>({
          ...{ node: line(node), devpath: line(devpath), type: line(type), model: shown(model), size },
          ...{ used: shown(used), health: shown(health), wearout },
        }),
      ),
  );
}

export function poolRows(seen: readonly NodeDisks[]): PoolRow[] {
  return seen.flatMap(({ node, pools = [], thin = [] }) => [
    ...pools.map(({ name, health, size = 0, alloc = 0, frag, detail }) =>
      known<PoolRow>({
        ...{ node: line(node), pool: line(name), kind: 'zfs', health: line(health), size, used: alloc, frag },
        ...{ scan: shown(detail?.scan), errors: shown(detail?.errors) },
        ...{ metadataSize: undefined, metadataUsed: undefined },
      }),
    ),
    ...thin.map(({ vg, lv, size, used, metadataSize, metadataUsed }): PoolRow => {
      return {
        node: line(node),
        pool: line(`${vg}/${lv}`),
        kind: 'thin',
        size,
        used,
        metadataSize,
        metadataUsed,
      };
    }),
  ]);
}

export function groupRows(seen: readonly NodeDisks[]): GroupRow[] {
  return seen.flatMap(({ node, groups = [] }) =>
    groups.map(({ name, size, free }) => ({ node: line(node), vg: line(name), size, free })),
  );
}

export function diskTable(disks: readonly DiskRow[]): string {
  return table(
    [
      { head: 'NODE', cell: ({ node }) => node },
      { head: 'DISK', cell: ({ devpath }) => devpath },
      { head: 'TYPE', cell: ({ type }) => type },
      { head: 'SIZE', cell: ({ size }) => (size === undefined ? undefined : bytes(size)) },
      { head: 'USED FOR', cell: ({ used }) => used ?? 'nothing' },
      { head: 'SMART', cell: ({ health }) => health },
      { head: 'LIFE LEFT', cell: ({ wearout }) => (wearout === undefined ? undefined : `${wearout}%`) },
      { head: 'MODEL', cell: ({ model }) => model },
    ],
    disks,
  );
}

export function poolTable(pools: readonly PoolRow[]): string {
  return table(
    [
      { head: 'NODE', cell: ({ node }) => node },
      { head: 'POOL', cell: ({ pool }) => pool },
      { head: 'HEALTH', cell: ({ kind, health }) => health ?? (kind === 'thin' ? 'LVM-thin' : undefined) },
      { head: 'DATA', cell: ({ used, size }) => usage(used, size) },
      { head: 'METADATA', cell: ({ metadataSize, metadataUsed }) => share(metadataUsed, metadataSize) },
      { head: 'FRAG', cell: ({ frag }) => (frag === undefined ? undefined : `${frag}%`) },
      { head: 'LAST SCAN', cell: ({ scan }) => (scan === undefined ? undefined : scanText(scan)) },
    ],
    pools,
  );
}

export function groupTable(groups: readonly GroupRow[]): string {
  return table(
    [
      { head: 'NODE', cell: ({ node }) => node },
      { head: 'VOLUME GROUP', cell: ({ vg }) => vg },
      { head: 'SIZE', cell: ({ size }) => bytes(size) },
      { head: 'FREE', cell: ({ free }) => bytes(free) },
    ],
    groups,
  );
}

/** `scrub 2026-11-08, 0 errors` of the long line that ZFS writes. */
function scanText(scan: string): string {
  const at = scrubbedAt(scan);
  const [, kind, errors] = /^(scrub|resilver)\w* .* with (\d+) errors/.exec(scan) ?? [];
  if (at === undefined || kind === undefined) return scan;
  return `${kind} ${time(at).slice(0, 10)}, ${errors} errors`;
}

function share(used: number | undefined, size: number | undefined): string | undefined {
  return used === undefined || size === undefined || size === 0 ? undefined : percent(used / size);
}
