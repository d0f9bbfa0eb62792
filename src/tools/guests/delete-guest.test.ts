import { expect, test } from 'vitest';
import { changesAt, withPerson, YES } from '../../../test/approval/house.ts';
import { connect, served } from '../../../test/connect.ts';

test('deletes a stopped guest, and says what went with it and what stays', async () => {
  const { call, cluster, simulator } = await connect({ seed: 'demo' });
  const { text, data } = await call('delete_guest', { guest: 'lab-ct' });
  expect(text).toMatch(
    /^203 lab-ct on pve3: deleted\.\nWhat goes with it: 1 disk \(rootfs 8G\) and no snapshot\./,
  );
  expect(data).toMatchObject({ vmid: 203, state: 'deleted', snapshots: 0 });
  expect(cluster.guests.has(203)).toBe(false);
  expect(simulator.received.find(({ method }) => method === 'DELETE')?.query).toBe('purge=1');
});

test('a running guest is refused with what would be lost; stop stops it first, for one approval', async () => {
  const house = await served({ seed: 'demo', policy: { approve: 'danger' } });
  const { call, asked } = await withPerson(house, 'modern', () => YES);
  const refused = await call('delete_guest', { guest: 100 });
  expect(refused.text).toMatch(
    /100 web1 on pve1 is running\. Nothing was deleted\. .*scsi0 32G.* and 2 snapshots \(after-upgrade, before-upgrade\)/,
  );
  expect(refused.text).toMatch(/call again with stop=true/);
  expect(asked).toHaveLength(0);

  const { text } = await call('delete_guest', { guest: 100, stop: true });
  expect(text).toMatch(/^100 web1 on pve1: deleted\./);
  expect(text).toMatch(/backups? stays?, the newest of 2026-/);
  expect(asked).toHaveLength(1);
  expect(asked[0]?.message).toContain('its disk (scsi0 32G) and 2 snapshots');
  expect(changesAt(house.simulator)).toEqual([
    'POST /nodes/pve1/qemu/100/status/stop',
    'DELETE /nodes/pve1/qemu/100',
  ]);
});

test('a protected guest is kept, and the way on is said', async () => {
  const { call, cluster } = await connect({ seed: 'demo' });
  const { text, isError } = await call('delete_guest', { guest: 102, stop: true });
  expect(isError).toBe(true);
  expect(text).toMatch(/102 db1 on pve1 is protected against deletion \(protection=1\)/);
  expect(text).toMatch(/configure_guest guest=102 set=\{"protection":0\}/);
  expect(cluster.guests.get(102)?.status).toBe('running');
});

test('one that HA runs must be stopped before', async () => {
  const { call, simulator } = await connect({ seed: 'demo' });
  const { text } = await call('delete_guest', { guest: 'mail', stop: true });
  expect(text).toMatch(/103 mail on pve2 is running, and HA looks after it/);
  expect(changesAt(simulator)).toEqual([]);
});

test('a stopped one is taken out of HA', async () => {
  const { call, cluster } = await connect({ seed: 'demo' });
  cluster.ha.set('vm:106', { sid: 'vm:106', state: 'stopped' });
  const { text } = await call('delete_guest', { guest: 106 });
  expect(text).toContain('It is taken out of: HA');
  expect(cluster.ha.has('vm:106')).toBe(false);
});

test('a template with linked clones says why it stays', async () => {
  const { call } = await connect({ seed: 'demo' });
  await call('proxmox_api_call', {
    path: '/nodes/pve1/qemu/9000/clone',
    method: 'POST',
    data: { newid: 300, full: 0 },
  });
  const { text, isError } = await call('delete_guest', { guest: 9000 });
  expect(isError).toBe(true);
  expect(text).toMatch(/still in use by linked clone/);
});

test.each([
  ['unknown', { guest: 'nobody' }, /There is no guest nobody/],
  ['two of a name', { guest: '' }, /guest/],
] as const)('a guest that is %s', async (_what, args, told) => {
  const { call } = await connect({ seed: 'demo' });
  const { text, isError } = await call('delete_guest', args);
  expect(isError).toBe(true);
  expect(text).toMatch(told);
});

test('its node must be there', async () => {
  const { call } = await connect();
  expect((await call('delete_guest', { guest: 102 })).text).toMatch(/102 is on pve2, which is not online/);
});

test('who may only look deletes nothing', async () => {
  const { call, cluster } = await connect({ token: 'monitor@pve!ro', seed: 'demo' });
  expect((await call('delete_guest', { guest: 203 })).text).toMatch(/^Error \((forbidden|not_found)\)/);
  expect(cluster.guests.has(203)).toBe(true);
});
