import { expect, test } from 'vitest';
import type { Resource } from '../../pve/resources.ts';
import { type ClusterFacts, clusterFindings } from './health-findings.ts';

const node = (name: string, status = 'online'): Resource => ({
  id: `node/${name}`,
  type: 'node',
  node: name,
  status,
});
const guest = (facts: Partial<Resource>): Resource => ({
  ...{ id: 'qemu/100', type: 'qemu', vmid: 100, name: 'web', node: 'n1', status: 'running' },
  ...facts,
});
const three = [node('n1'), node('n2'), node('n3')];

/** What is found in a cluster of which this was seen, in short. */
const found = (seen: Partial<ClusterFacts>) =>
  clusterFindings({ resources: three, ...seen }).map(({ severity, what }) => `${severity}: ${what}`);

test('nothing is found where all is well, nor in what could not be seen', () => {
  expect(found({})).toEqual([]);
  const ha = [{ type: 'service', sid: 'vm:100', state: 'started', status: 'vm:100 (n1, started)' }];
  const fencing = { type: 'fencing', status: 'armed (CRM watchdog active)', armed: 'armed' };
  const facts = {
    quorum: { quorate: true },
    ha: [...ha, fencing],
    ceph: 'none' as const,
    tasks: [],
    uncovered: 0,
  };
  expect(found(facts)).toEqual([]);
});

test('a node that is gone, and how near the loss of quorum is', () => {
  const gone = 'critical: node n3 is offline';
  const resources = [node('n1'), node('n2'), node('n3', 'offline')];
  expect(found({ resources })).toEqual([gone, 'warning: if one more node fails, quorum is lost']);
  expect(found({ resources: [...resources, node('n4'), node('n5')] })).toEqual([gone]);
  const alone = [node('n1'), node('n2', 'offline'), node('n3', 'offline')];
  expect(found({ resources: alone, quorum: { quorate: false } })[0]).toBe(
    'critical: the cluster has no quorum: nothing can be started or changed',
  );
  expect(found({ resources: [node('n1', 'unknown')] })).toEqual([
    'warning: the state of node n1 is not known',
  ]);
});

test.each([
  ['error', ['critical: guest 100 is in HA state error: HA has given it up']],
  ['fence', ['critical: guest 100 is in HA state fence: HA waits until its node is surely off']],
  ['recovery', ['critical: guest 100 is in HA state recovery: HA looks for a node to start it on']],
  ['stopped', []],
])('a guest in HA state %s, also where only its row tells', (state, findings) => {
  const ha = [{ type: 'service', sid: 'vm:100', state, node: 'n1', status: `vm:100 (n1, ${state})` }];
  expect(found({ ha })).toEqual(findings);
  expect(found({ resources: [...three, guest({ hastate: state })] })).toEqual(findings);
});

test("HA's own managers, and HA that is disarmed", () => {
  const silent = 'n2 (old timestamp - dead?, watchdog standby, Sun Nov 22 16:30:00 2026)';
  expect(found({ ha: [{ type: 'lrm', node: 'n2', status: silent }] })).toEqual([
    "warning: HA's manager on n2 is silent",
  ]);
  // Of a node that is gone nothing else is to be expected.
  const resources = [node('n1'), node('n3'), node('n4'), node('n5'), node('n2', 'offline')];
  expect(found({ resources, ha: [{ type: 'lrm', node: 'n2', status: silent }] })).toEqual([
    'critical: node n2 is offline',
  ]);
  expect(found({ ha: [{ type: 'fencing', status: 'disarmed', armed: 'disarmed' }] })).toEqual([
    'warning: HA is disarmed: no guest is recovered',
  ]);
});

test("Ceph's own words", () => {
  const checks = [{ name: 'OSD_DOWN', message: '1 osds down' }];
  expect(found({ ceph: { status: 'HEALTH_OK', checks: [] } })).toEqual([]);
  expect(found({ ceph: { status: 'HEALTH_WARN', checks } })).toEqual(['warning: Ceph says HEALTH_WARN']);
  expect(clusterFindings({ resources: three, ceph: { status: 'HEALTH_ERR', checks } })).toMatchObject([
    { severity: 'critical', said: 'OSD_DOWN: 1 osds down' },
  ]);
});

test('a full storage is told of once where it is shared, and for each node where it is not', () => {
  const storage = (name: string, on: string, disk: number, facts: Partial<Resource> = {}): Resource => ({
    ...{
      id: `storage/${on}/${name}`,
      type: 'storage',
      name,
      node: on,
      status: 'available',
      disk,
      maxdisk: 100,
    },
    ...facts,
  });
  const resources = [
    ...three,
    ...['n1', 'n2'].map((on) => storage('nas', on, 97, { shared: true })),
    ...['n1', 'n2'].map((on) => storage('local', on, 86)),
    storage('ok', 'n1', 84),
    storage('gone', 'n3', 0, { status: 'unknown' }),
  ];
  expect(found({ resources })).toEqual([
    'critical: storage nas is nearly full',
    'warning: storage local on n1 is nearly full',
    'warning: storage local on n2 is nearly full',
    'warning: storage gone is not available on n3',
  ]);
});

test('a lock is a finding only where no task explains it', () => {
  const upid = { upid: '', node: 'n1', pid: 1, pstart: 1, starttime: 1, user: 'root@pam' };
  const task = (type: string, id: string, state: 'running' | 'ok' = 'running') =>
    ({ ...upid, type, id, state }) as unknown as NonNullable<ClusterFacts['tasks']>[number];
  const resources = [...three, guest({ lock: 'backup' })];
  const left = ['warning: guest 100 (web) is locked (backup), and no task is at work on it'];
  expect(found({ resources, tasks: [] })).toEqual(left);
  expect(found({ resources, tasks: [task('vzdump', '', 'ok')] })).toEqual(left);
  expect(found({ resources, tasks: [task('vzdump', '')] })).toEqual([]);
  expect(
    found({ resources: [...three, guest({ lock: 'migrate' })], tasks: [task('qmigrate', '100')] }),
  ).toEqual([]);
  // Who can't see the tasks can't say.
  expect(found({ resources })).toEqual([]);
});
