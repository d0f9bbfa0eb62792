import { expect, test } from 'vitest';
import { connect } from '../../../test/connect.ts';

test('starts a stopped container and waits for its task', async () => {
  const { call, cluster } = await connect();
  const { text, data } = await call('power_guest', { guests: 101, action: 'start' });
  expect(text).toBe('start: 1 done\n101 dns on pve1: start OK');
  expect(data).toMatchObject({ action: 'start', guests: [{ vmid: 101, state: 'done' }] });
  expect(cluster.guests.get(101)?.status).toBe('running');
});

test('of many, those that can be done are done, and the rest is said', async () => {
  const { call } = await connect();
  const { text, isError } = await call('power_guest', { guests: '100, 101, 9000', action: 'start' });
  expect(isError).toBe(false);
  expect(text.split('\n')).toEqual([
    'start: 1 done, 1 so already, 1 FAILED',
    '100 web1 on pve1: nothing to do, it is running',
    '101 dns on pve1: start OK',
    expect.stringMatching(/^9000 debian-13 on pve1: FAILED: .*template/),
  ]);
});
