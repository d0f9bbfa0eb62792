import type { Params } from '../api/form.ts';
import type { ApiPath } from '../api/path.ts';
import { Failure, type JobStep } from '../failure.ts';
import type { Task } from '../pve/tasks.ts';
import { readUpid } from '../pve/upid.ts';
import { line } from '../render/untrusted.ts';
import type { ToolContext } from './tool.ts';

/** One change of a job: a call, and the task that it may begin. */
export interface Step {
  /** What it does, in a few words of ours: `clone 9000 to 105`. */
  name: string;
  verb: 'POST' | 'PUT' | 'DELETE';
  path: ApiPath;
  params?: Params;
  /** What makes it undone where a later step fails. */
  undo?: Omit<Step, 'undo'>;
}

/** How far a job came. */
export interface Job {
  steps: JobStep[];
  /** The last task that was waited for. */
  task?: Task;
  /** Set where the time was up before that task was: what is `left` in `steps` was not begun. */
  running?: Task;
}

export interface StepOptions {
  /** Whether what was made stays there when a later step fails. */
  keep?: boolean;
  /** When to stop waiting, in milliseconds of the context's clock; see `timeIsUp`. */
  until?: number;
}

/** Clients of MCP commonly give a request up after 60 s: the answer must be there before. */
const PATIENCE_MS = 55_000;

/** Until when a call that begins now may take. */
export function timeIsUp({ clock }: Pick<ToolContext, 'clock'>): number {
  return clock.now() + PATIENCE_MS;
}

/**
 * Does the steps of a job one after the other, waits for the task of each, and tells how far it is. A person who must
 * approve any of them is asked once, for all of them, before the first. Where one fails, those before it are undone, last
 * one first, unless they are to be kept.
 *
 * @throws Failure as the step that failed, with `details.steps`: what was done, undone, and is left
 */
export async function runSteps(
  steps: readonly Step[],
  context: ToolContext,
  { keep = false, until = timeIsUp(context) }: StepOptions = {},
): Promise<Job> {
  const { pve } = context;
  if (steps.length > 1) await pve.api.foresee(steps);
  const told: JobStep[] = steps.map(({ name }) => ({ step: name, state: 'left' }));
  const job: Job = { steps: told };
  for (const [index, step] of steps.entries()) {
    const note = told[index] as JobStep;
    try {
      const task = await take(step, index, steps.length, context, until);
      if (task === undefined) {
        note.state = 'done';
        continue;
      }
      job.task = task;
      note.upid = task.upid;
      note.seconds = task.waited;
      note.state = task.state === 'running' ? 'running' : 'done';
      if (task.exitstatus !== undefined && task.exitstatus !== 'OK') note.note = task.exitstatus;
      if (task.state === 'running') return { ...job, running: task };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      note.state = 'failed';
      if (error.details.upid !== undefined) note.upid = error.details.upid;
      if (context.signal.aborted) note.note = await stopTask(error.details.upid, context);
      const undone = keep ? [] : await undo(steps.slice(0, index), told, context);
      if (steps.length === 1 && note.note === undefined) throw error;
      throw new Failure(
        error.code,
        steps.length === 1 ? error.message : `${step.name}: ${error.message}`,
        [error.hint, ...undone].filter((text) => text !== '').join(' '),
        { ...error.details, steps: told },
        error,
      );
    }
  }
  return job;
}

/** One step, to the end of its task where it begins one. */
async function take(
  { name, verb, path, params }: Step,
  index: number,
  count: number,
  { pve, progress, signal, clock }: ToolContext,
  until: number,
): Promise<Task | undefined> {
  const head = count === 1 ? '' : `${index + 1}/${count} ${name}: `;
  if (count > 1) progress(index * 100, count * 100, `${index + 1}/${count} ${name}`);
  const { data } = await pve.api.request(verb, path, params, { signal });
  const upid = readUpid(data)?.upid;
  if (upid === undefined) return undefined;
  return pve.tasks.wait(upid, {
    signal,
    timeoutMs: Math.max(0, until - clock.now()),
    progress: (done, total, message) => {
      const share = Math.min(total === 100 ? done : done % 100, 100);
      progress(index * 100 + share, count > 1 ? count * 100 : total, head + line(message, 200));
    },
  });
}

/** Nobody waits any more: the task is not to go on. Says what became of it. */
async function stopTask(upid: string | undefined, { pve }: ToolContext): Promise<string> {
  if (upid === undefined) return 'cancelled';
  try {
    const { stopped, state, exitstatus } = await pve.tasks.cancel(upid);
    if (stopped) return 'cancelled, and its task stopped';
    return state === 'ended'
      ? `cancelled when its task was over: ${exitstatus}`
      : 'cancelled; its task is being stopped';
  } catch (error) {
    return `cancelled, but its task goes on: ${error instanceof Failure ? error.message : 'it could not be stopped'}`;
  }
}

/** Undoes what was done, last one first. Sentences on what could not be undone. */
async function undo(
  done: readonly Step[],
  told: readonly JobStep[],
  context: ToolContext,
): Promise<string[]> {
  const sentences: string[] = [];
  // Whoever cancelled does not wait for this, and it must be done all the same.
  const { signal: _cancelled, ...rest } = context;
  const calm = { ...rest, signal: new AbortController().signal };
  for (const [index, step] of [...done.entries()].reverse()) {
    const note = told[index] as JobStep;
    if (step.undo === undefined) continue;
    try {
      const task = await take(step.undo, 0, 1, calm, timeIsUp(calm));
      note.state = 'undone';
      note.note = `${step.undo.name}${task?.state === 'running' ? ', still running' : ''}`;
      if (task !== undefined) note.upid = task.upid;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      note.note = `NOT undone (${step.undo.name}): ${error.message}`;
      sentences.push(`${step.name} was done and stays: ${step.undo.name} by hand if it is not wanted.`);
    }
  }
  return sentences;
}
