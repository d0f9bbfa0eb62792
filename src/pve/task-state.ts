import type { Api } from '../api/api.ts';
import type { Clock } from '../clock.ts';
import { Failure, type FailureCode } from '../failure.ts';
import { row, text } from './read.ts';
import { stopPath, taskPath } from './task-path.ts';
import type { Upid } from './upid.ts';

/** What one look at a task found: that nothing could be read just now is no end of the task. */
export type Seen = { state: 'running' | 'unseen' } | { state: 'ended'; exitstatus: string };

/** The status of a fresh task can be 400 for a moment. */
const FRESH_MS = 5_000;
/** How many looks in a row may get no answer: a node in trouble must not make us lose its task. */
const LOST_LOOKS = 3;
const NO_ANSWER: ReadonlySet<FailureCode> = new Set([
  'node_unreachable',
  'unreachable',
  'timeout',
  'bad_answer',
]);

/** Keeps an eye on one task. */
export class TaskState {
  readonly #api: Api;
  readonly #task: Upid;
  readonly #clock: Clock;
  readonly #start: number;
  readonly #options: { signal?: AbortSignal };
  #lost = 0;

  constructor(api: Api, clock: Clock, task: Upid, options: { signal?: AbortSignal }) {
    this.#api = api;
    this.#task = task;
    this.#clock = clock;
    this.#start = clock.now();
    this.#options = options;
  }

  /** Looks once. Throws a `Failure` with `details.upid` when the task is out of sight. */
  async look(): Promise<Seen> {
    const data = await this.reading(this.#api.get(taskPath(this.#task, 'status'), {}, this.#options));
    if (data === undefined) return { state: 'unseen' };
    const { status, exitstatus } = row(data);
    if (status !== 'stopped') return { state: 'running' };
    return { state: 'ended', exitstatus: text(exitstatus) ?? 'unexpected status' };
  }

  /** What a reading of this task gives, or nothing where it may do so the next time. */
  async reading<T>(work: Promise<T>): Promise<T | undefined> {
    try {
      const found = await work;
      this.#lost = 0;
      return found;
    } catch (error) {
      if (!(error instanceof Failure) || error.code === 'cancelled') throw error;
      this.#lost = NO_ANSWER.has(error.code) ? this.#lost + 1 : 0;
      const fresh = error.details.status === 400 && this.#clock.now() - this.#start < FRESH_MS;
      if (fresh || (this.#lost > 0 && this.#lost < LOST_LOOKS)) return undefined;
      throw outOfSight(this.#task, error);
    }
  }
}

/** `qmstart of 100 on pve1` */
export function nameOf({ type, id, node }: Upid): string {
  return id === '' ? `${type} on ${node}` : `${type} of ${id} on ${node}`;
}

/** Whether a task ended well: a warning is no failure. */
export function isGood(exitstatus: string): boolean {
  return exitstatus === 'OK' || /^WARNINGS: \d+$/.test(exitstatus);
}

/** Waiting was given up, which does not stop the task. */
export function waitCancelled(task: Upid, cause: unknown): Failure {
  return new Failure(
    'cancelled',
    `Waiting for ${nameOf(task)} was cancelled; the task itself goes on.`,
    `Look at it with GET ${plainly(taskPath(task, 'status'))}, stop it with DELETE ${plainly(stopPath(task))}.`,
    { upid: task.upid },
    cause,
  );
}

/** A path as people write it. */
function plainly(path: string): string {
  return decodeURIComponent(path);
}

/** The change was begun and its task is out of sight: the caller must still learn its name. */
function outOfSight(task: Upid, failure: Failure): Failure {
  const unknown = failure.details.status === 400;
  const hint =
    failure.code === 'forbidden'
      ? `A token sees only the tasks that it started itself; Sys.Audit on /nodes/${task.node} shows all. Look at the result instead, or ask with the login that started it.`
      : unknown
        ? `Is the UPID whole and from this cluster? GET /nodes/${task.node}/tasks lists the recent ones.`
        : `The task may go on. Look again later with GET ${plainly(taskPath(task, 'status'))}; do not send the change again before.`;
  return new Failure(
    unknown ? 'not_found' : failure.code,
    `The state of task ${nameOf(task)} cannot be read: ${failure.message}`,
    hint,
    { ...failure.details, upid: task.upid },
    failure,
  );
}
