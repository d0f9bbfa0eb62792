import * as z from 'zod';
import { Sight } from '../../pve/sight.ts';
import { nameOf } from '../../pve/task-state.ts';
import { table } from '../../render/table.ts';
import { duration, time } from '../../render/units.ts';
import { clean, fence, line } from '../../render/untrusted.ts';
import { guest, wholeNumber, word, words } from '../arguments.ts';
import { within } from '../detail.ts';
import { moment, timeWindow } from '../time-window.ts';
import { defineTool, type ToolContext } from '../tool.ts';
import { askedGuest, askedNode, askedTypes } from './asked-tasks.ts';
import { type FoundTask, findTasks, stateOf } from './find-tasks.ts';
import { meaningOf, whyFailed } from './task-errors.ts';
import { readTaskLog } from './task-log-lines.ts';

/** Of how many failed tasks the log is read, to say why. */
const EXPLAINED = 8;

export const listTasks = defineTool({
  name: 'list_tasks',
  title: 'List tasks',
  toolset: 'tasks',
  core: true,
  effect: 'read',
  needs: ['GET /cluster/tasks'],
  description: 'Find tasks: who did what when, what runs, what failed and why. Log of one: get_task.',
  input: z.strictObject({
    guest: guest().optional(),
    node: words('node').optional(),
    type: words('type').optional().describe('backup, qmstart, …'),
    user: words('user').optional(),
    state: word('state', ['running', 'failed', 'ok', 'warnings'], {
      error: 'failed',
      errors: 'failed',
      warning: 'warnings',
    }).optional(),
    since: moment('since').optional().describe('24h, 7d or date'),
    until: moment('until').optional(),
    limit: wholeNumber('limit', 1, 200).default(20),
  }),
  output: z.object({
    tasks: z.array(
      z.object({
        upid: z.string(),
        type: z.string(),
        id: z.string(),
        node: z.string(),
        user: z.string(),
        start: z.number().describe('s since 1970'),
        end: z.number().optional(),
        state: z.enum(['running', 'ok', 'warnings', 'failed']),
        error: z.string().optional(),
        means: z.string().optional(),
      }),
    ),
    more: z.boolean(),
    unseen: z.array(z.string()),
  }),
  example: { type: 'backup', state: 'failed', since: '7d' },
  async run({ guest: whom, node, type, user, state, since, until, limit }, context) {
    const who = whom === undefined ? undefined : await askedGuest(whom, context);
    const usual = who ? '7d' : '24h';
    const window = timeWindow({ since, until }, usual, context.clock.now());
    // What runs may have begun long ago.
    const always = state === 'running' && since === undefined;
    const sight = new Sight();
    const found = await findTasks(
      {
        limit,
        ...(who && { vmid: who.vmid, ...(who.home !== undefined && { home: who.home }) }),
        ...(node !== undefined && { node: await askedNode(node, context) }),
        ...(type !== undefined && { types: askedTypes(type) }),
        ...(user !== undefined && { user }),
        ...(state !== undefined && { state }),
        ...(!always && { since: window.since }),
        ...(until !== undefined && { until: window.until }),
      },
      sight,
      context,
    );
    const { tasks, more } = found;
    const causes = await causesOf(tasks, sight, context);
    const now = Math.floor(context.clock.now() / 1000);
    const about = [type, who && `of guest ${who.name}`, node && `on ${node}`, user && `by ${user}`];
    const period = always ? 'now' : `from ${time(window.since)} to ${time(window.until)}`;
    const told = tasks.filter((task) => stateOf(task) !== 'ok' || tasks.length <= 5);
    const failed = told.filter((task) => stateOf(task) === 'failed');
    const parts = [
      line(
        `${headline(tasks, more)}${about
          .filter(Boolean)
          .map((text) => `, ${text}`)
          .join('')}, ${period}`,
      ),
      ...failed.map((task) => failure(task, causes)),
      failed.length > 0 && fence('errors', failed.map((task) => said(task, causes)).join('\n')),
      tasks.length > 0 && fence('Proxmox', table(columns(now), tasks)),
      ...[
        ...sight.unseen.map((text) => `Not seen: ${text}`),
        ...found.notSearched.map((text) => `Not searched: ${text}`),
      ].map((text) => line(text)),
      tasks.length === 0 && 'A login without Sys.Audit on /nodes sees only tasks of its own.',
      more && `There are more: narrow with type, guest, state or until, or raise limit (${limit}).`,
      told.length > 0 &&
        `UPIDs for get_task:\n${told
          .slice(0, 20)
          .map(({ upid }) => line(upid))
          .join('\n')}`,
    ];
    return within(tasks.length > 25 ? 'full' : 'brief', parts, {
      tasks: tasks.map((task) => ({
        ...{ upid: clean(task.upid), type: line(task.type), id: line(task.id), node: line(task.node) },
        ...{ user: line(task.user), start: task.starttime, state: stateOf(task) },
        ...(task.endtime !== undefined && { end: task.endtime }),
        ...causes.get(task.upid),
      })),
      more,
      unseen: [...sight.unseen, ...found.notSearched].map((text) => line(text)),
    });
  },
});

interface Cause {
  error: string;
  means?: string;
}

/** Why each failed task failed: its own words, and, where those say nothing, those of its log. */
async function causesOf(
  tasks: readonly FoundTask[],
  sight: Sight,
  context: ToolContext,
): Promise<Map<string, Cause>> {
  const failed = tasks.filter((task) => stateOf(task) === 'failed');
  const causes = await Promise.all(
    failed.map(async (task, index): Promise<[string, Cause]> => {
      const words = task.part?.error ?? task.exitstatus ?? '';
      const vague = task.part === undefined && /^job errors$|exited with code/.test(words);
      const log =
        vague && index < EXPLAINED
          ? await sight.of(`log of ${task.type} on ${task.node}`, readTaskLog(task, context))
          : undefined;
      const why = log ? whyFailed(words, log.lines) : words;
      const means = meaningOf([why]);
      return [task.upid, { error: line(why, 300), ...(means !== undefined && { means }) }];
    }),
  );
  return new Map(causes);
}

function headline(tasks: readonly FoundTask[], more: boolean): string {
  if (tasks.length === 0) return 'No tasks';
  const count = (state: string) => tasks.filter((task) => stateOf(task) === state).length;
  const counts = [
    [count('failed'), 'FAILED'],
    [count('running'), 'running'],
    [count('warnings'), 'with warnings'],
  ].filter(([number]) => number !== 0);
  const all = more
    ? `The newest ${tasks.length} tasks`
    : tasks.length === 1
      ? '1 task'
      : `${tasks.length} tasks`;
  return [all, ...counts.map((each) => each.join(' '))].join(', ');
}

function failure(task: FoundTask, causes: ReadonlyMap<string, Cause>): string {
  const means = causes.get(task.upid)?.means;
  return line(`FAILED ${nameOf(task)}${means ? ` -> ${means}` : ''}`, 700);
}

/** What Proxmox says of it, which may be the words of a guest or of a program. */
function said(task: FoundTask, causes: ReadonlyMap<string, Cause>): string {
  return line(`${nameOf(task)}: ${causes.get(task.upid)?.error ?? ''}`);
}

const columns = (now: number) => [
  { head: 'BEGUN (UTC)', cell: ({ starttime }: FoundTask) => time(starttime).slice(0, 16) },
  {
    head: 'TOOK',
    cell: ({ starttime, endtime }: FoundTask) => duration((endtime ?? now) - starttime),
  },
  { head: 'TYPE', cell: ({ type }: FoundTask) => type },
  { head: 'ID', cell: ({ id, part }: FoundTask) => (part ? `job, ${part.vmid} among others` : id) },
  { head: 'NODE', cell: ({ node }: FoundTask) => node },
  { head: 'USER', cell: ({ user }: FoundTask) => user },
  {
    head: 'END',
    cell: (task: FoundTask) =>
      task.part && stateOf(task) !== task.state
        ? `${stateOf(task)} for this guest (${task.exitstatus})`
        : (task.exitstatus ?? 'RUNNING'),
  },
];
