import * as z from 'zod';
import type { Params } from '../api/form.ts';
import { parsePath } from '../api/path.ts';
import type { Verb } from '../api/wire.ts';
import { Failure } from '../failure.ts';
import { row } from '../pve/read.ts';
import { readUpid, type Upid } from '../pve/upid.ts';
import { line } from '../render/untrusted.ts';
import { answerText } from './answer-text.ts';
import { parameters, word, words, yesNo } from './arguments.ts';
import { describeTask, howToFollow, logTail, taskText } from './task-text.ts';
import { defineTool, type ToolContext } from './tool.ts';

const task = z.object({
  upid: z.string(),
  type: z.string(),
  id: z.string(),
  node: z.string(),
  user: z.string(),
  state: z.enum(['ended', 'running', 'not_awaited']),
  exitstatus: z.string().optional(),
  waited: z.number().optional(),
  log: z.array(z.string()).optional(),
});

export const proxmoxApiCall = defineTool({
  name: 'proxmox_api_call',
  title: 'Call the Proxmox API',
  toolset: 'api',
  effect: 'danger',
  description:
    'Call any Proxmox VE API endpoint. Waits up to 55 s for a task it starts and tells how it really ended.',
  input: z.strictObject({
    path: words('path').describe('as /nodes/pve1/qemu/100/config'),
    method: word('method', ['GET', 'POST', 'PUT', 'DELETE']).default('GET').describe('default GET'),
    data: parameters('data', '{"force": 1}').optional().describe('parameters, query or body'),
    wait: yesNo('wait').default(true).describe('default true; false: answer with the UPID at once'),
  }),
  output: z.object({
    method: z.string(),
    path: z.string(),
    data: z.unknown(),
    total: z.number().optional(),
    cut: z.array(z.string()).optional(),
    task: task.optional(),
  }),
  example: { path: '/version' },
  async run({ path: written, method, data, wait }, context) {
    const { path, query } = parsePath(written);
    const params = merge(query, data ?? {});
    const answer = await context.pve.api.request(method, path, params, { signal: context.signal });
    const call = `${method} ${path}`;
    const begun = method === 'GET' ? undefined : taskBegun(answer.data);
    if (begun?.whole) return await taskAnswer(begun.upid, wait, { method, path }, context);

    const shown = answerText(call, answer);
    const console =
      begun && `Console task: ${describeTask(begun.upid)}. Connect within about 10 s, or it ends.`;
    return {
      text: console ? `${shown.text}\n${console}` : shown.text,
      data: {
        method,
        path,
        data: shown.value,
        ...(answer.total === undefined ? {} : { total: answer.total }),
        ...(shown.cuts.length > 0 ? { cut: shown.cuts } : {}),
        ...(begun ? { task: { ...facts(begun.upid), state: 'not_awaited' as const } } : {}),
      },
    };
  },
});

/** The query of the path and `data` together: Proxmox takes either, and answers 400 when both differ. */
function merge(query: Params, data: Record<string, unknown>): Params {
  for (const [name, value] of Object.entries(data)) {
    const before = Object.hasOwn(query, name) ? query[name] : undefined;
    if (before !== undefined && String(before) !== String(value)) {
      throw new Failure(
        'invalid_argument',
        `The parameter ${line(name, 60)} stands in the query of path and in data, with two values.`,
        'Give it once, best in data.',
      );
    }
  }
  return { ...query, ...(data as Params) };
}

/** The task that a change began: the whole answer is its UPID, or, for consoles, one field of the answer is. */
function taskBegun(data: unknown): { upid: Upid; whole: boolean } | undefined {
  const whole = readUpid(data);
  if (whole) return { upid: whole, whole: true };
  const field = readUpid(row(data).upid);
  return field && { upid: field, whole: false };
}

function facts({ upid, type, id, node, user }: Upid) {
  return { upid, type, id: line(id), node, user: line(user) };
}

async function taskAnswer(
  upid: Upid,
  wait: boolean,
  call: { method: Verb; path: string },
  { pve, progress, signal }: ToolContext,
) {
  const head = `${call.method} ${call.path}`;
  if (!wait) {
    const text = `${head}\nTask begun: ${describeTask(upid)}. It may still fail.\n${upid.upid}\n${howToFollow(upid)}`;
    return {
      text,
      data: { ...call, data: upid.upid, task: { ...facts(upid), state: 'not_awaited' as const } },
    };
  }
  const ended = await pve.tasks.wait(upid.upid, {
    signal,
    progress: (done, total, message) => progress(done, total, line(message, 200)),
  });
  const { state, exitstatus, waited } = ended;
  return {
    text: `${head}\n${taskText(ended)}`,
    data: {
      ...call,
      data: upid.upid,
      task: { ...facts(upid), state, ...(exitstatus ? { exitstatus } : {}), waited, log: logTail(ended) },
    },
  };
}
