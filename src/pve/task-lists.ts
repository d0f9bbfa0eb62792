import type { Api } from '../api/api.ts';
import { path } from '../api/path.ts';
import { number, type Row, rows, text } from './read.ts';
import { isGood } from './task-state.ts';
import { readUpid, type Upid } from './upid.ts';

/** How a task stands: `warnings` is a success. */
export type TaskEnd = 'running' | 'ok' | 'warnings' | 'failed';

/** One task of a list. */
export interface ListedTask extends Upid {
  state: TaskEnd;
  /** Seconds since 1970; absent while it runs. */
  endtime?: number;
  /** `OK`, `WARNINGS: n` or an error text; absent while it runs. */
  exitstatus?: string;
}

/** What a node can look for in its own log of tasks. */
export interface TaskQuery {
  /** `all`: those that run and those that are over. */
  source: 'all' | 'active';
  /** Seconds since 1970, of the task's begin. */
  since?: number;
  until?: number;
  /** One type, exactly as Proxmox names it. */
  type?: string;
  /** A part of `user@realm`; Proxmox does not look at tokens. */
  user?: string;
  vmid?: number;
  state?: TaskEnd;
  limit: number;
}

/** `unexpected status` is neither good nor an error to Proxmox. */
const STATUS_FILTER = { ok: 'ok', warnings: 'warning', failed: 'error,unknown', running: undefined } as const;

/** How a task with this exit status ended. */
export function taskEndOf(exitstatus: string | undefined): TaskEnd {
  if (exitstatus === undefined) return 'running';
  if (exitstatus === 'OK') return 'ok';
  return isGood(exitstatus) ? 'warnings' : 'failed';
}

/**
 * The latest tasks of each node, about 25, as the nodes tell one another: one answer from memory, also of what an
 * offline node told last. A token finds none of its own here (recorded on PVE 9.2).
 */
export async function recentTasks(api: Api, options: { signal?: AbortSignal } = {}): Promise<ListedTask[]> {
  return listed(await api.get<unknown>(path`/cluster/tasks`, {}, options));
}

/** The tasks of a node, newest first: its log of all that are over, and those that run. `total` counts all that match. */
export async function nodeTasks(
  api: Api,
  node: string,
  { type, user, state, ...query }: TaskQuery,
  options: { signal?: AbortSignal } = {},
): Promise<{ tasks: ListedTask[]; total: number }> {
  const statusfilter = state && STATUS_FILTER[state];
  const answer = await api.request(
    'GET',
    path`/nodes/${node}/tasks`,
    {
      ...query,
      ...(type !== undefined && { typefilter: type }),
      ...(user !== undefined && { userfilter: user }),
      ...(statusfilter && { statusfilter }),
    },
    options,
  );
  const tasks = listed(answer.data);
  return { tasks, total: number(answer.total) ?? tasks.length };
}

function listed(data: unknown): ListedTask[] {
  return rows(data).flatMap((each) => read(each) ?? []);
}

/** A running task has `RUNNING` for a status in a node's list, and none in the cluster's (recorded on PVE 9.2). */
function read(row: Row): ListedTask | undefined {
  const upid = readUpid(row.upid);
  if (upid === undefined) return undefined;
  const endtime = number(row.endtime);
  const status = text(row.status);
  const runs = endtime === undefined && (status === undefined || status === 'RUNNING');
  const exitstatus = runs ? undefined : (status ?? 'unexpected status');
  return {
    ...upid,
    state: taskEndOf(exitstatus),
    ...(endtime !== undefined && { endtime }),
    ...(exitstatus !== undefined && { exitstatus }),
  };
}
