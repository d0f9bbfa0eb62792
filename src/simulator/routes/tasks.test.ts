import { expect, test } from 'vitest';
import { readUpid } from '../world/upid.ts';
import { lab } from './lab.ts';

// Texts and shapes recorded on PVE 9.2.
const stop = 'POST /nodes/pve1/qemu/100/status/stop';
const shutdown = 'POST /nodes/pve1/qemu/100/status/shutdown';

const path = (upid: string) => `/nodes/pve1/tasks/${encodeURIComponent(upid)}`;

/** A task that stays: nothing inside the VM hears the shutdown. */
async function longTask(rooms: ReturnType<typeof lab>, as?: string): Promise<string> {
  const guest = rooms.world.guests.get(100);
  if (guest) guest.inside = undefined;
  return rooms.data(shutdown, { timeout: 100 }, as);
}

test('a running task has no exit status, and its log says so', async () => {
  const rooms = lab();
  const guest = rooms.world.guests.get(100);
  guest?.set({ agent: undefined });
  const upid = await longTask(rooms);
  expect(upid).toMatch(/^UPID:pve1:[0-9A-F]{8}:[0-9A-F]{8,9}:[0-9A-F]{8}:qmshutdown:100:root@pam!full:$/);
  expect(await rooms.data(`GET ${path(upid)}/status`)).toEqual({
    ...{
      upid,
      node: 'pve1',
      type: 'qmshutdown',
      id: '100',
      user: 'root@pam',
      tokenid: 'full',
      status: 'running',
    },
    ...{ pid: readUpid(upid)?.pid, pstart: readUpid(upid)?.pstart, starttime: readUpid(upid)?.starttime },
  });
  expect((await rooms.call(`GET ${path(upid)}/log`)).json).toEqual({
    data: [{ n: 1, t: 'no content' }],
    total: 1,
  });
  const { json } = await rooms.call('GET /nodes/pve1/tasks?source=active');
  expect(json.total).toBe(1);
  expect(json.data[0]).toMatchObject({ upid, status: 'RUNNING', saved: '0', user: 'root@pam!full' });
  expect(json.data[0]).not.toHaveProperty('tokenid');
});

test('a stopped task ends with an interrupt; stopping a finished one is fine', async () => {
  const rooms = lab();
  const upid = await longTask(rooms);
  await rooms.data(`GET ${path(upid)}/status`);
  for (let times = 0; times < 2; times++) {
    expect((await rooms.call(`DELETE ${path(upid)}`)).json).toEqual({ data: null });
    expect((await rooms.data(`GET ${path(upid)}/status`)).exitstatus).toBe('received interrupt');
  }
  expect(rooms.world.guest(100)?.held).toBe(false);
});

test('the log comes in pages, whole, or as a download', async () => {
  const { world, call } = lab();
  const node = world.nodes.get('pve1');
  const owner = { userid: 'root@pam', tokenid: 'full', authid: 'root@pam!full' };
  const times = { starttime: world.seconds() - 9, endtime: world.seconds() };
  const past = { ...{ type: 'vzdump', id: '100', exitstatus: 'job errors', log: ['one', 'two'] }, ...times };
  const upid = node ? world.tasks.record(node, owner, past) : '';
  const log = async (query: string) => (await call(`GET ${path(upid)}/log${query}`)).json;
  expect(await log('?start=1&limit=1')).toEqual({ data: [{ n: 2, t: 'two' }], total: 3 });
  expect((await log('?limit=0')).data.at(-1)).toEqual({ n: 3, t: 'TASK ERROR: job errors' });
  expect(await log('?start=1000')).toEqual({ data: [], total: 3 });
  expect((await call(`GET ${path(upid)}/log?download=1`)).body).toBe('one\ntwo\nTASK ERROR: job errors\n');
  const both = await call(`GET ${path(upid)}/log?download=1&limit=5`);
  expect([both.status, both.reason]).toEqual([
    500,
    "'download' cannot be used together with 'start' or 'limit' parameters",
  ]);
});

test('what is no task id, and a task that never was', async () => {
  const { refusal, data } = lab();
  expect(await refusal('GET /nodes/pve1/tasks/UPID:garbage/status')).toEqual([
    400,
    { upid: 'unable to parse worker upid' },
  ]);
  const unknown = path('UPID:pve1:0000053C:00055B55:6B031A52:download:x:root@pam!full:');
  expect(await refusal(`GET ${unknown}/status`)).toEqual([400, { upid: 'no such task' }]);
  expect(await data(`GET ${unknown}/log`)).toEqual([
    { n: 1, t: 'unable to open file - No such file or directory' },
  ]);
});

test('a login sees its own tasks; Sys.Audit shows all', async () => {
  const { task, call, refusal } = lab();
  const { upid } = await task(stop, {});
  const mine = await task('POST /nodes/pve1/qemu/100/status/start', {}, 'alice@pve');
  const list = async (as: string) => (await call('GET /nodes/pve1/tasks', undefined, as)).json;
  expect((await list('alice@pve')).data).toHaveLength(1);
  expect((await list('alice@pve')).data[0].upid).toBe(mine.upid);
  expect((await list('monitor@pve!ro')).data).toHaveLength(2);
  expect(await refusal(`GET ${path(upid)}/status`, undefined, 'alice@pve')).toEqual([
    403,
    'Permission check failed (/nodes/pve1, Sys.Audit)',
  ]);
  expect(await refusal(`DELETE ${path(upid)}`, undefined, 'monitor@pve!ro')).toEqual([
    403,
    'Permission check failed (/nodes/pve1, Sys.Modify)',
  ]);
});

test('the list is newest first and is filtered; the total counts what was left out of the page', async () => {
  const { task, call } = lab();
  await task('POST /nodes/pve1/qemu/100/status/start', {});
  await task(stop, {});
  await task('POST /nodes/pve1/qemu/9000/status/start', {});
  const list = async (query: string) => (await call(`GET /nodes/pve1/tasks${query}`)).json;
  const types = async (query: string) =>
    (await list(query)).data.map((row: { type: string; id: string }) => `${row.type} ${row.id}`);
  expect(await types('')).toEqual(['qmstart 9000', 'qmstop 100', 'qmstart 100']);
  expect(await types('?errors=1')).toEqual(['qmstart 9000', 'qmstart 100']);
  expect(await types('?statusfilter=ok')).toEqual(['qmstop 100']);
  expect(await types('?typefilter=qmstart&vmid=100')).toEqual(['qmstart 100']);
  expect(await types('?userfilter=alice')).toEqual([]);
  expect(await list('?userfilter=alice')).not.toHaveProperty('total');
  expect(await list('?limit=1&start=1')).toMatchObject({ total: 3, data: [{ type: 'qmstop' }] });
  expect((await list('?limit=0')).data).toEqual([]);
});

test('the cluster list has finished tasks with their end, and nothing for who may not audit', async () => {
  const { task, data } = lab();
  const { upid } = await task(stop, {});
  const [row] = await data('GET /cluster/tasks');
  expect(row).toEqual({
    ...{
      upid,
      node: 'pve1',
      type: 'qmstop',
      id: '100',
      user: 'root@pam',
      tokenid: 'full',
      status: 'OK',
      saved: '1',
    },
    ...{ starttime: expect.any(Number), endtime: expect.any(Number) },
  });
  expect(await data('GET /cluster/tasks', undefined, 'alice@pve')).toEqual([]);
});
