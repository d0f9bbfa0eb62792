import { expect, test } from 'vitest';
import * as z from 'zod';
import { changesAt, withPerson, YES } from '../../test/approval/house.ts';
import { connect, served } from '../../test/connect.ts';
import { path } from '../api/path.ts';
import { stepsText } from '../render/steps-text.ts';
import { runSteps, type Step } from './steps.ts';
import { defineTool } from './tool.ts';

const vms = path`/nodes/pve1/qemu`;
const made = path`/nodes/pve1/qemu/900`;
const template = path`/nodes/pve1/qemu/9000`;

const remove: Omit<Step, 'undo'> = { name: 'remove 900', verb: 'DELETE', path: made };
const create: Step = {
  name: 'create 900',
  verb: 'POST',
  path: vms,
  params: { vmid: 900, scsi0: 'local-lvm:4' },
  undo: remove,
};
const clone: Step = {
  name: 'clone 9000 to 900',
  verb: 'POST',
  path: path`/nodes/pve1/qemu/9000/clone`,
  params: { newid: 900, full: 1 },
  undo: remove,
};
const start: Step = {
  name: 'start 900',
  verb: 'POST',
  path: path`/nodes/pve1/qemu/900/status/start`,
  undo: { name: 'stop 900', verb: 'POST', path: path`/nodes/pve1/qemu/900/status/stop` },
};
const bad: Step = { name: 'start 9000', verb: 'POST', path: path`/nodes/pve1/qemu/9000/status/start` };
const drop: Step = { name: 'delete 9000', verb: 'DELETE', path: template };
const grow: Step = {
  name: 'grow scsi0',
  verb: 'PUT',
  path: path`/nodes/pve1/qemu/900/config`,
  params: { cores: 2 },
};

/** A tool whose job is these steps. */
function jobOf(steps: readonly Step[], seconds = 55) {
  return defineTool({
    name: 'do_job',
    title: 'Do a job',
    toolset: 'guests',
    effect: 'danger',
    description: 'Do a job.',
    input: z.strictObject({ keep: z.boolean().default(false) }),
    output: z.looseObject({}),
    example: {},
    async run({ keep }, context) {
      const job = await runSteps(steps, context, { keep, until: context.clock.now() + seconds * 1000 });
      return { text: stepsText(job.steps), data: { running: job.running?.upid, steps: job.steps } };
    },
  });
}

test('does one step after the other, waits for their tasks, and tells how far it is', async () => {
  const told: string[] = [];
  const { call, cluster } = await connect({ tools: [jobOf([create, grow, start])] });
  const { text } = await call('do_job', {}, (message) => told.push(message));
  expect(text.split('\n').map((line) => line.replace(/ \(\d+s\)/, ''))).toEqual([
    '1. create 900: done',
    '2. grow scsi0: done',
    '3. start 900: done',
  ]);
  expect(cluster.guests.get(900)?.status).toBe('running');
  expect(told.filter((message) => /^\d\/3 [^:]*$/.test(message))).toEqual([
    '1/3 create 900',
    '2/3 grow scsi0',
    '3/3 start 900',
  ]);
});

test('where a step fails, what was made before is undone, last one first, without asking a person', async () => {
  const { call, cluster, simulator } = await connect({
    policy: { approve: 'danger' },
    tools: [jobOf([create, start, bad, grow])],
  });
  const { text, isError } = await call('do_job');
  expect(isError).toBe(true);
  expect(text).toMatch(/^Error \(task_failed\): start 9000: .*\n.*\n.*template/);
  expect(text).toContain('1. create 900: UNDONE');
  expect(text).toContain('remove 900');
  expect(text).toContain('2. start 900: UNDONE');
  expect(text).toMatch(/3\. start 9000: FAILED/);
  expect(text).toContain('4. grow scsi0: LEFT');
  expect(cluster.guests.has(900)).toBe(false);
  expect(changesAt(simulator).slice(-2)).toEqual([
    'POST /nodes/pve1/qemu/900/status/stop',
    'DELETE /nodes/pve1/qemu/900',
  ]);
});

test('what is to be kept is kept', async () => {
  const { call, cluster } = await connect({ tools: [jobOf([create, bad])] });
  const { text } = await call('do_job', { keep: true });
  expect(text).toContain('1. create 900: done');
  expect(cluster.guests.has(900)).toBe(true);
});

test('what cannot be undone is named', async () => {
  const kept = { ...create, undo: { ...remove, path: path`/nodes/pve1/qemu/901` } };
  const { call, cluster } = await connect({ tools: [jobOf([kept, bad])] });
  const { text } = await call('do_job');
  expect(text).toContain('create 900 was done and stays: remove 900 by hand if it is not wanted.');
  expect(text).toContain('1. create 900: done, NOT undone (remove 900)');
  expect(cluster.guests.has(900)).toBe(true);
});

test.each(['modern', 'streamable', 'old sse'] as const)(
  'a person at a %s client is asked once for all steps',
  async (way) => {
    const house = await served({ policy: { approve: 'danger' }, tools: [jobOf([create, start, drop])] });
    const { call, asked } = await withPerson(house, way, () => YES);
    const { text, isError } = await call('do_job', {});
    expect(isError, text).toBe(false);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.message).toContain('DELETE /nodes/pve1/qemu/9000');
    expect(asked[0]?.message).toContain('POST /nodes/pve1/qemu/900/status/start');
    expect(changesAt(house.simulator)).toEqual([
      'POST /nodes/pve1/qemu',
      'POST /nodes/pve1/qemu/900/status/start',
      'DELETE /nodes/pve1/qemu/9000',
    ]);
  },
);

test('where a person says no, nothing is begun', async () => {
  const house = await served({ policy: { approve: 'danger' }, tools: [jobOf([create, drop])] });
  const { call } = await withPerson(house, 'modern', () => ({ action: 'decline' }));
  const { text } = await call('do_job', {});
  expect(text).toMatch(/^Error \(not_allowed\)/);
  expect(changesAt(house.simulator)).toEqual([]);
});

test('when the time is up, the task that runs is handed back and the rest is left', async () => {
  const { call } = await connect({ tools: [jobOf([clone, start], 1)] });
  const { text, data } = await call('do_job');
  expect(text.split('\n')).toEqual([
    expect.stringMatching(/^1\. clone 9000 to 900: RUNNING/),
    '2. start 900: LEFT',
  ]);
  expect(data?.running).toMatch(/^UPID:.*:qmclone:/);
});

test('a call that is cancelled stops its task and undoes what was done, without asking a person', async () => {
  const moved: Step = { ...clone, params: { newid: 901, full: 1 } };
  const { client, simulator, cluster } = await connect({
    policy: { approve: 'danger' },
    tools: [jobOf([create, moved])],
  });
  const stop = new AbortController();
  const call = client.callTool({ name: 'do_job', arguments: {} }, {
    signal: stop.signal,
    onprogress: ({ message }: { message?: string }) => {
      if (message?.startsWith('2/2')) stop.abort();
    },
  } as never);
  await expect(call).rejects.toThrow();
  const isOver = () => changesAt(simulator).at(-1) === 'DELETE /nodes/pve1/qemu/900';
  for (let look = 0; look < 500 && !isOver(); look += 1)
    await new Promise((resolve) => setImmediate(resolve));
  expect(changesAt(simulator)).toEqual([
    'POST /nodes/pve1/qemu',
    'POST /nodes/pve1/qemu/9000/clone',
    expect.stringMatching(/^DELETE \/nodes\/pve1\/tasks\/UPID.*qmclone/),
    'DELETE /nodes/pve1/qemu/900',
  ]);
  expect(cluster.guests.has(901)).toBe(false);
});
