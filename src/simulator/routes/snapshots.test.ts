import { expect, test } from 'vitest';
import { lab } from './lab.ts';

// Texts and shapes recorded on PVE 9.2.
const base = '/nodes/pve1/qemu/100/snapshot';

test('snapshots are taken, listed with the current state at the end, described and deleted', async () => {
  const { task, data, call } = lab();
  await task(`POST ${base}`, { snapname: 'before', description: 'first snap' });
  await task(`POST ${base}`, { snapname: 'live', vmstate: 1 });
  const [before, live, current] = await data(`GET ${base}`);
  expect(before).toEqual({
    name: 'before',
    snaptime: expect.any(Number),
    description: 'first snap',
    vmstate: 0,
  });
  expect(live).toEqual({
    name: 'live',
    snaptime: expect.any(Number),
    description: '',
    vmstate: 1,
    parent: 'before',
  });
  expect(current).toEqual({
    ...{ name: 'current', description: 'You are here!', running: 1, parent: 'live' },
    digest: expect.stringMatching(/^[0-9a-f]{40}$/),
  });
  await call(`PUT ${base}/before/config`, { description: 'changed' });
  expect(await data(`GET ${base}/before/config`)).toMatchObject({
    description: 'changed',
    name: 'web1',
    memory: '2048',
  });
  expect(await data('GET /nodes/pve1/qemu/100/config?snapshot=before')).toHaveProperty('digest');
  expect((await task(`DELETE ${base}/before`)).type).toBe('qmdelsnapshot');
  expect((await data(`GET ${base}`))[0]).toEqual({ ...live, parent: undefined });
});

test('a taken name, a missing snapshot, a lock and a template are refused in the task', async () => {
  const { task, world } = lab();
  await task(`POST ${base}`, { snapname: 'before' });
  const end = async (line: string, form?: Record<string, string>) => (await task(line, form)).exitstatus;
  expect(await end(`POST ${base}`, { snapname: 'before' })).toBe("snapshot name 'before' already used");
  expect(await end(`POST ${base}/nope/rollback`, {})).toBe("snapshot 'nope' does not exist");
  expect(await end(`DELETE ${base}/nope`)).toBe("snapshot 'nope' does not exist");
  expect(await end('POST /nodes/pve1/qemu/9000/snapshot', { snapname: 's1' })).toBe(
    "you can't take a snapshot if it's a template",
  );
  world.guests.get(100)?.set({ lock: 'backup' });
  expect(await end(`POST ${base}`, { snapname: 's1' })).toBe('VM is locked (backup)');
});

test('a missing snapshot and reserved or bad names are refused at once', async () => {
  const { refusal } = lab();
  expect(await refusal(`GET ${base}/nope/config`)).toEqual([500, "snapshot 'nope' does not exist"]);
  expect(await refusal(`POST ${base}`, { snapname: 'current' })).toEqual([
    500,
    "unable to use snapshot name 'current' (reserved name)",
  ]);
  expect((await refusal(`POST ${base}`, { snapname: '1 bad name' }))[0]).toBe(400);
});

test('a disk on storage without snapshots makes them impossible, and `feature` says so before', async () => {
  const { task, data, call } = lab();
  expect(await data('GET /nodes/pve1/qemu/100/feature?feature=snapshot')).toEqual({
    hasFeature: 1,
    nodes: ['pve1'],
  });
  await call('PUT /storage/local', { content: 'images,iso,backup' });
  await call('PUT /nodes/pve1/qemu/100/config', { scsi1: 'local:1' });
  expect(await data('GET /nodes/pve1/qemu/100/feature?feature=snapshot')).toEqual({
    hasFeature: 0,
    nodes: ['pve1'],
  });
  expect(await task(`POST ${base}`, { snapname: 's1' })).toMatchObject({
    exitstatus: 'snapshot feature is not available',
    log: ['TASK ERROR: snapshot feature is not available'],
  });
});

test('a rollback brings the old config back, stops the VM and starts it where asked', async () => {
  const { task, call, data, sleep, world } = lab();
  await task(`POST ${base}`, { snapname: 'before' });
  await call('PUT /nodes/pve1/qemu/100/config', { name: 'broken' });
  await task(`POST ${base}/before/rollback`, {});
  expect((await data('GET /nodes/pve1/qemu/100/config')).name).toBe('web1');
  expect(world.guest(100)?.status).toBe('stopped');
  await task(`POST ${base}/before/rollback`, { start: 1 });
  await sleep(3000);
  expect(world.guest(100)?.status).toBe('running');
});

test("a container's snapshots have no RAM", async () => {
  const { task, data } = lab();
  expect((await task('POST /nodes/pve1/lxc/101/snapshot', { snapname: 's1' })).type).toBe('vzsnapshot');
  const [snapshot] = await data('GET /nodes/pve1/lxc/101/snapshot');
  expect(snapshot).toEqual({ name: 's1', snaptime: expect.any(Number), description: '' });
});

test('on ZFS only the newest can be gone back to, in the words of its plugin', async () => {
  const { task } = lab('demo');
  const zfs = '/nodes/pve3/qemu/104/snapshot';
  await task(`POST ${zfs}`, { snapname: 'one' });
  await task(`POST ${zfs}`, { snapname: 'two' });
  expect((await task(`POST ${zfs}/one/rollback`, {})).exitstatus).toBe(
    "can't rollback, 'one' is not most recent snapshot on 'tank:vm-104-disk-0'",
  );
  expect((await task(`POST ${zfs}/two/rollback`, {})).exitstatus).toBe('OK');
});
