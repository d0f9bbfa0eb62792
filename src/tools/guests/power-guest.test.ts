import { expect, test } from 'vitest';
import { changesAt, withPerson, YES } from '../../../test/approval/house.ts';
import { connect, served } from '../../../test/connect.ts';

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

test.each(['modern', 'streamable'] as const)(
  'of many where one is to be started, a person at a %s client is asked for that one',
  async (way) => {
    const house = await served({ policy: { approve: 'change' } });
    const { call, asked } = await withPerson(house, way, () => YES);
    const { text } = await call('power_guest', { guests: '100,101', action: 'start' });
    expect(asked).toHaveLength(1);
    expect(text).toContain('101 dns on pve1: start OK');
    expect(changesAt(house.simulator)).toEqual(['POST /nodes/pve1/lxc/101/status/start']);
  },
);

test('what the list of the cluster says is asked of the guest itself, as it may be old', async () => {
  const { simulator } = await served();
  const stale: typeof simulator.fetch = async (request) => {
    const answer = await simulator.fetch(request);
    if (!request.path.startsWith('/api2/json/cluster/resources')) return answer;
    return { ...answer, body: answer.body.replace(/"stopped"/g, '"running"') };
  };
  const { call, cluster } = await connect({ simulator, send: stale });
  expect((await call('power_guest', { guests: 101, action: 'start' })).text).toContain(
    '101 dns on pve1: start OK',
  );
  expect(cluster.guests.get(101)?.status).toBe('running');
});
