import { nameOf } from '../pve/task-state.ts';
import { taskMeaning } from '../pve/task-types.ts';
import type { Task } from '../pve/tasks.ts';
import type { Upid } from '../pve/upid.ts';
import { duration, time } from '../render/units.ts';
import { fence, line } from '../render/untrusted.ts';

const LOG_LINES = 10;

/** `qmstart (start a VM) of 100 on pve1 by root@pam, begun 2026-11-22 16:41:20 UTC` */
export function describeTask(task: Upid): string {
  const meaning = taskMeaning(task.type);
  const name = nameOf(task).replace(task.type, meaning ? `${task.type} (${meaning})` : task.type);
  return line(`${name} by ${task.user}, begun ${time(task.starttime)}`);
}

/** How a task ended, or that it runs on and how to look again; then its UPID and the end of its log. */
export function taskText(task: Task): string {
  const log = logTail(task);
  const parts = [endOf(task), task.upid];
  if (log.length > 0) parts.push(fence(`log of ${task.type}`, log.join('\n')));
  return parts.join('\n');
}

/** The last lines of the log, each on one line and short. */
export function logTail({ log }: Task): string[] {
  return log.slice(-LOG_LINES).map((entry) => line(entry, 300));
}

function endOf(task: Task): string {
  const what = describeTask(task);
  const waited = duration(task.waited);
  if (task.state === 'running') return `STILL RUNNING after ${waited}: ${what}. ${howToFollow(task)}`;
  const warnings = task.exitstatus === 'OK' ? '' : ' (it succeeded; the log has the warnings)';
  // HA only takes the order down; its manager starts a task of its own later.
  const ha = /^ha/.test(task.type) ? ' HA has taken the order; look at the guest for the result.' : '';
  return `Task ended ${line(task.exitstatus ?? '')}${warnings} after ${waited}: ${what}.${ha}`;
}

/** What to call to see how a task ends, for whoever works with raw calls: `get_task` need not be among the tools. */
export function howToFollow({ node, upid }: Upid): string {
  return `Look again with get_task (wait=true) or GET /nodes/${node}/tasks/${upid}/status; do not send the change again.`;
}

/** How to go on with a task that was handed back. */
export function followText(upid: string | undefined): string {
  return `Follow it with get_task upid=${upid} wait=true; do not send the change again.`;
}
