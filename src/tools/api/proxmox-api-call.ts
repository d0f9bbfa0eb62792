import * as z from 'zod';
import type { Answer } from '../../api/answer.ts';
import { Failure } from '../../failure.ts';
import { row } from '../../pve/read.ts';
import { readUpid, type Upid } from '../../pve/upid.ts';
import { line } from '../../render/untrusted.ts';
import { noSuchCall } from '../../schema/no-such-call.ts';
import { list, parameters, wholeNumber, word, words, yesNo } from '../arguments.ts';
import { describeTask, howToFollow, logTail, taskText } from '../task-text.ts';
import { defineTool, type ToolContext } from '../tool.ts';
import { answerText } from './answer-text.ts';
import { type AskedCall, readAskedCall } from './asked-call.ts';
import { problemOf } from './check-call.ts';
import { dryRun, dryRunShape } from './dry-run.ts';
import { type Narrowing, readNarrowing } from './narrow.ts';
import { refusePlaceholders } from './placeholders.ts';

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
  core: true,
  effect: 'danger',
  alsoReads: true,
  description:
    'Call any Proxmox VE API endpoint: find it with api_search, see its parameters with api_describe, try changes with dry_run. ' +
    'Waits up to 55 s for a task it starts and tells how it really ended.',
  input: z.strictObject({
    path: words('path').describe('as /nodes/pve1/qemu/100/config'),
    method: word('method', ['GET', 'POST', 'PUT', 'DELETE']).default('GET').describe('default GET'),
    data: parameters('data', '{"force": 1}').optional().describe('parameters, query or body'),
    wait: yesNo('wait').default(true).describe('default true; false: answer with the UPID at once'),
    dry_run: yesNo('dry_run').optional().describe('send nothing; show request, effect, approval'),
    fields: list('fields').optional().describe('of rows, as vmid,name'),
    filter: list('filter').optional().describe('of rows, as status=running,name~web,mem>1G'),
    limit: wholeNumber('limit', 1, 10_000).optional().describe('rows'),
  }),
  output: z.object({
    method: z.string(),
    path: z.string(),
    data: z.unknown(),
    total: z.number().optional(),
    all: z.number().optional(),
    matched: z.number().optional(),
    cut: z.array(z.string()).optional(),
    task: task.optional(),
    dry_run: dryRunShape.optional(),
  }),
  example: { path: '/version' },
  async run({ wait, fields, filter, limit, ...asked }, context) {
    const narrowing = readNarrowing({ fields, filter, limit });
    await refusePlaceholders(asked.path, asked.method, context);
    const call = await readAskedCall(asked, context);
    const { verb: method, path } = call;
    if (asked.dry_run) {
      const shown = await dryRun(call, context);
      return { text: shown.text, data: { method, path, data: null, dry_run: shown.data } };
    }
    const problem = await problemOf(call, context);
    if (problem !== undefined) throw problem;

    const answer = await send(call, context);
    const begun = method === 'GET' ? undefined : taskBegun(answer.data);
    if (begun?.whole) return await taskAnswer(begun.upid, wait, call, context);
    return shownAnswer(call, answer, narrowing, begun?.upid);
  },
});

/** A path that only the server knew not is told its neighbours, too. */
async function send(
  { verb, path, params, ...call }: AskedCall,
  { pve, signal }: ToolContext,
): Promise<Answer> {
  try {
    return await pve.api.request(verb, path, params, { signal });
  } catch (error) {
    const { schema, found } = call;
    const isUnknown = error instanceof Failure && error.code === 'not_implemented' && schema && !found;
    if (!isUnknown) throw error;
    const { message, hint } = noSuchCall(schema.catalog, call.sent.path, verb, schema.version);
    throw new Failure(error.code, message, hint, error.details, error);
  }
}

function shownAnswer(
  { verb, path }: AskedCall,
  answer: Answer,
  narrowing: Narrowing,
  begun: Upid | undefined,
) {
  const { text, value, cuts, rows } = answerText(`${verb} ${path}`, answer, narrowing);
  const console = begun && `Console task: ${describeTask(begun)}. Connect within about 10 s, or it ends.`;
  return {
    text: console ? `${text}\n${console}` : text,
    data: {
      method: verb,
      path,
      data: value,
      ...(answer.total === undefined ? {} : { total: answer.total }),
      ...(rows ? { all: rows.all, matched: rows.matched } : {}),
      ...(cuts.length > 0 ? { cut: cuts } : {}),
      ...(begun ? { task: { ...facts(begun), state: 'not_awaited' as const } } : {}),
    },
  };
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
  { verb: method, path }: AskedCall,
  { pve, progress, signal }: ToolContext,
) {
  const call = { method, path };
  const head = `${method} ${path}`;
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
