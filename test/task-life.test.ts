import { expect, test } from 'vitest';
import { path } from '../src/api/path.ts';
import { type Client, createClient } from '../src/client.ts';
import type { Fault } from '../src/simulator/faults.ts';
import { createSimulator } from '../src/simulator/simulator.ts';
import { failureOf } from './failure-of.ts';

/** A client at a simulated cluster, on its virtual clock. */
function lab(faults: Fault[] = []) {
  const simulator = createSimulator({ seed: 'tiny', faults });
  const { fetch: send, clock, logins, world, received } = simulator;
  const as = (tokenId: string) => createClient({ send, clock, tokenId, secret: logins[tokenId] ?? '' });
  return { client: as('root@pam!full'), as, world, received };
}

const power = (client: Client, word: string, params = {}) =>
  client.post<string>(path`/nodes/pve1/qemu/${100}/status/${word}`, params);

async function linesOf(client: Client, upid: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of client.tasks.lines(upid)) lines.push(line);
  return lines;
}

test('a log is followed line by line, from the first to the one that tells the end', async () => {
  const { client, world, received } = lab();
  const upid = await client.post<string>(path`/nodes/pve1/qemu/${9000}/clone`, { newid: 105, full: 1 });
  const lines = await linesOf(client, upid);
  expect(lines).toEqual(world.tasks.get(upid)?.log);
  expect(lines.at(-1)).toBe('TASK OK');
  const starts = received
    .filter((one) => one.path.endsWith('/log'))
    .map((one) => Number(/start=(\d+)/.exec(one.query)?.[1]));
  expect(starts.length).toBeGreaterThan(3);
  expect(starts).toEqual([...starts].sort((a, b) => a - b));
});

test('a log of many pages comes whole and once, and a failed task is no error to its reader', async () => {
  const { client, world } = lab();
  const node = world.nodes.get('pve1');
  const log = Array.from({ length: 1234 }, (_, index) => `line ${index}`);
  const past = {
    type: 'vzdump',
    id: '100',
    starttime: world.seconds() - 60,
    endtime: world.seconds(),
    exitstatus: 'job errors',
    log,
  };
  const owner = { userid: 'root@pam', tokenid: 'full', authid: 'root@pam!full' };
  const upid = node ? world.tasks.record(node, owner, past) : '';
  expect(await linesOf(client, upid)).toEqual([...log, 'TASK ERROR: job errors']);
});

test('following a log survives two lost answers in a row', async () => {
  const { client } = lab([{ name: '596-after', on: 'GET /nodes/pve1/tasks/**', skip: 1, times: 2 }]);
  expect((await linesOf(client, await power(client, 'stop'))).at(-1)).toBe('TASK OK');
});

test('following ends with its signal, and the task goes on', async () => {
  const { client, world } = lab();
  const guest = world.guests.get(100);
  if (guest) guest.inside = undefined;
  const upid = await power(client, 'shutdown', { timeout: 60 });
  const giveUp = new AbortController();
  const following = (async () => {
    for await (const _ of client.tasks.lines(upid, { signal: giveUp.signal })) giveUp.abort();
  })();
  void world.clock.sleep(1500).then(() => giveUp.abort());
  const failure = await failureOf(following);
  expect(failure).toMatchObject({ code: 'cancelled', details: { upid } });
  expect(failure.hint).toContain('DELETE');
  expect(world.tasks.get(upid)?.exitstatus).toBeUndefined();
});

test('a cancelled task ends with an error, and what it held is free again', async () => {
  const { client, world } = lab();
  const guest = world.guests.get(100);
  if (guest) guest.inside = undefined;
  const upid = await power(client, 'shutdown', { timeout: 60 });
  expect(await client.tasks.cancel(upid)).toMatchObject({
    stopped: true,
    state: 'ended',
    exitstatus: 'received interrupt',
  });
  expect(world.guest(100)).toMatchObject({ status: 'running', held: false });
});

test('cancelling what is over changes nothing and says so', async () => {
  const { client, received } = lab();
  const upid = await power(client, 'stop');
  await client.tasks.wait(upid);
  expect(await client.tasks.cancel(upid)).toMatchObject({ stopped: false, state: 'ended', exitstatus: 'OK' });
  expect(received.filter(({ method }) => method === 'DELETE')).toEqual([]);
});

test("cancelling somebody else's task is refused with the privilege it takes", async () => {
  const { client, as, world } = lab();
  const guest = world.guests.get(100);
  if (guest) guest.inside = undefined;
  const upid = await power(client, 'shutdown', { timeout: 60 });
  const failure = await failureOf(as('monitor@pve!ro').tasks.cancel(upid));
  expect(failure.code).toBe('forbidden');
  expect(failure.hint).toContain('Sys.Modify');
  expect(world.tasks.get(upid)?.exitstatus).toBeUndefined();
});
