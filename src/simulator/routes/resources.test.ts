import { expect, test } from 'vitest';
import { lab } from './lab.ts';

// Shapes recorded on PVE 9.2.
type Row = Record<string, unknown>;
const byId = (rows: Row[], id: string) => rows.find((row) => row.id === id);

test('a guest, a node and a storage as the cluster knows them', async () => {
  const { data } = lab();
  const rows: Row[] = await data('GET /cluster/resources');
  expect(Object.keys(byId(rows, 'qemu/100') ?? {}).sort()).toEqual([
    ...[
      'cpu',
      'disk',
      'diskread',
      'diskwrite',
      'id',
      'maxcpu',
      'maxdisk',
      'maxmem',
      'mem',
      'memhost',
      'name',
    ],
    ...['netin', 'netout', 'node', 'status', 'tags', 'template', 'type', 'uptime', 'vmid'],
  ]);
  expect(Object.keys(byId(rows, 'node/pve1') ?? {}).sort()).toEqual([
    ...['cgroup-mode', 'cpu', 'disk', 'id', 'level', 'maxcpu', 'maxdisk', 'maxmem', 'mem', 'node', 'status'],
    ...['type', 'uptime'],
  ]);
  expect(byId(rows, 'storage/pve1/local-lvm')).toEqual({
    ...{
      id: 'storage/pve1/local-lvm',
      type: 'storage',
      node: 'pve1',
      storage: 'local-lvm',
      plugintype: 'lvmthin',
    },
    ...{ shared: 0, status: 'available', content: 'images,rootdir' },
    ...{ disk: expect.any(Number), maxdisk: 800 * 1024 ** 3 },
  });
  expect(byId(rows, 'network/pve1/zone/localnetwork')).toMatchObject({
    'network-type': 'zone',
    status: 'ok',
  });
});

test('of an offline node and its guests hardly anything is known', async () => {
  const { data } = lab();
  const rows: Row[] = await data('GET /cluster/resources');
  expect(byId(rows, 'node/pve2')).toEqual({ id: 'node/pve2', node: 'pve2', type: 'node', status: 'offline' });
  expect(byId(rows, 'qemu/102')).toEqual({
    id: 'qemu/102',
    vmid: 102,
    node: 'pve2',
    type: 'qemu',
    status: 'unknown',
  });
  expect(byId(rows, 'storage/pve2/local')).toMatchObject({ status: 'unknown' });
});

test('a new guest and a new status are reported up to ten seconds late', async () => {
  const { data, task, call, world, sleep } = lab();
  await sleep(10_000 - (world.now() % 10_000));
  await call('POST /nodes/pve1/qemu', { vmid: 200, name: 'fresh' });
  await task('POST /nodes/pve1/qemu/100/status/stop', {});
  let rows: Row[] = await data('GET /cluster/resources?type=vm');
  expect(byId(rows, 'qemu/200')).toEqual({
    id: 'qemu/200',
    vmid: 200,
    node: 'pve1',
    type: 'qemu',
    status: 'unknown',
  });
  expect(byId(rows, 'qemu/100')?.status).toBe('running');
  await sleep(10_000);
  rows = await data('GET /cluster/resources?type=vm');
  expect(byId(rows, 'qemu/200')).toMatchObject({ name: 'fresh', status: 'stopped' });
  expect(byId(rows, 'qemu/100')).toMatchObject({ status: 'stopped', uptime: 0, cpu: 0 });
});

test('a login sees what it may audit, and of the nodes only that they are there', async () => {
  const { data, world } = lab();
  world.access.addToken('root@pam', 'bare', { privsep: 1 });
  expect(await data('GET /cluster/resources?type=node', undefined, 'root@pam!bare')).toContainEqual({
    ...{ id: 'node/pve1', node: 'pve1', type: 'node', status: 'online', level: '', 'cgroup-mode': 2 },
  });
  const ids = (await data('GET /cluster/resources', undefined, 'alice@pve')).map((row: Row) => row.id);
  expect(ids).toEqual(['qemu/100', 'node/pve1', 'node/pve2']);
});

test('a pool shows the sum of its running guests', async () => {
  const { data } = lab('demo');
  const rows: Row[] = await data('GET /cluster/resources');
  const shop = byId(rows, '/pool/shop');
  const members = rows.filter(({ pool, type }) => pool === 'shop' && type !== 'pool');
  expect(members.map(({ vmid }) => vmid)).toEqual([100, 101, 102, 204]);
  expect(shop?.mem).toBe(members.reduce((sum, { mem }) => sum + Number(mem), 0));
  expect(shop?.maxcpu).toBe(4 + 4 + 8 + 2);
});
