import { expect, test } from 'vitest';
import { changesAt, withPerson, YES } from '../../../test/approval/house.ts';
import { connect, served } from '../../../test/connect.ts';

test('what would be lost is said first, and nothing done', async () => {
  const { call, cluster, simulator } = await connect({ seed: 'demo' });
  cluster.guests.get(100)?.set({ memory: '8192' });
  const { text, data } = await call('rollback_guest', {
    ...{ guest: 'web1', snapshot: 'before-upgrade', preview: true },
  });
  const lines = text.split('\n');
  expect(lines[0]).toBe('PREVIEW, nothing done: rolling 100 web1 back to before-upgrade');
  expect(text).toMatch(/- all that was written to its disks since .* UTC \(12d\)/);
  expect(text).toContain('- settings changed since: memory 8192 -> 4096');
  expect(text).toContain('- what its programs hold unsaved: it is running and is stopped hard');
  expect(lines.at(-1)).toBe('It would: roll 100 back to before-upgrade, then start 100.');
  expect(data).toMatchObject({ vmid: 100, state: 'preview', snapshot: 'before-upgrade' });
  expect(changesAt(simulator)).toEqual([]);
});

test('rolls back, and starts what ran before', async () => {
  const { call, cluster } = await connect({ seed: 'demo' });
  cluster.guests.get(100)?.set({ memory: '8192' });
  const { text, data } = await call('rollback_guest', { guest: '100', snapshot: 'before-upgrade' });
  expect(text.split('\n')[0]).toBe('100 web1 on pve1: rolled back to before-upgrade.');
  expect(text).toMatch(/2\. start 100: done/);
  expect(data).toMatchObject({ state: 'done' });
  const guest = cluster.guests.get(100);
  expect([guest?.config.memory, guest?.status, guest?.parent]).toEqual(['4096', 'running', 'before-upgrade']);
});

test('stays off where asked, and goes on by itself where the RAM was saved', async () => {
  const { call, cluster, simulator } = await connect();
  await call('snapshot_guest', { guests: '100', action: 'create', snapshot: 'live', ram: true });
  await call('snapshot_guest', { guests: '100', action: 'create', snapshot: 'cold' });
  await call('rollback_guest', { guest: '100', snapshot: 'cold', start: 'no' });
  expect(cluster.guests.get(100)?.status).toBe('stopped');
  await call('rollback_guest', { guest: '100', snapshot: 'live', start: true });
  expect(cluster.guests.get(100)?.status).toBe('running');
  expect(changesAt(simulator).filter((one) => one.endsWith('/start'))).toEqual([]);
});

test('on ZFS newer snapshots stand in the way until their loss is agreed to', async () => {
  const { call, cluster } = await connect({ seed: 'demo' });
  for (const snapshot of ['one', 'two', 'three'])
    await call('snapshot_guest', { guests: '202', action: 'create', snapshot });
  const refused = await call('rollback_guest', { guest: '202', snapshot: 'one' });
  expect(refused.text).toMatch(
    /^Error \(wrong_state\): 202 monitoring is on ZFS, .* newer than one: three, two\.\nWhat to do: With delete_newer=true/,
  );
  const { text } = await call('rollback_guest', { guest: '202', snapshot: 'one', delete_newer: true });
  expect(text).toContain('1. delete the newer snapshot three: done');
  expect(text).toContain('3. roll 202 back to one: done');
  expect(text).toContain("newer snapshots, which ZFS can't keep: three, two");
  expect(cluster.guests.get(202)?.snapshots.map(({ name }) => name)).toEqual(['one']);
});

test.each([
  [
    { guest: '100', snapshot: 'nope' },
    /100 web1 has no snapshot nope\.\n.*It has: before-upgrade, after-upgrade/,
  ],
  [{ guest: '102', snapshot: 'x' }, /It has none at all\. Is there a backup\? restore_backup/],
  [{ guest: 'nobody', snapshot: 'x' }, /There is no guest nobody/],
])('%o is refused in a plain sentence', async (args, words) => {
  const { call, simulator } = await connect({ seed: 'demo' });
  const { text, isError } = await call('rollback_guest', args);
  expect([isError, words.test(text)], text).toEqual([true, true]);
  expect(changesAt(simulator)).toEqual([]);
});

test('a guest of an offline node is left alone', async () => {
  const { call } = await connect();
  const { text } = await call('rollback_guest', { guest: '102', snapshot: 'x' });
  expect(text).toMatch(/^Error \(node_unreachable\): The node of 102, pve2, is not online/);
});

test('a person is asked once, and reads what is lost', async () => {
  const house = await served({ seed: 'demo', policy: { approve: 'danger' } });
  const { call, asked } = await withPerson(house, 'modern', () => YES);
  const { text, isError } = await call('rollback_guest', { guest: '100', snapshot: 'after-upgrade' });
  expect(isError, text).toBe(false);
  expect(asked).toHaveLength(1);
  expect(asked[0]?.message).toContain('All that changed on the disks');
  expect(changesAt(house.simulator)).toEqual([
    'POST /nodes/pve1/qemu/100/snapshot/after-upgrade/rollback',
    'POST /nodes/pve1/qemu/100/status/start',
  ]);
});
