import { expect, test } from 'vitest';
import {
  clockFindings,
  type NodeFacts,
  nodeFindings,
  taskFindings,
  versionFindings,
} from './node-findings.ts';

const now = 1_795_365_000;
const DAY = 86_400;

/** What is found on a node of which this was seen, in short. */
const found = (seen: Partial<NodeFacts>, clustered = true) =>
  nodeFindings({ node: 'n1', ...seen }, now, clustered).map(({ severity, what }) => `${severity}: ${what}`);

const running = (name: string) => ({ name, state: 'running', active: 'active', unit: 'enabled' });
const services = (...more: object[]) => ({
  services: [running('chrony'), ...more] as NonNullable<NodeFacts['services']>,
});

test.each<[Partial<NodeFacts>, string[]]>([
  [{}, []],
  [{ status: { rootfs: { used: 89, total: 100 }, load: 20, cpus: 16 } }, []],
  [{ status: { rootfs: { used: 96, total: 100 } } }, ['critical: the root disk of n1 is 96% full']],
  [{ status: { memory: { used: 96, total: 100 } } }, ['warning: n1 is nearly out of memory']],
  [{ status: { load: 40, cpus: 16 } }, ['warning: n1 is overloaded']],
  [{ status: { swap: { used: 0, total: 0 } } }, []],
  [
    services({ ...running('pveproxy'), state: 'dead', active: 'inactive' }),
    ['critical: service pveproxy on n1 is down'],
  ],
  [
    services({ ...running('cron'), state: 'failed', active: 'failed' }),
    ['warning: service cron on n1 is down'],
  ],
  // As recorded on PVE 9.2: what is not installed or masked is not down.
  [services({ name: 'syslog', state: 'dead', active: 'inactive', unit: 'not-found' }), []],
  [services({ name: 'corosync', state: 'dead', active: 'inactive', unit: 'masked' }), []],
  [{ services: [running('pveproxy')] }, ['warning: nothing keeps the clock of n1 right']],
  [{ certificates: [{ filename: 'pve-ssl.pem', notafter: now + 31 * DAY }] }, []],
  [
    { certificates: [{ filename: 'pve-ssl.pem', notafter: now + 20 * DAY }] },
    ['note: certificate pve-ssl.pem of n1 expires in 20d'],
  ],
  [
    { certificates: [{ filename: 'pveproxy-ssl.pem', notafter: now - 2 * DAY }] },
    ['critical: certificate pveproxy-ssl.pem of n1 expired 2d ago'],
  ],
  [{ replication: [{ id: '100-0', fails: 0, lastSync: now }] }, []],
  [
    { replication: [{ id: '100-0', target: 'n2', fails: 3, error: 'no route' }] },
    ['warning: replication 100-0 from n1 to n2 fails'],
  ],
  [{ pools: [{ name: 'tank', health: 'ONLINE', size: 100, alloc: 99 }] }, []],
  [{ pools: [{ name: 'tank', health: 'DEGRADED' }] }, ['critical: ZFS pool tank on n1 is DEGRADED']],
])('one node: %#', (seen, findings) => {
  expect(found(seen)).toEqual(findings);
});

test('a lone node has no use for corosync', () => {
  const idle = services({ ...running('corosync'), state: 'dead', active: 'inactive' });
  expect(found(idle, false)).toEqual([]);
  expect(found(idle)).toEqual(['critical: service corosync on n1 is down']);
});

test('tasks that failed alike are told of together, consoles only as a note', () => {
  const task = (type: string, id: string, exitstatus: string, ago: number) =>
    ({
      type,
      id,
      exitstatus,
      node: 'n1',
      upid: `UPID:${type}:${ago}`,
      starttime: now - ago,
      state: 'failed',
    }) as never;
  const failed = [
    task('vzdump', '100', 'job errors', 7200),
    task('vzdump', '101', 'job errors', 3600),
    task('vncproxy', '100', 'connection timed out', 60),
  ];
  expect(taskFindings([{ node: 'n1', failed }, { node: 'n2' }], now)).toEqual([
    {
      ...{ severity: 'warning', what: '2 backups failed: 100 on n1, 101 on n1' },
      ...{
        evidence: 'last 1h ago',
        said: 'job errors',
        fix: 'backup_report, or get_task upid=UPID:vzdump:3600',
      },
    },
    expect.objectContaining({ severity: 'note', what: 'a task vncproxy failed: 100 on n1' }),
  ]);
});

test('clocks are apart only where the slowness of the reading does not explain it', () => {
  const at = (node: string, least: number, most: number) => ({ node, clock: { least, most } });
  expect(clockFindings([at('n1', -0.4, 0.9), at('n2', -3, 4), { node: 'n3' }])).toEqual([]);
  expect(clockFindings([at('n1', -0.4, 0.9), at('n2', 6, 7)])).toMatchObject([
    { severity: 'warning', what: 'the clocks of n2 and n1 are at least 5s apart' },
  ]);
});

test('versions that differ are worth a note', () => {
  const node = (name: string, version: string) => ({
    node: name,
    status: { version: `pve-manager/${version}/abc` },
  });
  expect(versionFindings([node('n1', '9.2.11'), node('n2', '9.2.11'), { node: 'n3' }])).toEqual([]);
  expect(versionFindings([node('n1', '9.2.11'), node('n2', '9.1.2')])).toMatchObject([
    { severity: 'note', evidence: '9.2.11 on n1; 9.1.2 on n2' },
  ]);
});
