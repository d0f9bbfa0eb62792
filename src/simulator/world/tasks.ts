import type { SimNode } from './node.ts';
import type { Timeline } from './timeline.ts';
import { writeUpid } from './upid.ts';

/** Who started a task. */
export interface TaskOwner {
  userid: string;
  tokenid: string | undefined;
  authid: string;
}

/** Writes one line into the task's log. */
export type Log = (line: string) => void;

/**
 * What a task does. Each `yield` is a wait in milliseconds; a thrown error is the task's end and its `exitstatus`; a
 * returned number is the count of its warnings. `finally` runs when the task is stopped, too.
 */
export type Work = Generator<number, number | undefined, void>;

/** One worker process of a node, running or done. */
export interface Task extends TaskOwner {
  upid: string;
  node: string;
  pid: number;
  pstart: number;
  /** Seconds since 1970. */
  starttime: number;
  endtime: number | undefined;
  type: string;
  id: string;
  /** `OK`, `WARNINGS: n` or an error text; absent while the task runs. */
  exitstatus: string | undefined;
  log: string[];
}

interface Running {
  work: Work;
}

/** How many finished tasks a node remembers. */
const remembered = 5000;

/** Every task of the cluster. */
export class Tasks {
  readonly #timeline: Timeline;
  readonly #byUpid = new Map<string, Task>();
  readonly #byNode = new Map<string, Task[]>();
  readonly #running = new Map<string, Running>();
  readonly #warned = new Set<string>();

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  /** Starts a task; its first step runs when the world next settles. Returns its UPID. */
  start(
    node: SimNode,
    owner: TaskOwner,
    type: string,
    id: string | number,
    work: (log: Log, task: Task) => Work,
  ): string {
    const task = this.#add(node, owner, type, String(id), this.#timeline.now());
    this.#running.set(task.upid, { work: work((line) => task.log.push(line), task) });
    this.#timeline.after(0, () => this.#step(task));
    return task.upid;
  }

  /** Adds a task of the past: it started at `starttime` and ended at `endtime` (seconds since 1970). */
  record(
    node: SimNode,
    owner: TaskOwner,
    past: { type: string; id: string; starttime: number; endtime: number; exitstatus: string; log: string[] },
  ): string {
    const task = this.#add(node, owner, past.type, past.id, past.starttime * 1000);
    task.log.push(...past.log);
    this.#end(task, past.exitstatus, past.endtime);
    return task.upid;
  }

  get(upid: string): Task | undefined {
    return this.#byUpid.get(upid);
  }

  /** A node's tasks, oldest first. */
  of(node: string): readonly Task[] {
    return this.#byNode.get(node) ?? [];
  }

  /** Goes on with a task that waits, before its time: what it waits for has happened. Its work must look again. */
  wake(upid: string): void {
    const task = this.#byUpid.get(upid);
    if (task) this.#step(task);
  }

  /** Interrupts a running task; a finished one stays as it is. */
  stop(upid: string): void {
    const task = this.#byUpid.get(upid);
    if (!task || !this.#running.has(upid)) return;
    this.#step(task, new Error('received interrupt'));
  }

  /** Lets a running task, if it ends well, end with a warning. */
  warn(upid: string): void {
    if (this.#running.has(upid)) this.#warned.add(upid);
  }

  /** Kills the worker of a running task: nobody writes down how it ended, so its log just stops. */
  kill(upid: string): void {
    const task = this.#byUpid.get(upid);
    const running = this.#running.get(upid);
    if (!task || !running) return;
    running.work.return(undefined);
    this.#running.delete(upid);
    task.exitstatus = 'unexpected status';
    task.endtime = Math.floor(this.#timeline.now() / 1000);
  }

  /** Interrupts a task and forgets that there ever was one. */
  forget(upid: string): void {
    const task = this.#byUpid.get(upid);
    if (!task) return;
    this.stop(upid);
    this.#byUpid.delete(upid);
    const list = this.#byNode.get(task.node);
    list?.splice(list.indexOf(task), 1);
  }

  #add(node: SimNode, owner: TaskOwner, type: string, id: string, startMs: number): Task {
    const starttime = Math.floor(startMs / 1000);
    const pid = node.nextPid();
    const pstart = Math.max(0, Math.floor((startMs - node.bootedAt) / 10));
    const { userid, tokenid, authid } = owner;
    const upid = writeUpid({ node: node.name, pid, pstart, starttime, type, id, authid });
    const task: Task = {
      ...{ upid, node: node.name, pid, pstart, starttime, endtime: undefined, type, id },
      ...{ userid, tokenid, authid, exitstatus: undefined, log: [] },
    };
    const list = this.#byNode.get(node.name) ?? [];
    if (list.length === 0) this.#byNode.set(node.name, list);
    list.push(task);
    this.#byUpid.set(upid, task);
    if (list.length > remembered) this.#forgetOldest(list);
    return task;
  }

  #forgetOldest(list: Task[]): void {
    const index = list.findIndex((task) => task.exitstatus !== undefined);
    const [oldest] = index < 0 ? [] : list.splice(index, 1);
    if (oldest) this.#byUpid.delete(oldest.upid);
  }

  #step(task: Task, interrupt?: Error): void {
    const running = this.#running.get(task.upid);
    if (!running) return;
    try {
      const { value, done } = interrupt ? running.work.throw(interrupt) : running.work.next();
      if (!done) this.#timeline.after(value, () => this.#step(task));
      else this.#end(task, this.#goodEnd(task, value ?? 0));
    } catch (error) {
      this.#end(task, error instanceof Error ? error.message : String(error));
    }
  }

  #goodEnd(task: Task, warnings: number): string {
    const more = this.#warned.delete(task.upid) ? 1 : 0;
    if (more) task.log.push('WARN: something is not as it should be');
    return warnings + more > 0 ? `WARNINGS: ${warnings + more}` : 'OK';
  }

  #end(task: Task, exitstatus: string, endtime = Math.floor(this.#timeline.now() / 1000)): void {
    this.#running.delete(task.upid);
    task.exitstatus = exitstatus;
    task.endtime = endtime;
    const good = exitstatus === 'OK' || exitstatus.startsWith('WARNINGS: ');
    task.log.push(good ? `TASK ${exitstatus}` : `TASK ERROR: ${exitstatus}`);
  }
}
