import { describe, expect, test } from 'vitest';
import { lab } from '../lab.ts';

// Refusals in the words of PVE's own sources; what was recorded on PVE 9.2 is marked.
type Row = [line: string, form: Record<string, string | number> | undefined, status: number, words: unknown];

const pci = { id: 'gpu', map: 'node=pve1,path=0000:01:00.0,id=10de:1eb8' };

const refused: Row[] = [
  ['GET /cluster/mapping/pci/nope', undefined, 500, "mapping 'nope' not found"],
  [
    ...(['PUT /cluster/mapping/usb/nope', { map: 'node=pve1,id=1234:5678' }, 500] as const),
    "update hardware mapping failed: usb ID 'nope' does not exist",
  ],
  ['GET /cluster/mapping/pci?check-node=pve9', undefined, 500, 'wrong node to check - pve9 != pve1'],
  ['GET /cluster/mapping/usb?check-node=pve9', undefined, 500, 'Wrong node to check'],
  ['GET /cluster/metrics/server/nope', undefined, 500, "status server entry 'nope' does not exist"],
  ['PUT /cluster/metrics/server/nope', { port: 1, server: 'h' }, 500, "no such server 'nope'"],
  ['DELETE /cluster/metrics/server/nope', undefined, 500, "unknown section type ''"],
  [
    ...(['GET /cluster/metrics/export?node-list=pve1,pve9', undefined, 500] as const),
    'Requested node-list contains unknown nodes - pve9',
  ],
  ['GET /cluster/replication/100-0', undefined, 500, "no such replication job '100-0'"],
  ['PUT /cluster/replication/100-0', { rate: 5 }, 500, "no such job '100-0'"],
  [
    ...(['POST /cluster/replication', { id: '999-0', type: 'local', target: 'pve2' }, 500] as const),
    "Guest '999' does not exist.",
  ],
  // Recorded.
  [
    ...(['POST /cluster/replication', { id: '100-0', type: 'local', target: 'pve9' }, 500] as const),
    "Target 'pve9' does not exist.",
  ],
  [
    ...(['POST /cluster/replication', { id: '100-0', type: 'local', target: 'pve1' }, 500] as const),
    'Source and target must not be identical',
  ],
  [
    ...(['POST /cluster/replication', { id: '100-0', type: 'local', target: 'pve2' }, 500] as const),
    'No replicatable volumes found',
  ],
  ['GET /nodes/pve1/replication/100-0/status', undefined, 500, "no such replication job '100-0'"],
  ['GET /cluster/jobs/realm-sync/nope', undefined, 400, { id: "No such job 'nope'" }],
  ['PUT /cluster/jobs/realm-sync/nope', { schedule: 'daily' }, 500, 'no such realm-sync job'],
  ['GET /cluster/acme/plugins/nope', undefined, 500, "ACME plugin 'nope' not defined"],
  [
    ...(['GET /cluster/qemu/custom-cpu-models/custom-nope', undefined, 500] as const),
    "custom CPU model 'nope' does not exist",
  ],
];

describe('refused:', () => {
  test.each(refused)('%s %o', async (line, form, status, words) => {
    const { refusal } = lab('demo');
    expect(await refusal(line, form)).toEqual([status, words]);
  });
});

test('a mapping is made once, read, and gone for good', async () => {
  const { data, refusal } = lab('demo');
  expect(await data('GET /cluster/mapping/dir')).toEqual([]); // recorded
  await data('POST /cluster/mapping/pci', pci);
  expect(await refusal('POST /cluster/mapping/pci', pci)).toEqual([
    ...[500, "create hardware mapping failed: pci ID 'gpu' already defined"],
  ]);
  expect(await data('GET /cluster/mapping/pci')).toMatchObject([{ id: 'gpu', type: 'pci' }]);
  await data('DELETE /cluster/mapping/pci/gpu');
  expect(await data('GET /cluster/mapping/pci')).toEqual([]);
  expect(await refusal('DELETE /cluster/mapping/pci/gpu')).toEqual([200, 'OK']);
});

test('a mapping is listed for whoever may see it alone', async () => {
  const { data, world } = lab('demo');
  await data('POST /cluster/mapping/pci', pci);
  expect(await data('GET /cluster/mapping/pci', undefined, 'alice@pve')).toEqual([]);
  world.access.grant('/mapping/pci/gpu', 'user', 'alice@pve', 'PVEMappingUser');
  expect(await data('GET /cluster/mapping/pci', undefined, 'alice@pve')).toHaveLength(1);
});

test('figures are exported for every node and guest that is there', async () => {
  const { data } = lab('demo');
  const all: { data: { id: string; metric: string; timestamp: number; type: string; value: number }[] } =
    await data('GET /cluster/metrics/export');
  const ids = new Set(all.data.map(({ id }) => id));
  expect([...ids]).toEqual(expect.arrayContaining(['node/pve1', 'node/pve3', 'qemu/100', 'lxc/200']));
  expect(Object.keys(all.data[0] ?? {}).sort()).toEqual(['id', 'metric', 'timestamp', 'type', 'value']);
  const one = await data('GET /cluster/metrics/export?node-list=pve2');
  expect(JSON.stringify(one)).not.toContain('node/pve1');
});

test('a metric server is a row of five, and whole by itself', async () => {
  const { data } = lab('demo');
  const server = { type: 'influxdb', server: 'influx.lab.example', port: 8089 };
  await data('POST /cluster/metrics/server/one', { ...server, influxdbproto: 'udp' });
  expect(await data('GET /cluster/metrics/server')).toEqual([{ id: 'one', disable: 0, ...server }]);
  expect(await data('GET /cluster/metrics/server/one')).toMatchObject({ ...server, influxdbproto: 'udp' });
});

describe('when a schedule runs', () => {
  const start = Date.UTC(2026, 10, 23, 1, 2, 3) / 1000; // a Monday
  test.each([
    ['02:30', ['2026-11-23 02:30:00 UTC', '2026-11-24 02:30:00 UTC']],
    ['hourly', ['2026-11-23 02:00:00 UTC', '2026-11-23 03:00:00 UTC']],
    ['*:0/15', ['2026-11-23 01:15:00 UTC', '2026-11-23 01:30:00 UTC']],
    ['weekly', ['2026-11-30 00:00:00 UTC', '2026-12-07 00:00:00 UTC']],
  ])('%s', async (schedule, expected) => {
    const { data } = lab();
    const query = new URLSearchParams({ schedule, starttime: String(start), iterations: '2' });
    const rows: { utc: string }[] = await data(`GET /cluster/jobs/schedule-analyze?${query}`);
    expect(rows.map(({ utc }) => utc)).toEqual(expected);
  });
});

test.each([
  [
    'POST /cluster/config',
    { clustername: 'other' },
    "cluster config '/etc/pve/corosync.conf' already exists",
  ],
  ['DELETE /cluster/config/nodes/pve1', undefined, 'Cannot delete myself from cluster!'],
  ['DELETE /cluster/config/nodes/pve9', undefined, 'Node/IP: pve9 is not a known host of the cluster.'],
])('only root@pam may ask for %s, and is refused', async (line, form, words) => {
  const { refusal } = lab('demo');
  expect(await refusal(line, form)).toEqual([403, 'Permission check failed (user != root@pam)']);
  expect(await refusal(line, form, 'root@pam')).toEqual([500, words]);
});

test('the members of the cluster, and what a new one needs to join', async () => {
  const { data } = lab('demo');
  const nodes: { name: string; ring0_addr: string }[] = await data('GET /cluster/config/nodes');
  expect(nodes.map(({ name, ring0_addr }) => [name, ring0_addr])).toEqual([
    ['pve1', '192.0.2.11'],
    ['pve2', '192.0.2.12'],
    ['pve3', '192.0.2.13'],
  ]);
  const join = await data('GET /cluster/config/join');
  expect(join).toMatchObject({ preferred_node: 'pve1', totem: { cluster_name: 'demo' } });
  expect(join.nodelist[0].pve_fp).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
});

test('nobody can be registered: the task tells why', async () => {
  const { task, data } = lab('demo');
  expect(await task('POST /cluster/acme/account', { contact: 'ops@lab.example' }, 'root@pam')).toMatchObject({
    ...{ type: 'acmeregister', exitstatus: expect.stringMatching(/^Registration failed: /) },
  });
  expect(await data('GET /cluster/acme/account', undefined, 'root@pam')).toEqual([]);
});
