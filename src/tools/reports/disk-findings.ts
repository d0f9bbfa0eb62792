import type { Disk, SmartFact, ThinPool, VolumeGroup, Zpool, ZpoolStatus } from '../../pve/disks.ts';
import { bytes, percent, usage } from '../../render/units.ts';
import type { Finding, Severity } from '../findings.ts';

/** What was seen of the disks of one node; what is absent could not be seen. */
export interface NodeDisks {
  node: string;
  disks?: readonly Disk[] | undefined;
  /** SMART's facts of the disks that are not well, by device path. */
  smart: ReadonlyMap<string, readonly SmartFact[]>;
  pools?: readonly (Zpool & { detail?: ZpoolStatus | undefined })[] | undefined;
  groups?: readonly VolumeGroup[] | undefined;
  thin?: readonly ThinPool[] | undefined;
}

/** Whether SMART says that a disk fails. It is not known of virtual disks and behind RAID controllers. */
export const isFailing = ({ health = 'UNKNOWN' }: Disk) =>
  !/^(PASSED|OK|UNKNOWN|SMART Disabled)$/.test(health);

/** Percent of life left, from which on a disk is to be replaced. */
export const WORN = 10;

/** Metadata of a thin pool can be no larger (lvmthin(7)). */
const METADATA_MAX = 15.8 * 1024 ** 3;

/** What is wrong with the disks of a node, or will be. */
export function diskFindings(seen: NodeDisks, now: number): Finding[] {
  return [
    ...(seen.disks ?? []).flatMap((disk) => ofDisk(disk, seen)),
    ...(seen.pools ?? []).flatMap((pool) => ofPool(pool, seen.node, now)),
    ...(seen.thin ?? []).flatMap((pool) => ofThinPool(pool, seen)),
  ];
}

function ofDisk(disk: Disk, { node, smart }: NodeDisks): Finding[] {
  const { devpath, health, wearout, model, serial, used } = disk;
  const which = [model, serial && `serial ${serial}`].filter(Boolean).join(', ');
  const use = used && `used for ${used}`;
  const name = `${devpath} on ${node}`;
  if (isFailing(disk)) {
    const failing = (smart.get(devpath) ?? [])
      .filter((fact) => fact.failing !== undefined)
      .map((fact) => `${fact.name} ${fact.value} (fails ${fact.failing})`);
    return [
      {
        severity: 'critical',
        what: `${name} is failing: SMART says ${health}`,
        evidence: [use, wearout !== undefined && `${wearout}% of its life left`].filter(Boolean).join('; '),
        said: [which, ...failing].filter(Boolean).join('; '),
        fix: 'Replace it now; see with backup_report that what lies on it is backed up.',
      },
    ];
  }
  if (wearout !== undefined && wearout <= WORN) {
    return [
      {
        severity: wearout <= 3 ? 'critical' : 'warning',
        what: `${name} is worn: ${wearout}% of its life left`,
        evidence: [use, health && `SMART still says ${health}`].filter(Boolean).join('; '),
        said: which,
        fix: 'Plan its replacement; move disks of busy guests off it.',
      },
    ];
  }
  return health === 'SMART Disabled'
    ? [{ severity: 'note', what: `SMART is off on ${name}`, fix: `smartctl -s on ${devpath} on that node.` }]
    : [];
}

function ofPool(pool: NonNullable<NodeDisks['pools']>[number], node: string, now: number): Finding[] {
  const { name, health, size = 0, alloc = 0, frag = 0, detail } = pool;
  const what = `ZFS pool ${name} on ${node}`;
  const sick = (detail?.sick ?? []).map(
    ({ name, state, read, write, cksum }) =>
      `${name} ${state}, errors: ${read} read, ${write} write, ${cksum} checksum`,
  );
  const findings: Finding[] = [];
  const add = (severity: Severity, text: string, evidence: string, fix: string, said?: string) =>
    findings.push({ severity, what: text, ...(evidence !== '' && { evidence }), fix, said });
  const { errors = '', scan = '', action } = detail ?? {};
  if (health !== 'ONLINE') {
    const fix = 'Look at zpool status on that node.';
    const said = [sick.length === 0 && detail?.status, action].filter(Boolean).join(' ');
    add('critical', `${what} is ${health}`, sick.join('; '), fix, said);
  } else if (sick.length > 0) {
    const fix = `Check cables and the disk's SMART values, then zpool clear ${name} on that node.`;
    add('warning', `${what} has counted errors`, sick.join('; '), fix);
  }
  if (errors !== '' && !/^No known data errors/i.test(errors)) {
    add(
      'critical',
      `${what} has lost data`,
      '',
      'Restore what zpool status -v names (restore_backup).',
      errors,
    );
  }
  const share = size > 0 ? alloc / size : 0;
  if (share >= 0.8) {
    const severity = share >= 0.9 ? 'critical' : 'warning';
    add(
      severity,
      `${what} is ${percent(share)} full`,
      usage(alloc, size),
      'See what takes it: storage_report.',
    );
  }
  if (frag >= 60) {
    add('note', `${what} is ${frag}% fragmented`, '', 'Writing gets slow: free space, or move disks away.');
  }
  const scrub = scan === '' ? undefined : scrubFinding(scan, now);
  if (scrub !== undefined) add('note', `${what} ${scrub}`, '', `zpool scrub ${name} on that node.`, scan);
  if (/resilver in progress/.test(scan))
    add('note', `${what} is being rebuilt`, '', 'Wait for its end.', scan);
  return findings;
}

const SCRUB_DAYS = 45;

/** Debian scrubs every pool on the second Sunday of the month: a pool without is worth a word. */
function scrubFinding(scan: string, now: number): string | undefined {
  if (/none requested/.test(scan)) return 'was never scrubbed';
  const at = scrubbedAt(scan);
  if (at === undefined) return undefined;
  const days = Math.floor((now - at) / 86_400);
  return days > SCRUB_DAYS ? `was last scrubbed ${days} days ago` : undefined;
}

/** When a scrub or resilver ended, in seconds since 1970; the node's own time zone is taken for UTC. */
export function scrubbedAt(scan: string): number | undefined {
  const [, date, time, year] = / on \w{3} (\w{3} +\d+) (\d\d:\d\d:\d\d) (\d{4})/.exec(scan) ?? [];
  const at = Date.parse(`${date} ${year} ${time} UTC`);
  return Number.isNaN(at) ? undefined : at / 1000;
}

function ofThinPool(pool: ThinPool, { node, groups }: NodeDisks): Finding[] {
  const { vg, lv, size, used, metadataSize, metadataUsed } = pool;
  const free = groups?.find(({ name }) => name === vg)?.free;
  const spare = free === undefined ? undefined : `${bytes(free)} free in volume group ${vg}`;
  const what = `thin pool ${vg}/${lv} on ${node}`;
  const less = 'Delete snapshots and unused disks (storage_report), or move disks away.';
  const findings: Finding[] = [];
  const metadata = metadataSize > 0 ? metadataUsed / metadataSize : 0;
  const evidence = (text: string) => ({ evidence: [text, spare].filter(Boolean).join('; ') });
  if (metadata >= 0.75) {
    const atLimit = metadataSize >= METADATA_MAX;
    const grow = `lvextend --poolmetadatasize +1G ${vg}/${lv} on that node, with room in the volume group.`;
    findings.push({
      severity: metadata >= 0.9 ? 'critical' : 'warning',
      what: `metadata of ${what} is ${percent(metadata)} full: at 100% all guests on it stop`,
      ...evidence(`${usage(metadataUsed, metadataSize)}; data ${percent(size > 0 ? used / size : 0)}`),
      fix: atLimit ? `It can grow no more (LVM's limit is 16 GiB). ${less}` : grow,
    });
  }
  const share = size > 0 ? used / size : 0;
  if (share >= 0.85) {
    findings.push({
      severity: share >= 0.95 ? 'critical' : 'warning',
      what: `${what} is ${percent(share)} full: at 100% all guests on it stop`,
      ...evidence(usage(used, size)),
      fix: free !== undefined && free > 1024 ** 3 ? `lvextend -l +100%FREE ${vg}/${lv} on that node.` : less,
    });
  }
  return findings;
}
