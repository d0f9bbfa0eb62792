// Whose task is it? A UPID is only handed back where it is certain that this very call began it.
import { expect, test } from 'vitest';
import { path } from '../../src/api/path.ts';
import type { WireRequest, WireResponse } from '../../src/api/wire.ts';
import { createClient } from '../../src/client.ts';
import { failureOf } from '../failure-of.ts';
import { lab, onChange, start, stop } from './lab.ts';

test('of two equal calls at once neither takes the other’s task, and both learn what there is', async () => {
  const { client, sent, tasks } = lab({ name: '596-after', on: `POST ${stop}`, times: 2 });
  const failures = await Promise.all([failureOf(client.post(stop)), failureOf(client.post(stop))]);
  expect(sent('POST', stop)).toBe(2);
  const upids = tasks('qmstop').map(({ upid }) => upid);
  expect(upids).toHaveLength(2);
  for (const { hint, details } of failures) {
    expect(details.mayHaveRun).toBe(true);
    for (const upid of upids) expect(hint).toContain(upid);
  }
});

test('of two equal calls at once the answered one keeps its task, and the other gets its own', async () => {
  const { client, tasks } = lab({ name: '596-after', on: `POST ${stop}`, skip: 1 });
  const [first, second] = await Promise.all([client.post(stop), client.post(stop)]);
  expect(new Set([first, second])).toEqual(new Set(tasks('qmstop').map(({ upid }) => upid)));
  expect(first).not.toBe(second);
});

test('an earlier task of ours is not taken for a later call that never ran', async () => {
  const { client, tasks } = lab({ name: '596-before', on: `POST ${stop}`, skip: 1 });
  await client.post(stop);
  const failure = await failureOf(client.post(stop));
  expect(failure.hint).toContain('No task of it was found');
  expect(tasks('qmstop')).toHaveLength(1);
});

test('nor is an earlier task of another client with the same token', async () => {
  const { client, byToken, clock } = lab({ name: 'reset-before', on: `POST ${stop}`, skip: 1 });
  await byToken('root@pam!full').post(stop);
  await clock.sleep(2000);
  expect((await failureOf(client.post(stop))).hint).toContain('No task of it was found');
});

test('nor a task of the same kind of somebody else, or about another guest', async () => {
  const { client, byPassword, tasks } = lab({ name: 'reset-before', on: `POST ${start}` });
  const lost = failureOf(client.post(start));
  await byPassword('root@pam').post(start);
  await client.post(path`/nodes/pve1/qemu/${9000}/status/start`);
  expect((await lost).hint).toContain('No task of it was found');
  expect(tasks('qmstart')).toHaveLength(2);
});

test('a call that may still come to life makes the next equal one uncertain', async () => {
  const faults = [
    { name: 'stall-before', on: `POST ${stop}`, ms: 30_000 },
    { name: 'reset-before', on: `POST ${stop}`, skip: 1 },
  ] as const;
  const { client, clock, tasks } = lab(...faults);
  const first = await failureOf(client.post(stop, {}, { timeoutMs: 1000 }));
  expect(first.hint).toContain('No task of it was found');
  await clock.sleep(20_000);
  // The second one is lost before it runs; what appears while it is looked for is the first one's.
  const second = await failureOf(client.post(stop));
  expect(tasks('qmstop')).toHaveLength(1);
  expect(second.hint).toContain(`It may have begun ${tasks('qmstop')[0]?.upid}, which is not certain`);
});

test('a user who may not read the node’s clock gets the UPID, too', async () => {
  const { byPassword, world, tasks } = lab(onChange('596-after'));
  world.access.grant('/vms/100', 'user', 'alice@pve', 'PVEVMUser');
  const { data } = await byPassword('alice@pve').request('POST', stop);
  expect(data).toBe(tasks('qmstop')[0]?.upid);
  expect(data).toContain(':alice@pve:');
});

test.each([
  ['an hour ahead', 3600],
  ['an hour behind', -3600],
])('a server whose clock is %s of the caller’s is searched by its own', async (_what, skew) => {
  const { simulator, clock, tasks } = lab({ name: '596-after', on: `POST ${stop}`, skip: 1 });
  const secret = simulator.logins['root@pam!full'] ?? '';
  const own = { ...clock, now: () => clock.now() - skew * 1000 };
  const client = createClient({ send: simulator.fetch, clock: own, tokenId: 'root@pam!full', secret });
  const other = createClient({ send: simulator.fetch, clock, tokenId: 'root@pam!full', secret });
  await other.post(stop);
  await clock.sleep(2000);
  const { data } = await client.request('POST', stop);
  expect(data).toBe(tasks('qmstop')[1]?.upid);
});

test('a caller who gives up is not kept waiting by the search', async () => {
  const { client, clock } = lab(onChange('stall-before'));
  const giveUp = new AbortController();
  const lost = failureOf(client.post(start, {}, { signal: giveUp.signal, timeoutMs: 1000 }));
  await clock.sleep(1500);
  giveUp.abort();
  const before = clock.now();
  expect((await lost).details.mayHaveRun).toBe(true);
  expect(clock.now()).toBe(before);
});

test('a task list that cannot be read is named as the reason', async () => {
  const { client } = lab(onChange('596-after'), { name: '595', on: 'GET /nodes/pve1/tasks', times: 9 });
  const failure = await failureOf(client.post(stop));
  expect(failure.hint).toMatch(/can't be looked up now.*Connection refused/);
  expect(failure.details).toMatchObject({ mayHaveRun: true, status: 596 });
});

test('of the other products no task types are known: nothing is looked for, and nothing sent twice', async () => {
  const requests: string[] = [];
  const send = async ({ method, path: at }: WireRequest): Promise<WireResponse> => {
    requests.push(`${method} ${at}`);
    if (at.endsWith('/access/ticket')) {
      const body = JSON.stringify({ data: { ticket: 'PMG:root@pam:1', CSRFPreventionToken: '1:x' } });
      return { status: 200, reason: 'OK', headers: {}, body };
    }
    throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
  };
  const client = createClient({ product: 'pmg', send, user: 'root@pam', password: 'password' });
  const failure = await failureOf(client.post(path`/nodes/pmg1/backup`));
  expect(failure).toMatchObject({ code: 'unreachable', details: { mayHaveRun: true } });
  expect(requests).toEqual(['POST /api2/json/access/ticket', 'POST /api2/json/nodes/pmg1/backup']);
});
