import { path, taskId } from '../../api/path.ts';
import { Failure } from '../../failure.ts';
import { row, text } from '../../pve/read.ts';
import { recentTasks, type TaskEnd, taskEndOf } from '../../pve/task-lists.ts';
import type { Upid } from '../../pve/upid.ts';
import { line } from '../../render/untrusted.ts';
import { timeIsUp } from '../steps.ts';
import type { ToolContext } from '../tool.ts';
import { readTaskLog } from './task-log-lines.ts';

/** What is known of a task. */
export interface SeenTask extends Upid {
  state: TaskEnd;
  exitstatus?: string;
  /** Seconds since 1970, where the list of latest tasks has it. */
  endtime?: number;
  log: string[];
  /** How many lines the log has. */
  total: number;
  /** What could not be read. */
  unseen?: string;
}

/**
 * A task's state and its log; with `wait` once it is over, or when the time is up. Of a task on a node that is away: what that
 * node told the others.
 */
export async function seeTask(task: Upid, wait: boolean, context: ToolContext): Promise<SeenTask> {
  const { pve, signal, progress, clock } = context;
  const home = (await pve.resources.whereabouts({ signal })).nodes.get(task.node);
  if (home !== undefined && home.status !== 'online') return fromMemory(task, context);
  if (wait) {
    try {
      await pve.tasks.wait(task.upid, {
        signal,
        timeoutMs: timeIsUp({ clock }) - clock.now(),
        progress: (done, total, message) => progress(done, total, line(message, 200)),
      });
    } catch (error) {
      // That it failed is what was asked for.
      if (!(error instanceof Failure) || error.code !== 'task_failed') throw error;
    }
  }
  const [exitstatus, log] = await Promise.all([readExit(task, context), readTaskLog(task, context)]);
  return {
    ...task,
    state: taskEndOf(exitstatus),
    ...(exitstatus !== undefined && { exitstatus }),
    log: log.lines,
    total: log.total,
  };
}

async function readExit(task: Upid, { pve, signal }: ToolContext): Promise<string | undefined> {
  try {
    const to = path`/nodes/${task.node}/tasks/${taskId(task.upid)}/status`;
    const { status, exitstatus } = row(await pve.api.get<unknown>(to, {}, { signal }));
    return status === 'stopped' ? (text(exitstatus) ?? 'unexpected status') : undefined;
  } catch (error) {
    // An unknown UPID is a 400 (recorded on PVE 9.2).
    if (!(error instanceof Failure) || error.details.status !== 400) throw error;
    throw new Failure(
      'not_found',
      `There is no task ${task.upid} on ${task.node}.`,
      'list_tasks has the tasks there are, with their UPIDs. A node forgets old ones.',
      error.details,
      error,
    );
  }
}

async function fromMemory(task: Upid, { pve, signal }: ToolContext): Promise<SeenTask> {
  const told = (await recentTasks(pve.api, { signal })).find(({ upid }) => upid === task.upid);
  const unseen = `${task.node} is offline: its log of tasks can't be read until it is back`;
  if (told === undefined)
    throw new Failure(
      'node_unreachable',
      `The task can't be read: ${unseen}.`,
      'If it was running, it ended with the node. Look at what it worked on, or ask again when the node is back.',
      { upid: task.upid },
    );
  return { ...told, log: [], total: 0, unseen };
}
