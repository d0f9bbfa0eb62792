import { expect, test } from 'vitest';
import { changesAt, withPerson, YES } from '../../../test/approval/house.ts';
import { connect, served } from '../../../test/connect.ts';
import { createSimulator } from '../../simulator/simulator.ts';

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
    '9000 debian-13 on pve1: FAILED',
    '<untrusted source="errors">',
    expect.stringMatching(/^9000: .*template/),
    '</untrusted>',
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

test('of many: one whose answer is lost may have been done, and is not called a failure alone', async () => {
  const faults = [{ name: '596-before', on: 'POST /nodes/pve1/qemu/100/status/reboot' }] as const;
  const { call, simulator } = await connect({
    simulator: createSimulator({ seed: 'demo', faults: [...faults] }),
  });
  const { text } = await call('power_guest', { guests: '100,101', action: 'reboot' });
  expect(text).toMatch(/^100: .*It may have been done all the same: look before/m);
  expect(text).toMatch(/101 web2 on pve2: reboot OK/);
  expect(changesAt(simulator)).toHaveLength(2);
});

test.each([
  ['power_guest', { guests: 203, action: 'start' }, /start OK, WARNINGS: 1: see get_task upid=UPID:/],
  ['migrate_guest', { guest: 100, to: 'pve2' }, /OK \(live.*\), WARNINGS: 1: see get_task upid=UPID:/],
  ['snapshot_guest', { guests: 100, action: 'create' }, /no RAM\), WARNINGS: 1: see get_task upid=UPID:/],
])('%s: a task that ends in warnings is told', async (tool, args, told) => {
  const faults = [{ name: 'task-warnings', on: 'POST /nodes/**' }] as const;
  const { call } = await connect({ simulator: createSimulator({ seed: 'demo', faults: [...faults] }) });
  const { text, isError } = await call(tool, args);
  expect(isError).toBe(false);
  expect(text).toMatch(told);
});
