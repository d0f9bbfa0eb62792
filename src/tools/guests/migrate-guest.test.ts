import { expect, test } from 'vitest';
import { changesAt, withPerson, YES } from '../../../test/approval/house.ts';
import { connect, served } from '../../../test/connect.ts';

test('moves one guest to a node, live, with its disks on shared storage', async () => {
  const { call, cluster, ledger } = await connect({ seed: 'demo' });
  const { text, data } = await call('migrate_guest', { guest: 'mail', to: 'pve1' });
  expect(text.split('\n')[0]).toMatch(/^From pve2: 1 moved\./);
  expect(text).toMatch(/103 mail -> pve1: OK \(live\)/);
  expect(data).toMatchObject({ guests: [{ vmid: 103, from: 'pve2', to: 'pve1', state: 'done' }] });
  expect(cluster.guests.get(103)?.node).toBe('pve1');
  expect(ledger.entries[0]?.request.params).toEqual({ target: 'pve1', online: '1' });
});

test('a running VM with local disks takes them along, and how long that may last is said', async () => {
  const { call } = await connect({ seed: 'demo' });
  const { text } = await call('migrate_guest', { guest: 100, to: 'pve2', preview: true });
  expect(text).toMatch(
    /100 web1 -> pve2: would go \(live, copies 1 local disk \(32 GiB, about 5m 28s at 1 Gbit\/s\)\)/,
  );
  expect(text).toContain('Nothing was changed: call again without preview.');
});

test('a running container is restarted on the way, and that is said', async () => {
  const { call, cluster, ledger } = await connect({ seed: 'demo' });
  const { text } = await call('migrate_guest', { guest: 'proxy', to: 'pve2' });
  expect(text).toMatch(/204 proxy -> pve2: OK \(restart: it is down while it moves\)/);
  expect(cluster.guests.get(204)).toMatchObject({ node: 'pve2', status: 'running' });
  expect(ledger.entries[0]?.request.params).toMatchObject({ restart: '1' });
});

test('a node is evacuated by a plan: everybody on it has a place or a reason', async () => {
  const { call, simulator, cluster } = await connect({ seed: 'demo' });
  const { text, data } = await call('migrate_guest', { evacuate: 'pve1', preview: true });
  const there = [...cluster.guests.values()].filter(({ node }) => node === 'pve1').map(({ vmid }) => vmid);
  const rows = (data?.guests ?? []) as { vmid: number; to?: string; error?: string }[];
  expect(rows.map(({ vmid }) => vmid)).toEqual(there.sort((a, b) => a - b));
  expect(rows.every(({ to, error }) => (to ?? error) !== undefined && to !== 'pve1')).toBe(true);
  expect(text).toMatch(/9000 debian-13-cloud -> pve\d: would go \(template, offline/);
  expect(changesAt(simulator)).toEqual([]);
});

test('all of an evacuation are approved at once, and move', async () => {
  const house = await served({ seed: 'demo', policy: { approve: 'change' } });
  for (const [vmid, guest] of house.simulator.world.guests)
    if (guest.node === 'pve2' && vmid !== 103) guest.set({ lock: 'backup' });
  const { call, asked } = await withPerson(house, 'modern', () => YES);
  const { text } = await call('migrate_guest', { evacuate: 'pve2' });
  expect(asked, text).toHaveLength(1);
  expect(text).toMatch(/^From pve2: 1 moved, \d BLOCKED\./);
  expect(text).toMatch(/101 web2: BLOCKED: .*locked/);
});

test('where the time is up, who still moves is named, with the task to follow', async () => {
  const { call } = await connect({ seed: 'demo' });
  const { text, data } = await call('migrate_guest', { evacuate: 'pve1' });
  expect(text).toMatch(/^From pve1: \d moved, \d STILL MOVING\./);
  expect(text).toMatch(/STILL MOVING \(.*\)\. Follow it with get_task upid=UPID:pve1:\S*qmigrate/);
  expect(data?.guests).toContainEqual(expect.objectContaining({ state: 'running' }));
});

test.each([
  [
    'a storage that the target lacks',
    { guest: 'win-dc', to: 'pve1' },
    /104 can't be moved: pve1: has no storage tank \(name one: storage\)/,
  ],
  ['neither named', {}, /Nothing to move was named/],
  ['both named', { guest: 100, evacuate: 'pve1' }, /Both a guest and a node/],
  ['an unknown node', { guest: 100, to: 'pve9' }, /There is no node pve9[\s\S]*pve1, pve2, pve3/],
  ['an unknown guest', { guest: 'x9' }, /There is no guest x9/],
] as const)('%s: the reason and the next step', async (_what, args, told) => {
  const { call, simulator } = await connect({ seed: 'demo' });
  const { text, isError } = await call('migrate_guest', args);
  expect(isError).toBe(true);
  expect(text).toMatch(told);
  expect(changesAt(simulator)).toEqual([]);
});

test('to where it is already: nothing to do', async () => {
  const { call } = await connect({ seed: 'demo' });
  expect((await call('migrate_guest', { guest: 100, to: 'pve1' })).text).toBe(
    '100 is on pve1 already: nothing to do.',
  );
});

test('to or from a node that is away: said at once', async () => {
  const { call } = await connect();
  expect((await call('migrate_guest', { guest: 100, to: 'pve2' })).text).toMatch(/pve2 is not online/);
  expect((await call('migrate_guest', { evacuate: 'pve2' })).text).toMatch(/pve2 is not online/);
});
