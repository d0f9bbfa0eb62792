import type { Api } from '../api/api.ts';
import { explainText } from '../api/explain-text.ts';
import type { Clock } from '../clock.ts';
import { Failure, type FailureCode } from '../failure.ts';
import { row, text } from './read.ts';
import { TaskLog } from './task-log.ts';
import { stopPath, taskPath } from './task-path.ts';
import { ProgressMeter, type TaskProgress } from './task-progress.ts';
import { parseUpid, type Upid } from './upid.ts';

/** What is known of a task when waiting for it ends. */
export interface Task extends Upid {
  /** `running`: the time was up before the task was. */
  state: 'ended' | 'running';
  /** `OK` or `WARNINGS: n`; a task that failed is thrown as `task_failed`. Absent while it runs. */
  exitstatus?: string;
  /** How long we waited, in seconds. */
  waited: number;
  /** The last lines of its log, oldest first, as they came. */
  log: string[];
}

export interface WaitOptions {
  /** How long to wait, in milliseconds. */
  timeoutMs?: number;
  /** Ends the waiting at once; the task goes on. */
  signal?: AbortSignal;
  progress?: TaskProgress;
  /** The first pause between two looks, in milliseconds; it grows to 2 s. */
  pollMs?: number;
}

/** Clients of MCP commonly give a request up after 60 s: the answer with the UPID must be there before. */
const WAIT_MS = 55_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
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

/** Proxmox's workers. Many a failure is a 200 with a UPID and stands in the task's `exitstatus` alone. */
export class Tasks {
  readonly #api: Api;
  readonly #clock: Clock;

  constructor(api: Api, clock: Clock) {
    this.#api = api;
    this.#clock = clock;
  }

  /**
   * Waits until the task ends, on the node that its UPID names. Resolves with `ended` (`OK`, `WARNINGS: n`) or
   * `running` when the time is up. Throws `task_failed` with the exit status and last log lines, `cancelled`,
   * `forbidden` (a token sees its own tasks only) or `not_found`, each with `details.upid`.
   */
  async wait(upid: string, options: WaitOptions = {}): Promise<Task> {
    const task = parseUpid(upid, this.#api.product);
    const { signal } = options;
    try {
      return await this.#follow(task, options);
    } catch (error) {
      if (signal?.aborted) throw cancelled(task, error);
      throw error;
    }
  }

  async #follow(task: Upid, options: WaitOptions): Promise<Task> {
    const { timeoutMs = WAIT_MS, signal, progress, pollMs = FIRST_PAUSE_MS } = options;
    const call = signal ? { signal } : {};
    const log = new TaskLog(this.#api, task);
    const meter = progress && new ProgressMeter(progress);
    const start = this.#clock.now();
    const elapsed = () => this.#clock.now() - start;
    const report = (state: Task['state']): Task => ({
      ...task,
      state,
      waited: Math.round(elapsed() / 100) / 10,
      log: [...log.tail],
    });

    let lost = 0;
    for (let pause = pollMs; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
      await this.#clock.sleep(Math.max(0, Math.min(pause, timeoutMs - elapsed())), signal);
      const seen = await this.#look(task, call);
      lost = seen instanceof Failure && NO_ANSWER.has(seen.code) ? lost + 1 : 0;
      if (seen instanceof Failure) {
        const fresh = seen.details.status === 400 && elapsed() < FRESH_MS;
        if (!fresh && (lost === 0 || lost >= LOST_LOOKS)) throw outOfSight(task, seen);
      } else if (seen.status === 'stopped') {
        await quietly(log.finish(call), signal);
        return ended(report('ended'), seen.exitstatus ?? 'unexpected status');
      } else if (meter) {
        const lines = await quietly(log.more(call), signal);
        meter.step(lines ?? [], `${nameOf(task)} is running`);
      }
      if (elapsed() >= timeoutMs) {
        if (!meter) await quietly(log.finish(call), signal);
        return report('running');
      }
    }
  }

  /** One look at the state; a refusal comes back as a value, since most are no reason to stop looking. */
  async #look(task: Upid, options: { signal?: AbortSignal }) {
    try {
      const data = await this.#api.get<unknown>(taskPath(task, 'status'), {}, options);
      const { status, exitstatus } = row(data);
      return { status: text(status), exitstatus: text(exitstatus) };
    } catch (error) {
      if (error instanceof Failure && error.code !== 'cancelled') return error;
      throw error;
    }
  }
}

/** `qmstart of 100 on pve1` */
export function nameOf({ type, id, node }: Upid): string {
  return id === '' ? `${type} on ${node}` : `${type} of ${id} on ${node}`;
}

/** The log only adorns: where it cannot be read, the task is followed without it. */
async function quietly<T>(reading: Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (signal?.aborted || !(error instanceof Failure)) throw error;
    return undefined;
  }
}

function ended(task: Task, exitstatus: string): Task {
  if (exitstatus === 'OK' || /^WARNINGS: \d+$/.test(exitstatus)) return { ...task, exitstatus };
  throw new Failure(
    'task_failed',
    `The task failed: ${nameOf(task)}: ${exitstatus}`,
    explainText(exitstatus).hint,
    { upid: task.upid, log: task.log },
  );
}

/** A path as people write it. */
function plainly(path: string): string {
  return decodeURIComponent(path);
}

function cancelled(task: Upid, cause: unknown): Failure {
  return new Failure(
    'cancelled',
    `Waiting for ${nameOf(task)} was cancelled; the task itself goes on.`,
    `Look at it with GET ${plainly(taskPath(task, 'status'))}, stop it with DELETE ${plainly(stopPath(task))}.`,
    { upid: task.upid },
    cause,
  );
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
