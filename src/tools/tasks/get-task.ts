import * as z from 'zod';
import { duration } from '../../render/units.ts';
import { clean, fence, line } from '../../render/untrusted.ts';
import { guest, wholeNumber, words, yesNo } from '../arguments.ts';
import { within } from '../detail.ts';
import { describeTask } from '../task-text.ts';
import { defineTool } from '../tool.ts';
import { backupsIn, type GuestBackup } from './backup-log.ts';
import { chosenTask } from './task-choice.ts';
import { errorLines, meaningOf, whyFailed } from './task-errors.ts';
import { type SeenTask, seeTask } from './task-seen.ts';

/** How many guests of a backup job are named one by one. */
const NAMED = 20;

export const getTask = defineTool({
  name: 'get_task',
  title: 'Get task',
  toolset: 'tasks',
  core: true,
  effect: 'read',
  description:
    'One task: status, log, why it failed and what that means; by UPID, or the newest of a guest and/or type. wait: until it ends.',
  input: z.strictObject({
    upid: words('upid').optional(),
    guest: guest().optional(),
    type: words('type').optional(),
    failed: yesNo('failed').optional().describe('only failed'),
    lines: wholeNumber('lines', 1, 500).default(20),
    wait: yesNo('wait').optional(),
  }),
  output: z.object({
    upid: z.string(),
    type: z.string(),
    id: z.string(),
    node: z.string(),
    user: z.string(),
    start: z.number().describe('s since 1970'),
    state: z.enum(['running', 'ok', 'warnings', 'failed']),
    exitstatus: z.string().optional(),
    error: z.string().optional(),
    means: z.string().optional(),
    guests: z
      .array(z.object({ vmid: z.number(), state: z.string(), error: z.string().optional() }))
      .optional()
      .describe('of a backup'),
    log: z.array(z.string()),
    lines: z.number().describe('in the whole log'),
    unseen: z.array(z.string()),
  }),
  example: { type: 'backup', failed: true },
  async run({ lines, wait, ...asked }, context) {
    const { task: chosen, vmid, unseen } = await chosenTask(asked, context);
    const task = await seeTask(chosen, wait === true, context);
    const guests = task.type === 'vzdump' ? backupsIn(task.log) : [];
    const part = vmid === undefined ? undefined : guests.findLast((each) => each.vmid === vmid);
    const failed = task.state === 'failed' && part?.state !== 'ok';
    const why = failed ? (part?.error ?? whyFailed(task.exitstatus ?? '', task.log)) : undefined;
    const means = why === undefined ? undefined : meaningOf([why, ...errorLines(task.log).toReversed()]);
    const { what, all, shown } = focus(task, part, guests, lines);
    const errors = part ? [] : errorLines(task.log).map((each) => line(each, 300));
    const others = errors.filter((each) => !shown.includes(each));
    const job = shown.length < task.log.length ? jobLine(task) : undefined;
    const missed = [...unseen, ...(task.unseen === undefined ? [] : [task.unseen])];
    const parts = [
      headline(task, Math.floor(context.clock.now() / 1000)),
      task.upid,
      why !== undefined && fence('why', line(why, 1_500)),
      task.state === 'warnings' && fence('end', line(task.exitstatus ?? '')),
      means && `What it means: ${means}`,
      vmid !== undefined && ofGuest(vmid, task, part),
      part === undefined && guests.length > 1 && perGuest(guests),
      task.state === 'running' && 'It is running: get_task with wait=true waits for its end.',
      ...missed.map((text) => `Not seen: ${text}.`),
      others.length > 0 && fence(`errors in the log of ${task.type}`, others.join('\n')),
      shown.length > 0 && logText(what, job, shown, all),
      shown.length === 0 && task.unseen === undefined && 'Its log is empty.',
    ];
    return within(lines > 60 ? 'full' : 'brief', parts, {
      ...{ upid: clean(task.upid), type: line(task.type), id: line(task.id), node: line(task.node) },
      ...{ user: line(task.user), start: task.starttime, state: task.state },
      ...(task.exitstatus !== undefined && { exitstatus: line(task.exitstatus) }),
      ...(why !== undefined && { error: line(why, 1_500) }),
      ...(means !== undefined && { means }),
      ...(guests.length > 0 && {
        guests: guests.map((each) => ({
          ...{ vmid: each.vmid, state: each.state },
          ...(each.error !== undefined && { error: line(each.error) }),
        })),
      }),
      ...{ log: shown, lines: task.total, unseen: missed },
    });
  },
});

const STATE = { running: 'RUNNING', ok: 'OK', warnings: 'OK with warnings', failed: 'FAILED' } as const;

function headline(task: SeenTask, now: number): string {
  const end = task.state === 'running' ? now : task.endtime;
  const took =
    end === undefined
      ? ''
      : task.state === 'running'
        ? `, for ${duration(end - task.starttime)}`
        : `, took ${duration(end - task.starttime)}`;
  return line(`${STATE[task.state]}: ${describeTask(task)}${took}`);
}

function ofGuest(vmid: number, task: SeenTask, part: GuestBackup | undefined): string | undefined {
  if (part) {
    const took = part.took === undefined ? '' : ` in ${part.took}`;
    return line(`Guest ${vmid} in this job: ${part.state === 'failed' ? 'FAILED' : part.state}${took}`);
  }
  if (task.id === String(vmid)) return undefined;
  return `The log does not mention guest ${vmid}.`;
}

function perGuest(guests: readonly GuestBackup[]): string {
  const bad = guests.filter(({ state }) => state !== 'ok');
  const good = guests.filter(({ state }) => state === 'ok').map(({ vmid }) => vmid);
  const lines = bad
    .slice(0, NAMED)
    .map(({ vmid, state }) => `${vmid}: ${state === 'failed' ? 'FAILED' : state}`);
  if (bad.length > NAMED) lines.push(`and ${bad.length - NAMED} more`);
  if (good.length > 0)
    lines.push(
      `backed up: ${good.slice(0, 60).join(', ')}${good.length > 60 ? ` and ${good.length - 60} more` : ''}`,
    );
  return `Guests of this job:\n${lines.map((each) => line(each)).join('\n')}`;
}

/** The part of the log that matters: about the guest that was asked for, else about those that failed, else its end. */
function focus(task: SeenTask, part: GuestBackup | undefined, guests: readonly GuestBackup[], lines: number) {
  const failed = guests.length > 1 ? guests.filter(({ state }) => state === 'failed') : [];
  const about = part ? [part] : failed;
  const whose = about.map(({ vmid }) => vmid).join(', ');
  const log = about.length > 0 ? about.flatMap((each) => each.lines) : task.log;
  return {
    what: about.length > 0 ? `log of ${task.type}, the part about ${whose}` : `log of ${task.type}`,
    all: about.length > 0 ? log.length : task.total,
    shown: log.slice(-lines).map((each) => line(each, 300)),
  };
}

/** The line that says what the job was told to do, and where the backups go. */
function jobLine({ log }: SeenTask): string | undefined {
  const found = log.find((each) => each.startsWith('INFO: starting new backup job'));
  return found === undefined ? undefined : line(found, 300);
}

/** The lines, as many of the last ones as there is room for. */
function logText(what: string, job: string | undefined, shown: readonly string[], all: number): string {
  const room: string[] = [];
  let left = shown.length > 60 ? 30_000 : 4_500;
  for (const each of shown.toReversed()) {
    left -= each.length + 1;
    if (left < 0) break;
    room.unshift(each);
  }
  const count = room.length < all ? `, last ${room.length} of ${all} lines` : '';
  return fence(
    `${what}${count}`,
    [...(job === undefined || room.includes(job) ? [] : [job]), ...room].join('\n'),
  );
}
