import { expect, test } from 'vitest';
import { diskFindings, type NodeDisks, scrubbedAt } from './disk-findings.ts';

const GiB = 1024 ** 3;
const now = Date.parse('2026-11-22T16:30:00Z') / 1000;

/** What is found on a node of which this was seen, in short. */
const found = (seen: Partial<NodeDisks>) =>
  diskFindings({ node: 'n1', smart: new Map(), ...seen }, now).map(
    ({ severity, what }) => `${severity}: ${what}`,
  );

const disk = (facts: object) => ({ disks: [{ devpath: '/dev/sda', type: 'ssd', ...facts }] });

test.each([
  [{ health: 'PASSED', wearout: 11 }, []],
  [{ health: 'OK' }, []],
  // A virtual disk, as recorded on PVE 9.2.
  [{ health: 'UNKNOWN' }, []],
  [{ health: 'PASSED', wearout: 10 }, ['warning: /dev/sda on n1 is worn: 10% of its life left']],
  [{ health: 'PASSED', wearout: 0 }, ['critical: /dev/sda on n1 is worn: 0% of its life left']],
  [{ health: 'FAILED!', wearout: 2 }, ['critical: /dev/sda on n1 is failing: SMART says FAILED!']],
  [{ health: 'SMART Disabled' }, ['note: SMART is off on /dev/sda on n1']],
])('a disk with %o', (facts, findings) => {
  expect(found(disk(facts))).toEqual(findings);
});

const pool = (facts: object, detail: object = {}) => ({
  pools: [
    {
      ...{ name: 'tank', health: 'ONLINE', size: 100 * GiB, alloc: GiB },
      ...facts,
      detail: { errors: 'No known data errors', sick: [], ...detail },
    },
  ],
});
const scrub = (date: string) => `scrub repaired 0B in 00:12:34 with 0 errors on ${date}`;

test.each([
  [pool({}, { scan: scrub('Sun Nov  8 00:36:35 2026') }), []],
  [
    pool({}, { scan: scrub('Sun Sep 13 00:36:35 2026') }),
    ['note: ZFS pool tank on n1 was last scrubbed 70 days ago'],
  ],
  [pool({}, { scan: 'none requested' }), ['note: ZFS pool tank on n1 was never scrubbed']],
  [pool({ health: 'DEGRADED' }), ['critical: ZFS pool tank on n1 is DEGRADED']],
  [
    pool({}, { sick: [{ name: 'sda1', state: 'ONLINE', read: 0, write: 0, cksum: 3 }] }),
    ['warning: ZFS pool tank on n1 has counted errors'],
  ],
  [pool({}, { errors: '2 data errors, use -v for a list' }), ['critical: ZFS pool tank on n1 has lost data']],
  [pool({ alloc: 85 * GiB }), ['warning: ZFS pool tank on n1 is 85% full']],
  [
    pool({ alloc: 93 * GiB, frag: 71 }),
    ['critical: ZFS pool tank on n1 is 93% full', 'note: ZFS pool tank on n1 is 71% fragmented'],
  ],
])('a pool: %#', (seen, findings) => {
  expect(found(seen)).toEqual(findings);
});

test('a thin pool: what to do depends on what is left to grow into', () => {
  const thin = (used: number, metadataUsed: number, metadataSize: number) => [
    { vg: 'pve', lv: 'data', size: 100 * GiB, used: used * GiB, metadataSize, metadataUsed },
  ];
  expect(found({ thin: thin(84, 0.7 * GiB, GiB) })).toEqual([]);
  const fixes = (free: number, used: number, metadata: number, size = GiB) =>
    diskFindings(
      {
        ...{ node: 'n1', smart: new Map(), groups: [{ name: 'pve', size: 200 * GiB, free }] },
        thin: thin(used, metadata * size, size),
      },
      now,
    ).map(({ severity, fix }) => `${severity}: ${fix}`);
  expect(fixes(50 * GiB, 86, 0.8)).toEqual([
    'warning: lvextend --poolmetadatasize +1G pve/data on that node, with room in the volume group.',
    'warning: lvextend -l +100%FREE pve/data on that node.',
  ]);
  expect(fixes(0, 97, 0.95, 16 * GiB)).toEqual([
    "critical: It can grow no more (LVM's limit is 16 GiB). Delete snapshots and unused disks (storage_report), or move disks away.",
    'critical: Delete snapshots and unused disks (storage_report), or move disks away.',
  ]);
});

test('what could not be seen is no finding', () => {
  expect(found({})).toEqual([]);
});

test('when a scrub ended is read from its line', () => {
  expect(scrubbedAt(scrub('Sun Nov  8 00:36:35 2026'))).toBe(Date.parse('2026-11-08T00:36:35Z') / 1000);
  expect(scrubbedAt('scrub in progress since Sun Nov  8 00:36:35 2026')).toBeUndefined();
  expect(scrubbedAt('none requested')).toBeUndefined();
});
