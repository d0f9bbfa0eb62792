import type { Api } from '../api/api.ts';
import { explainText } from '../api/explain-text.ts';
import { taskEnd } from '../api/watch.ts';
import type { Clock } from '../clock.ts';
import { Failure } from '../failure.ts';
import { TaskLog } from './task-log.ts';
import { stopPath } from './task-path.ts';
import { ProgressMeter, type TaskProgress } from './task-progress.ts';
import { isGood, nameOf, TaskState, waitCancelled } from './task-state.ts';
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

/** A task that was told to stop. */
export interface StoppedTask extends Task {
  /** Whether it ended with an error after it was told to stop. Not if it was over already, ended well, or still runs. */
  stopped: boolean;
}

export interface FollowOptions {
  /** Ends the waiting at once; the task goes on. */
  signal?: AbortSignal;
  /** The first pause between two looks, in milliseconds; it grows to 2 s. */
  pollMs?: number;
}

export interface WaitOptions extends FollowOptions {
  /** How long to wait, in milliseconds. */
  timeoutMs?: number;
  progress?: TaskProgress;
}

/** Clients of MCP commonly give a request up after 60 s: the answer with the UPID must be there before. */
const WAIT_MS = 55_000;
/** Proxmox interrupts a worker, and kills it some seconds later. */
const STOP_MS = 15_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

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
    const task = await this.#end(parseUpid(upid, this.#api.product), options);
    if (task.exitstatus === undefined || isGood(task.exitstatus)) return task;
    throw new Failure(
      'task_failed',
      `The task failed: ${nameOf(task)}: ${task.exitstatus}`,
      explainText(task.exitstatus).hint,
      { upid: task.upid, log: task.log, said: task.exitstatus },
    );
  }

  /**
   * The lines of a task's log, from the first on, as they are written, to the task's end; the last one tells how it ended
   * (`TASK OK`, `TASK ERROR: …`). Text of Proxmox and of guests: data, not to be trusted. Throws as `wait` does, save that
   * a task that failed is no error here.
   */
  async *lines(upid: string, options: FollowOptions = {}): AsyncGenerator<string, void, undefined> {
    const task = parseUpid(upid, this.#api.product);
    const { signal, pollMs = FIRST_PAUSE_MS } = options;
    const call = signal ? { signal } : {};
    const state = new TaskState(this.#api, this.#clock, task, call);
    const log = new TaskLog(this.#api, task);
    try {
      for (let pause = pollMs; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
        // Asked first: what is written between the two would be missed otherwise.
        const { state: seen } = await state.look();
        let lines: string[] | undefined;
        do {
          lines = seen === 'unseen' ? undefined : await state.reading(log.more(call));
          yield* lines ?? [];
        } while (lines?.length === TaskLog.page);
        if (seen === 'ended' && lines !== undefined) return;
        await this.#clock.sleep(pause, signal);
      }
    } catch (error) {
      if (signal?.aborted) throw waitCancelled(task, error);
      throw error;
    }
  }

  /**
   * Tells Proxmox to stop a task (DELETE) and waits for its end. The worker is interrupted, and killed if that does not
   * help: what it has done so far stays done, and what it was doing may be left half done (a lock on its guest, a part of
   * a disk). A task that is over already stays as it is; Proxmox calls that a success, too. Needs Sys.Modify on the node
   * for other people's tasks.
   */
  async cancel(upid: string, options: Pick<WaitOptions, 'signal' | 'timeoutMs'> = {}): Promise<StoppedTask> {
    const task = parseUpid(upid, this.#api.product);
    const before = await this.#end(task, { ...options, timeoutMs: 0 });
    if (before.state === 'ended') return { ...before, stopped: false };
    await this.#api.delete(stopPath(task), {}, options.signal ? { signal: options.signal } : {});
    const after = await this.#end(task, { timeoutMs: STOP_MS, ...options });
    return { ...after, stopped: after.exitstatus !== undefined && !isGood(after.exitstatus) };
  }

  /** Waits for the end, good or bad, or until the time is up. */
  async #end(task: Upid, options: WaitOptions): Promise<Task> {
    const waited = this.#api.waiting(task.type);
    try {
      const seen = await this.#follow(task, options);
      waited(taskEnd(seen.exitstatus));
      return seen;
    } catch (error) {
      waited(error instanceof Failure ? error.code : 'internal');
      if (options.signal?.aborted) throw waitCancelled(task, error);
      throw error;
    }
  }

  async #follow(task: Upid, options: WaitOptions): Promise<Task> {
    const { timeoutMs = WAIT_MS, signal, progress, pollMs = FIRST_PAUSE_MS } = options;
    const call = signal ? { signal } : {};
    const log = new TaskLog(this.#api, task);
    const state = new TaskState(this.#api, this.#clock, task, call);
    const meter = progress && new ProgressMeter(progress);
    const start = this.#clock.now();
    const elapsed = () => this.#clock.now() - start;
    const report = (known: Pick<Task, 'state' | 'exitstatus'>): Task => ({
      ...task,
      ...known,
      waited: Math.round(elapsed() / 100) / 10,
      log: [...log.tail],
    });

    for (let pause = pollMs; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
      await this.#clock.sleep(Math.max(0, Math.min(pause, timeoutMs - elapsed())), signal);
      const seen = await state.look();
      if (seen.state === 'ended') {
        await this.#api.taskEnded(task.upid, seen.exitstatus);
        await quietly(log.finish(call), signal);
        return report(seen);
      }
      if (seen.state === 'running' && meter) {
        const lines = await quietly(log.more(call), signal);
        meter.step(lines ?? [], `${nameOf(task)} is running`);
      }
      if (elapsed() >= timeoutMs) {
        if (!meter) await quietly(log.finish(call), signal);
        return report({ state: 'running' });
      }
    }
  }
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
