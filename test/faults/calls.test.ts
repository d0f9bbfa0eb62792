import { describe, expect, test } from 'vitest';
import { path } from '../../src/api/path.ts';
import type { CallFault } from '../../src/simulator/faults.ts';
import { failureOf } from '../failure-of.ts';
import { config, lab, onChange, start, stop } from './lab.ts';

describe('the answer is lost after the work was done', () => {
  test.each<[CallFault]>([['596-after'], ['597'], ['reset-after'], ['cut-body'], ['stall-after']])(
    '%s: the UPID comes from the task list, and the call went out once',
    async (name) => {
      const { client, sent, tasks } = lab(onChange(name));
      const answer = await client.request('POST', stop, {}, { timeoutMs: 5_000 });
      expect(answer).toEqual({ data: tasks('qmstop')[0]?.upid, recovered: true });
      expect(tasks('qmstop')).toHaveLength(1);
      expect(sent('POST', stop)).toBe(1);
      expect((await client.tasks.wait(String(answer.data))).exitstatus).toBe('OK');
    },
  );

  test.each<[CallFault, string]>([
    ['596-after', 'node_unreachable'],
    ['597', 'node_unreachable'],
    ['reset-after', 'unreachable'],
    ['cut-body', 'bad_answer'],
    ['stall-after', 'timeout'],
  ])('%s of a call that begins no task: %s, which may have run', async (name, code) => {
    const { client, sent, world } = lab(onChange(name));
    const failure = await failureOf(client.put(config, { description: 'changed' }, { timeoutMs: 5_000 }));
    expect(failure).toMatchObject({ code, details: { mayHaveRun: true } });
    expect(failure.hint).toMatch(/before sending it again/);
    expect(world.guest(100)?.config.description).toBe('changed');
    expect(sent('PUT', config)).toBe(1);
    expect(sent('GET', '/nodes/pve1/tasks')).toBe(0);
  });

  test('a read is just an error: nothing is in doubt', async () => {
    for (const name of ['596-after', '597', 'cut-body'] as const) {
      const { client } = lab({ name });
      expect((await failureOf(client.get(config))).details.mayHaveRun).toBeUndefined();
    }
  });

  test.each([
    ['creating a VM', 'POST', path`/nodes/pve1/qemu`, { vmid: 300 }, 'qmcreate'],
    ['removing one', 'DELETE', path`/nodes/pve1/lxc/${9001}`, {}, 'vzdestroy'],
    ['a snapshot', 'POST', path`/nodes/pve1/qemu/${100}/snapshot`, { snapname: 's1' }, 'qmsnapshot'],
    ['a clone', 'POST', path`/nodes/pve1/qemu/${9000}/clone`, { newid: 301 }, 'qmclone'],
    ['growing a disk', 'PUT', path`/nodes/pve1/qemu/${100}/resize`, { disk: 'scsi0', size: '+1G' }, 'resize'],
    ['a backup', 'POST', path`/nodes/pve1/vzdump`, { vmid: '100', storage: 'local' }, 'vzdump'],
    ['a container', 'POST', path`/nodes/pve1/lxc/${200}/status/shutdown`, {}, 'vzshutdown'],
  ] as const)('%s is found', async (_what, verb, at, params, type) => {
    const { client, tasks } = lab(onChange('reset-after'));
    const { data } = await client.request(verb, at, params);
    expect(tasks(type).map(({ upid }) => upid)).toEqual([data]);
  });
});

describe('nothing was done', () => {
  test.each<[CallFault, string]>([
    ['596-before', 'node_unreachable'],
    ['reset-before', 'unreachable'],
    ['stall-before', 'timeout'],
  ])(
    '%s: %s; it looks for the task for some seconds, says how to look again, and sends nothing twice',
    async (name, code) => {
      const { client, clock, sent, tasks } = lab(onChange(name));
      const failure = await failureOf(client.post(start, {}, { timeoutMs: 40_000 }));
      expect(failure).toMatchObject({ code, details: { mayHaveRun: true } });
      expect(failure.hint).toMatch(
        /No task of it was found on node pve1.*GET \/nodes\/pve1\/tasks\?source=all&since=\d+ before/,
      );
      expect(tasks('qmstart')).toEqual([]);
      expect(sent('POST', start)).toBe(1);
      expect(sent('GET', '/nodes/pve1/tasks')).toBe(4);
      expect(clock.now()).toBeGreaterThan(0);
    },
  );

  test('a call that only began late is still found', async () => {
    const { client, sent, tasks } = lab(onChange('stall-before', { ms: 12_000 }));
    const answer = await client.request('POST', start, {}, { timeoutMs: 10_000 });
    expect(answer).toEqual({ data: tasks('qmstart')[0]?.upid, recovered: true });
    expect(sent('POST', start)).toBe(1);
  });

  test('595: the node was never reached, which is no doubt at all', async () => {
    const { client, clock, sent } = lab(onChange('595'));
    const before = clock.now();
    const failure = await failureOf(client.post(start));
    expect(failure.code).toBe('node_unreachable');
    expect(failure.details).toMatchObject({ status: 595, reason: 'Connection refused' });
    expect(failure.details.mayHaveRun).toBeUndefined();
    expect(failure.hint).toContain('nothing was done');
    expect(sent('POST', start)).toBe(1);
    expect(clock.now()).toBe(before);
  });

  test('an offline node: 595 after three seconds, until it is back', async () => {
    const { client, clock, tasks } = lab({ name: 'offline-node', node: 'pve2', ms: 60_000 });
    const failure = await failureOf(client.get(path`/nodes/pve2/status`));
    expect(failure).toMatchObject({
      code: 'node_unreachable',
      details: { status: 595, reason: 'No route to host' },
    });
    const change = await failureOf(client.post(path`/nodes/pve2/qemu/${103}/status/stop`));
    expect(change.code).toBe('node_unreachable');
    expect(change.details.mayHaveRun).toBeUndefined();
    await clock.sleep(60_000);
    await client.get(path`/nodes/pve2/status`);
    expect(tasks('qmstop')).toEqual([]);
  });
});
