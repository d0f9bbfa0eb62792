import { expect, test } from 'vitest';
import { changesAt, withPerson, YES } from '../../../test/approval/house.ts';
import { connect, served } from '../../../test/connect.ts';

test('the upgrade went well: the snapshot goes', async () => {
  const { call, cluster } = await connect({ seed: 'demo' });
  const { text, data } = await call('delete_snapshot', { guests: '100', snapshot: 'before-upgrade' });
  expect(text).toMatch(/^1 snapshot deleted\n/);
  expect(text).toMatch(/^100 web1 +before-upgrade +\S+ \S+ UTC +12d /m);
  expect(data).toMatchObject({ state: 'done', snapshots: [{ vmid: 100, name: 'before-upgrade' }] });
  expect(cluster.guests.get(100)?.snapshots.map(({ name }) => name)).toEqual(['after-upgrade']);
});

test('old ones of all guests: the list first, then one question for all', async () => {
  const house = await served({ seed: 'demo', policy: { approve: 'danger' } });
  const { call, asked } = await withPerson(house, 'modern', () => YES);
  const first = await call('delete_snapshot', { guests: 'all', older_days: 11, preview: true });
  expect(first.text).toMatch(/^PREVIEW, nothing done: 2 snapshots would be deleted for good\n/);
  expect(first.text).toMatch(/^103 mail +before-dovecot .* 203d +delete after a week$/m);
  expect(asked).toHaveLength(0);
  const { text, isError } = await call('delete_snapshot', { guests: 'all', older_days: '11' });
  expect(isError, text).toBe(false);
  expect(text).toMatch(/^2 snapshots deleted/);
  expect(asked).toHaveLength(1);
  expect(asked[0]?.message).toContain('The snapshot before-dovecot of guest 103');
  expect(changesAt(house.simulator)).toEqual([
    'DELETE /nodes/pve1/qemu/100/snapshot/before-upgrade',
    'DELETE /nodes/pve2/qemu/103/snapshot/before-dovecot',
  ]);
});

test('nothing so old is no error; what could not be seen is said', async () => {
  const { call } = await connect();
  const { text, data } = await call('delete_snapshot', { guests: 'all', older_days: 30 });
  expect(text).toBe(
    'No snapshot is older than 30 days: nothing to delete.\nNot seen: snapshots of 102: the node pve2 is offline',
  );
  expect(data).toMatchObject({ state: 'nothing', snapshots: [] });
});

test.each([
  [{ guests: '100' }, /Which snapshots\?/],
  [{ guests: '100', snapshot: 'a', older_days: 3 }, /two ways to choose/],
  [
    { guests: '100', snapshot: 'nope' },
    /There is no snapshot nope of 100\.\n.*before-upgrade of 100, after-upgrade of 100/,
  ],
  [{ guests: '100', older_days: -1 }, /older_days must be a whole number/],
])('%o is refused in a plain sentence', async (args, words) => {
  const { call, simulator } = await connect({ seed: 'demo' });
  const { text, isError } = await call('delete_snapshot', args);
  expect([isError, words.test(text)], text).toEqual([true, true]);
  expect(changesAt(simulator)).toEqual([]);
});

test('a guest that is locked: its snapshot stays, and the error says why', async () => {
  const { call, cluster } = await connect({ seed: 'demo' });
  cluster.guests.get(103)?.set({ lock: 'backup' });
  const { text } = await call('delete_snapshot', { guests: '100,103', older_days: 11 });
  expect(text).toMatch(
    /^Error \(task_failed\): delete before-dovecot of 103: .*\n.*\nVM is locked \(backup\)/,
  );
  expect(text).toContain('1. delete before-upgrade of 100: done');
  expect(cluster.guests.get(103)?.snapshots).toHaveLength(1);
});
