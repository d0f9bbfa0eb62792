import { expect, test } from 'vitest';
import { lab } from './lab.ts';

// Texts and shapes recorded on PVE 9.2 unless a test says otherwise.

test('pools are made, filled, read in the new and the old way, emptied and removed', async () => {
  const { call, data, refusal } = lab();
  await call('POST /pools', { poolid: 'prod', comment: 'prod pool' });
  expect(await data('GET /pools')).toEqual([{ poolid: 'prod', comment: 'prod pool' }]);
  await call('PUT /pools', { poolid: 'prod', vms: '100', storage: 'local' });
  const [pool] = await data('GET /pools?poolid=prod');
  expect(pool).toMatchObject({ poolid: 'prod', comment: 'prod pool' });
  expect(pool.members.map(({ id }: { id: string }) => id)).toEqual(['qemu/100', 'storage/pve1/local']);
  expect((await data('GET /pools/prod')).members).toEqual(pool.members);
  expect(await refusal('DELETE /pools/prod')).toEqual([
    500,
    "delete pool failed: pool 'prod' is not empty (contains VM 100)",
  ]);
  await call('PUT /pools/prod', { vms: '100', storage: 'local', delete: 1 });
  expect((await call('DELETE /pools?poolid=prod')).json).toEqual({ data: null });
  expect(await data('GET /pools')).toEqual([]);
});

test('a taken name and a missing pool', async () => {
  const { call, refusal } = lab();
  await call('POST /pools', { poolid: 'prod' });
  expect(await refusal('POST /pools', { poolid: 'prod' })).toEqual([
    500,
    "create pool failed: pool 'prod' already exists",
  ]);
  expect(await refusal('GET /pools/none')).toEqual([500, "pool 'none' does not exist"]);
});

test('a guest is in one pool, and moves only where that is allowed (from the description of the method)', async () => {
  const { call, refusal, data } = lab('demo');
  expect(await refusal('PUT /pools', { poolid: 'office', vms: '100' })).toEqual([
    500,
    "update pools failed: VM 100 belongs already to pool 'shop' and 'allow-move' is not set",
  ]);
  await call('PUT /pools', { poolid: 'office', vms: '100', 'allow-move': 1 });
  const members = async (poolid: string) =>
    (await data(`GET /pools?poolid=${poolid}&type=qemu`))[0].members.map(
      ({ vmid }: { vmid: number }) => vmid,
    );
  expect(await members('office')).toEqual([100, 103, 104]);
  expect(await members('shop')).toEqual([101, 102]);
});
