import { expect, test } from 'vitest';
import { changesAt, withPerson, YES } from '../../../test/approval/house.ts';
import { connect, served } from '../../../test/connect.ts';

test('stops a running guest at once and says what that costs', async () => {
  const { call, cluster } = await connect({ seed: 'demo' });
  const { text, data } = await call('stop_guest', { guest: 'build' });
  expect(text).toMatch(
    /^105 build on pve3: stop OK\. It had been up for 4h.*; what it had not written to disk is lost\.$/,
  );
  expect(data).toMatchObject({ vmid: 105, action: 'stop', state: 'done' });
  expect(cluster.guests.get(105)?.status).toBe('stopped');
});

test('a stopped guest is nothing to do, without a question', async () => {
  const { call, simulator } = await connect({ policy: { approve: 'danger' } });
  const { text, data } = await call('stop_guest', { guest: 101 });
  expect(text).toBe('101 dns on pve1: nothing to do, it is stopped');
  expect(data).toMatchObject({ state: 'already' });
  expect(changesAt(simulator)).toEqual([]);
});

test('a person is asked first, and told what is lost', async () => {
  const house = await served({ policy: { approve: 'danger' } });
  const { call, asked } = await withPerson(house, 'modern', () => YES);
  const { text } = await call('stop_guest', { guest: 100, action: 'reset' });
  expect(text).toMatch(/^100 web1 on pve1: reset OK/);
  expect(asked).toHaveLength(1);
  expect(asked[0]?.message).toContain('It is running: 100 web1. What is not saved there is lost.');
});

test('breaks a shutdown off that nobody inside hears', async () => {
  const { call, client, simulator } = await connect({ seed: 'demo' });
  const running = simulator.world.guests.get(105);
  if (running) running.inside = undefined;
  void client
    .callTool({ name: 'power_guest', arguments: { guests: '105', action: 'shutdown', timeout: 600 } })
    .catch(() => {});
  while (!changesAt(simulator).some((change) => change.endsWith('/shutdown')))
    await new Promise((resolve) => setImmediate(resolve));
  const { text } = await call('stop_guest', { guest: 105 });
  expect(text).toContain('A shutdown that was under way was broken off.');
  expect(running?.status).toBe('stopped');
});

test.each([
  [
    "a container can't be reset",
    { guest: 200, action: 'reset' },
    /only VMs can be reset.*\n.*power_guest reboot/,
  ],
  [
    'a stopped one neither',
    { guest: 106, action: 'reset' },
    /106 legacy-erp on pve2 is stopped: there is nothing to reset/,
  ],
  ['an unknown guest', { guest: 'nobody' }, /There is no guest nobody/],
] as const)('%s', async (_what, args, told) => {
  const { call } = await connect({ seed: 'demo' });
  const { text, isError } = await call('stop_guest', args);
  expect(isError).toBe(true);
  expect(text).toMatch(told);
});

test('a guest on a node that is away is said to be there', async () => {
  const { call } = await connect();
  expect((await call('stop_guest', { guest: 102 })).text).toMatch(/102 is on pve2, which is not online/);
});

test('who may only look is told what is missing', async () => {
  const { call, cluster } = await connect({ token: 'monitor@pve!ro' });
  expect((await call('stop_guest', { guest: 100 })).text).toMatch(/^Error \(forbidden\)/);
  expect(cluster.guests.get(100)?.status).toBe('running');
});
