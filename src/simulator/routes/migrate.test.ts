import { expect, test } from 'vitest';
import { lab } from './lab.ts';

// Refusals recorded on PVE 9.2; the rest from the description of the methods.
const line = 'POST /nodes/pve2/qemu/103/migrate';

test('a target that is not there, or is here, and a running VM without `online` are refused', async () => {
  const { refusal } = lab('demo');
  expect(await refusal(line, { target: 'nonode' })).toEqual([500, "no such cluster node 'nonode'"]);
  expect(await refusal(line, { target: 'pve2' })).toEqual([400, { target: 'target is local node.' }]);
  expect(await refusal(line, { target: 'pve1' })).toEqual([500, "can't migrate running VM without --online"]);
});

test('a VM on shared storage moves while it runs', async () => {
  const { task, data, world, call } = lab('demo');
  expect(await data('GET /nodes/pve2/qemu/103/migrate')).toMatchObject({
    ...{
      running: 1,
      allowed_nodes: ['pve1', 'pve3'],
      not_allowed_nodes: {},
      local_disks: [],
      local_resources: [],
    },
  });
  const { type, exitstatus } = await task(line, { target: 'pve1', online: 1 });
  expect([type, exitstatus]).toEqual(['qmigrate', 'OK']);
  expect(world.guest(103)).toMatchObject({ node: 'pve1', status: 'running' });
  expect((await call('GET /nodes/pve2/qemu/103/config')).status).toBe(500);
  expect((await data('GET /nodes/pve1/qemu/103/config')).name).toBe('mail');
});

test('local disks show before, and travel only where asked', async () => {
  const { task, data, world } = lab('demo');
  const before = await data('GET /nodes/pve1/qemu/100/migrate');
  expect(before.local_disks).toEqual([
    { volid: 'local-lvm:vm-100-disk-0', size: 32 * 1024 ** 3, cdrom: 0, is_unused: 0 },
  ]);
  const move = (form: Record<string, string | number>) => task('POST /nodes/pve1/qemu/100/migrate', form);
  expect((await move({ target: 'pve2', online: 1 })).exitstatus).toBe('migration aborted');
  expect((await move({ target: 'pve2', online: 1, 'with-local-disks': 1 })).exitstatus).toBe('OK');
  expect(world.storages.get('local-lvm')?.get('pve2', 'local-lvm:vm-100-disk-0')?.size).toBe(32 * 1024 ** 3);
  expect(world.guest(100)?.lock).toBeUndefined();
});

test('a node without the storage is not allowed', async () => {
  const { data } = lab('demo');
  expect(await data('GET /nodes/pve3/qemu/104/migrate')).toMatchObject({
    allowed_nodes: [],
    not_allowed_nodes: { pve1: { unavailable_storages: ['tank'] }, pve2: { unavailable_storages: ['tank'] } },
  });
});

test('a running container is restarted on the other node', async () => {
  const { task, refusal, world } = lab('demo');
  const ct = 'POST /nodes/pve1/lxc/204/migrate';
  expect(await refusal(ct, { target: 'pve2' })).toEqual([
    500,
    "can't migrate running container without --online or --restart",
  ]);
  expect((await task(ct, { target: 'pve2', restart: 1 })).type).toBe('vzmigrate');
  expect(world.guest(204)).toMatchObject({ node: 'pve2', status: 'running' });
});
