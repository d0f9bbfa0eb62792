import { expect, test } from 'vitest';
import { Api } from '../api/api.ts';
import type { WireRequest, WireResponse } from '../api/wire.ts';
import type { Clock } from '../clock.ts';
import { Failure } from '../failure.ts';
import { Pve } from './pve.ts';

// Recorded on PVE 9.2.
const UPID = 'UPID:pve:000003A8:00050340:6B031970:qmstart:100:root@pam!lab:';

/** A clock that jumps to the end of every sleep. */
function jumpingClock(): Clock {
  let time = 1_795_365_000_000;
  return {
    now: () => time,
    async sleep(ms, signal) {
      if (signal?.aborted) throw signal.reason;
      time += ms;
    },
  };
}

const ok = (data: unknown, total?: number): WireResponse => ({
  status: 200,
  reason: 'OK',
  headers: { 'content-type': 'application/json;charset=UTF-8' },
  body: JSON.stringify(total === undefined ? { data } : { data, total }),
});

const refusal = (status: number, reason: string, errors?: Record<string, string>): WireResponse => ({
  ...ok(null),
  status,
  reason,
  body: JSON.stringify({ data: null, message: `${reason}\n`, ...(errors ? { errors } : {}) }),
});

const running = ok({ status: 'running', upid: UPID });
const stopped = (exitstatus: string) => ok({ status: 'stopped', exitstatus, upid: UPID });

/** A server that gives these answers for the task's status, one after the other, and that log, line by line. */
function serverWith(statuses: WireResponse[], log: string[] | WireResponse = []) {
  const requests: WireRequest[] = [];
  const clock = jumpingClock();
  const send = async (request: WireRequest): Promise<WireResponse> => {
    requests.push(request);
    if (request.signal?.aborted)
      throw new Failure('cancelled', 'The call was cancelled.', 'Nothing was done.');
    const url = new URL(request.path, 'https://pve');
    if (url.pathname.endsWith('/status')) {
      return (statuses.length > 1 ? statuses.shift() : statuses[0]) as WireResponse;
    }
    const start = Number(url.searchParams.get('start'));
    const limit = Number(url.searchParams.get('limit'));
    if (!Array.isArray(log)) return log;
    if (log.length === 0) return ok([{ n: 1, t: 'no content' }], 1);
    return ok(log.map((t, index) => ({ n: index + 1, t })).slice(start, start + limit), log.length);
  };
  const api = new Api({
    send,
    clock,
    login: { kind: 'token', user: 'root@pam', tokenName: 'lab', secret: 's' },
  });
  return { pve: new Pve(api, clock), requests, clock };
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Failure);
  return error as Failure;
}

test('waits on the node that the UPID names until the task is OK', async () => {
  const { pve, requests } = serverWith([running, running, stopped('OK')], ['TASK OK']);
  const task = await pve.tasks.wait(UPID);
  expect(task).toMatchObject({ state: 'ended', exitstatus: 'OK', node: 'pve', type: 'qmstart', id: '100' });
  expect(task).toMatchObject({ user: 'root@pam!lab', starttime: 0x6b031970, log: ['TASK OK'] });
  expect(requests.every(({ path }) => path.startsWith('/api2/json/nodes/pve/tasks/UPID%3Apve%3A'))).toBe(
    true,
  );
});

test('looks often at first and then every two seconds', async () => {
  const { pve, requests, clock } = serverWith([running]);
  const start = clock.now();
  const task = await pve.tasks.wait(UPID, { timeoutMs: 30_000 });
  expect(task).toMatchObject({ state: 'running', waited: 30 });
  expect(task.exitstatus).toBeUndefined();
  expect(clock.now() - start).toBe(30_000);
  const looks = requests.filter(({ path }) => path.endsWith('/status')).length;
  expect(looks).toBeGreaterThan(15);
  expect(looks).toBeLessThan(30);
});

test('warnings are a success', async () => {
  const { pve } = serverWith([stopped('WARNINGS: 2')], ['WARN: a', 'WARN: b', 'TASK WARNINGS: 2']);
  expect(await pve.tasks.wait(UPID)).toMatchObject({ exitstatus: 'WARNINGS: 2', state: 'ended' });
});

test('a failed task is a Failure with its exit status, UPID, log and what to do', async () => {
  const { pve } = serverWith([stopped('VM 100 already running')], ['TASK ERROR: VM 100 already running']);
  const failure = await failureOf(pve.tasks.wait(UPID));
  expect(failure.code).toBe('task_failed');
  expect(failure.message).toBe('The task failed: qmstart of 100 on pve: VM 100 already running');
  expect(failure.hint).toMatch(/running/);
  expect(failure.details).toEqual({
    upid: UPID,
    log: ['TASK ERROR: VM 100 already running'],
    said: 'VM 100 already running',
  });
});

test('a task that ends without a word has failed', async () => {
  const { pve } = serverWith([ok({ status: 'stopped' })]);
  expect((await failureOf(pve.tasks.wait(UPID))).message).toContain('unexpected status');
});

test('a fresh task may be unknown for a moment, an old one may not', async () => {
  const unknown = refusal(400, 'Parameter verification failed.', { upid: 'no such task' });
  const fresh = serverWith([unknown, unknown, stopped('OK')]);
  expect(await fresh.pve.tasks.wait(UPID)).toMatchObject({ exitstatus: 'OK' });
  const gone = await failureOf(serverWith([unknown]).pve.tasks.wait(UPID));
  expect(gone.code).toBe('not_found');
  expect(gone.details.upid).toBe(UPID);
});

test('who may not see the task still learns its UPID', async () => {
  // Recorded on PVE 9.2 for a token that looks at another token's task.
  const { pve } = serverWith([refusal(403, 'Permission check failed (/nodes/pve, Sys.Audit)')]);
  const failure = await failureOf(pve.tasks.wait(UPID));
  expect(failure.code).toBe('forbidden');
  expect(failure.details.upid).toBe(UPID);
  expect(failure.hint).toContain('Sys.Audit');
});

test('a node that does not answer for a moment does not lose the task, one that stays silent does', async () => {
  const silent: WireResponse = { status: 595, reason: 'No route to host', headers: {}, body: '' };
  const back = serverWith([silent, silent, stopped('OK')]);
  expect(await back.pve.tasks.wait(UPID)).toMatchObject({ exitstatus: 'OK' });
  const failure = await failureOf(serverWith([silent]).pve.tasks.wait(UPID));
  expect(failure.code).toBe('node_unreachable');
  expect(failure.details.upid).toBe(UPID);
  expect(failure.hint).toContain('do not send the change again');
});

test('cancelling ends the waiting at once and says that the task goes on', async () => {
  const { pve } = serverWith([running]);
  const controller = new AbortController();
  const waiting = pve.tasks.wait(UPID, {
    signal: controller.signal,
    progress: () => controller.abort(new Error('client gone')),
  });
  const failure = await failureOf(waiting);
  expect(failure.code).toBe('cancelled');
  expect(failure.message).toContain('goes on');
  expect(failure.details.upid).toBe(UPID);
});

test('progress only grows and carries the words of the log', async () => {
  const log = ['create full clone of drive scsi0'];
  const { pve } = serverWith([running, running, running, running, stopped('OK')], log);
  const seen: [number, number | undefined, string][] = [];
  const next = ['transferred 1.0 GiB of 4.0 GiB (25.00%)', 'transferred 4.0 GiB of 4.0 GiB (100.00%)'];
  await pve.tasks.wait(UPID, {
    progress(done, total, message) {
      seen.push([done, total, message]);
      const line = next.shift();
      if (line) log.push(line);
    },
  });
  expect(seen).toEqual([
    [0.01, undefined, 'create full clone of drive scsi0'],
    [25, 100, 'transferred 1.0 GiB of 4.0 GiB (25.00%)'],
    [100, 100, 'transferred 4.0 GiB of 4.0 GiB (100.00%)'],
    [100.01, undefined, 'qmstart of 100 on pve is running'],
  ]);
});

test('of a long log only the last lines are kept, read with few requests', async () => {
  const log = Array.from({ length: 5000 }, (_, index) => `line ${index + 1}`);
  const { pve, requests } = serverWith([stopped('OK')], log);
  const task = await pve.tasks.wait(UPID);
  expect(task.log).toEqual(log.slice(-20));
  expect(requests.filter(({ path }) => path.includes('/log'))).toHaveLength(2);
});

test('a log that cannot be read does not hide how the task ended', async () => {
  const { pve } = serverWith([stopped('OK')], refusal(500, 'unable to open file'));
  expect(await pve.tasks.wait(UPID)).toMatchObject({ exitstatus: 'OK', log: [] });
});

test('an empty log has no lines', async () => {
  const { pve } = serverWith([stopped('OK')], []);
  expect((await pve.tasks.wait(UPID)).log).toEqual([]);
});

test('the second disk of a clone starts again: from there on nobody knows the end', async () => {
  const log = ['transferred 2.0 GiB of 4.0 GiB (50.00%)'];
  const { pve } = serverWith([running, running, running, stopped('OK')], log);
  const next = ['transferred 0.0 B of 8.0 GiB (0.00%)', 'transferred 6.0 GiB of 8.0 GiB (75.00%)'];
  const seen: [number, number | undefined][] = [];
  await pve.tasks.wait(UPID, {
    progress(done, total) {
      seen.push([done, total]);
      const line = next.shift();
      if (line) log.push(line);
    },
  });
  expect(seen).toEqual([
    [50, 100],
    [50.01, undefined],
    [50.02, undefined],
  ]);
});

test.each([
  'UPID:pve:000003A8:00050340:6B031970:qmstart:100:root@pam!lab',
  'UPID:garbage',
  'UPID:pve:3A8:50340:6B031970:qmstart:100:root@pam:',
  'UPID:pve:000003A8:00050340:6B031970:qmstart:100:root@pam:more:',
  'pve1',
])('%s is no task id, and nothing is sent', async (text) => {
  const { pve, requests } = serverWith([running]);
  expect((await failureOf(pve.tasks.wait(text))).code).toBe('invalid_argument');
  expect(requests).toEqual([]);
});

test.each([
  ['UPID:pve:0000053C:00055B55:6B031A52:download:dl.iso:root@pam!lab:', 'dl.iso', 'root@pam!lab'],
  ['UPID:pve:00000509:000550B9:6B031A36:imgdel:101@local:root@pam!lab:', '101@local', 'root@pam!lab'],
  ['UPID:pve:00000706:0005DAFD:6B031B98:startall::root@pam:', '', 'root@pam'],
])('reads %s (recorded)', async (upid, id, user) => {
  const { pve } = serverWith([stopped('OK')]);
  expect(await pve.tasks.wait(upid)).toMatchObject({ upid, id, user, node: 'pve' });
});
