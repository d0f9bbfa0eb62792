// What befalls logins, guests, storages and tasks, and what a caller gets.
import { describe, expect, test } from 'vitest';
import { path } from '../../src/api/path.ts';
import { failureOf } from '../failure-of.ts';
import { config, lab, start, stop } from './lab.ts';

test('a guest locked by a backup: `locked` and how to get on, at once or from the task', async () => {
  const { client, clock } = lab({ name: 'locked-guest', vmid: 100, ms: 60_000 });
  const change = await failureOf(client.put(config, { description: 'x' }));
  expect(change).toMatchObject({
    code: 'locked',
    message: 'VM is locked (backup)',
    details: { status: 500 },
  });
  const task = await failureOf(
    client.tasks.wait(await client.post(path`/nodes/pve1/qemu/${100}/status/reset`)),
  );
  expect(task).toMatchObject({
    code: 'task_failed',
    details: { log: ['TASK ERROR: VM is locked (backup)'] },
  });
  expect(task.hint).toContain('wait for its task');
  await clock.sleep(60_000);
  await client.put(config, { description: 'x' });
});

test('somebody holds the lock of the config: `locked` after ten seconds, and trying again is right', async () => {
  const { client, clock } = lab({ name: 'config-lock', vmid: 100, ms: 30_000 });
  const before = clock.now();
  const change = await failureOf(client.put(config, { description: 'x' }));
  expect(change).toMatchObject({
    code: 'locked',
    message: expect.stringMatching(/^can't lock file .* - got timeout$/),
  });
  expect(change.details.mayHaveRun).toBeUndefined();
  expect(change.hint).toContain('try again');
  expect(clock.now() - before).toBe(10_000);
  const task = await failureOf(client.tasks.wait(await client.post(stop)));
  expect(task).toMatchObject({ code: 'task_failed', message: expect.stringContaining('got timeout') });
  await clock.sleep(10_000);
  await client.put(config, { description: 'x' });
});

test('a full storage: the task fails, or the change is refused, with what to do', async () => {
  const { client } = lab({ name: 'full-storage', storage: 'local-lvm' });
  const disk = { scsi0: 'local-lvm:4' };
  const made = await failureOf(
    client.tasks.wait(await client.post(path`/nodes/pve1/qemu`, { vmid: 300, ...disk })),
  );
  expect(made).toMatchObject({ code: 'task_failed', hint: expect.stringContaining('storage is full') });
  expect(made.details.log?.at(-1)).toMatch(/^TASK ERROR: .*not enough free space/);
  const added = await failureOf(client.put(config, { scsi5: 'local-lvm:4' }));
  expect(added).toMatchObject({ code: 'refused', hint: expect.stringContaining('storage is full') });
  const { avail } = await client.get<{ avail: number }>(path`/nodes/pve1/storage/local-lvm/status`);
  expect(avail).toBe(0);
});

test('an expired ticket: the client logs in again, and the caller notices nothing', async () => {
  const { byPassword, sent, world, simulator } = lab(
    { name: 'expired-ticket', on: `PUT ${config}` },
    { name: 'expired-ticket', on: `PUT ${config}`, skip: 2 },
  );
  const client = byPassword('root@pam');
  await client.get(config);
  await client.put(config, { description: 'one' });
  await client.put(config, { description: 'two' });
  expect(world.guest(100)?.config.description).toBe('two');
  expect(sent('PUT', config)).toBe(2);
  expect(simulator.received.filter((one) => one.path.endsWith('/access/ticket'))).toHaveLength(3);
});

describe('a task', () => {
  test('that ends in warnings is a success that says so', async () => {
    const { client } = lab({ name: 'task-warnings', on: `POST ${stop}` });
    const task = await client.tasks.wait(await client.post(stop));
    expect(task).toMatchObject({ state: 'ended', exitstatus: 'WARNINGS: 1' });
    expect(task.log.at(-1)).toBe('TASK WARNINGS: 1');
  });

  test('that fails does so in spite of them', async () => {
    const { client } = lab({ name: 'task-warnings' });
    const failure = await failureOf(client.tasks.wait(await client.post(start)));
    expect(failure).toMatchObject({
      code: 'task_failed',
      message: expect.stringContaining('already running'),
    });
  });

  test('whose worker is killed has failed, nobody knows how', async () => {
    const { client, world } = lab({ name: 'task-dies', ms: 500 });
    const upid = await client.post<string>(path`/nodes/pve1/qemu/${9000}/clone`, { newid: 300, full: 1 });
    const failure = await failureOf(client.tasks.wait(upid));
    expect(failure).toMatchObject({
      code: 'task_failed',
      message: expect.stringContaining('unexpected status'),
    });
    expect(failure.details.log).toEqual(world.tasks.get(upid)?.log);
    expect(failure.details.log?.at(-1)).not.toMatch(/^TASK/);
  });

  test('that disappears is missed by name, and never begun anew', async () => {
    const { client, sent } = lab({ name: 'task-vanishes', ms: 500 });
    const upid = await client.post<string>(path`/nodes/pve1/qemu/${9000}/clone`, { newid: 300, full: 1 });
    const failure = await failureOf(client.tasks.wait(upid));
    expect(failure).toMatchObject({ code: 'not_found', details: { upid } });
    expect(failure.hint).toContain('/nodes/pve1/tasks');
    expect(sent('POST', '/nodes/pve1/qemu/9000/clone')).toBe(1);
  });
});
