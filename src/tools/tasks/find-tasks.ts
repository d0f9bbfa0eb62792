import type { Sight } from '../../pve/sight.ts';
import { type ListedTask, nodeTasks, recentTasks, type TaskEnd } from '../../pve/task-lists.ts';
import type { ToolContext } from '../tool.ts';
import { backupOf, type GuestBackup } from './backup-log.ts';
import { readTaskLog } from './task-log-lines.ts';

/** What to look for. */
export interface Wanted {
  vmid?: number;
  /** Where that guest stands. */
  home?: string;
  /** Only tasks of this node. */
  node?: string;
  types?: readonly string[];
  /** A part of `user@realm!token`. */
  user?: string;
  state?: TaskEnd;
  /** Seconds since 1970. */
  since?: number;
  until?: number;
  limit: number;
}

/** A task that was found; of a job that covers several guests, also what became of the guest that was asked for. */
export interface FoundTask extends ListedTask {
  part?: GuestBackup;
}

export interface FoundTasks {
  /** Newest first. */
  tasks: FoundTask[];
  /** Whether there are more than these. */
  more: boolean;
  /** What could not be searched to its end, in words of ours. */
  notSearched: string[];
}

/** How many are read where Proxmox can't look for all that is asked. */
const DEEP = 500;
/** How many logs of jobs are read to see whether the guest is among theirs. */
const JOBS = 6;

/**
 * Tasks of every node that is online, side by side: what each has in its log, and what the nodes told one another, where
 * the log of a node can't be read. The tasks of a guest include the backup jobs that cover it together with others; those
 * do not name it, so that their logs must be read.
 */
export async function findTasks(
  wanted: Wanted,
  sight: Sight,
  context: Pick<ToolContext, 'pve' | 'signal'>,
): Promise<FoundTasks> {
  const { pve, signal } = context;
  const nodes = [...(await pve.resources.whereabouts({ signal })).nodes.values()]
    .filter(({ node }) => wanted.node === undefined || node === wanted.node)
    .map(({ node = '', status }) => ({ node, online: status === 'online' }));
  for (const { node } of nodes.filter(({ online }) => !online))
    sight.missed(`task log of ${node}`, 'the node is offline: only what it told the others last can be here');
  const online = nodes.filter((each) => each.online).map(({ node }) => node);
  const notSearched: string[] = [];
  const [recent, ...lists] = await Promise.all([
    sight.of('latest tasks of the cluster', recentTasks(pve.api, { signal })),
    ...online.map((node) => sight.of(`task log of ${node}`, ownTasks(node, wanted, notSearched, context))),
    jobsOf(wanted, online, sight, notSearched, context),
  ]);
  const away = nodes.filter((each) => !each.online || lists[online.indexOf(each.node)] === undefined);
  const told = (recent ?? []).filter(({ node }) => away.some((each) => each.node === node));
  const byUpid = new Map<string, FoundTask>();
  for (const task of [...told, ...lists.flatMap((list) => list ?? [])])
    if (!byUpid.has(task.upid) && matches(task, wanted)) byUpid.set(task.upid, task);
  const tasks = [...byUpid.values()].sort(newestFirst);
  return { tasks: tasks.slice(0, wanted.limit), more: tasks.length > wanted.limit, notSearched };
}

async function ownTasks(
  node: string,
  wanted: Wanted,
  notSearched: string[],
  { pve, signal }: Pick<ToolContext, 'pve' | 'signal'>,
): Promise<FoundTask[]> {
  const { vmid, types, user, state, since, until } = wanted;
  const exact = (types?.length ?? 1) === 1 && user === undefined;
  const limit = exact ? wanted.limit + 1 : DEEP;
  const found = await nodeTasks(
    pve.api,
    node,
    {
      source: state === 'running' ? 'active' : 'all',
      limit,
      ...(vmid !== undefined && { vmid }),
      ...(types?.length === 1 && { type: types[0] as string }),
      ...(user !== undefined && { user: user.split('!')[0] as string }),
      ...(state !== undefined && { state }),
      ...(since !== undefined && { since }),
      ...(until !== undefined && { until }),
    },
    { signal },
  );
  if (
    !exact &&
    found.total > found.tasks.length &&
    found.tasks.filter((task) => matches(task, wanted)).length <= wanted.limit
  )
    notSearched.push(`the ${found.total - found.tasks.length} oldest of ${found.total} tasks of ${node}`);
  return found.tasks;
}

/** The backup jobs of the guest's node that cover it together with others. */
async function jobsOf(
  { vmid, home, types, user, since, until, node }: Wanted,
  online: readonly string[],
  sight: Sight,
  notSearched: string[],
  context: Pick<ToolContext, 'pve' | 'signal'>,
): Promise<FoundTask[]> {
  if (vmid === undefined || (types !== undefined && !types.includes('vzdump'))) return [];
  const where = node ?? home;
  if (where === undefined || !online.includes(where)) return [];
  const { pve, signal } = context;
  const found = await sight.of(
    `backup jobs of ${where}`,
    nodeTasks(
      pve.api,
      where,
      {
        ...{ source: 'all', type: 'vzdump', limit: 50 },
        ...(user !== undefined && { user: user.split('!')[0] as string }),
        ...(since !== undefined && { since }),
        ...(until !== undefined && { until }),
      },
      { signal },
    ),
  );
  const jobs = (found?.tasks ?? []).filter(({ id }) => id === '');
  if (jobs.length > JOBS)
    notSearched.push(`${jobs.length - JOBS} older backup jobs of ${where}, which may have covered the guest`);
  const parts = await Promise.all(
    jobs.slice(0, JOBS).map(async (job): Promise<FoundTask[]> => {
      const log = await sight.of(`log of a backup job of ${where}`, readTaskLog(job, context));
      const part = log && backupOf(log.lines, vmid);
      return part ? [{ ...job, part }] : [];
    }),
  );
  return parts.flat();
}

/** How the task ended for whoever asked: a job may have failed for others alone. */
export function stateOf({ state, part }: FoundTask): TaskEnd {
  if (part === undefined || part.state === 'unfinished') return state;
  return part.state;
}

function matches(task: FoundTask, { vmid, types, user, state, since, until }: Wanted): boolean {
  return (
    (vmid === undefined || task.id === String(vmid) || task.part !== undefined) &&
    (types === undefined || types.includes(task.type)) &&
    (user === undefined || task.user.toLowerCase().includes(user.toLowerCase())) &&
    (state === undefined || stateOf(task) === state) &&
    (since === undefined || task.starttime >= since) &&
    (until === undefined || task.starttime <= until)
  );
}

function newestFirst(a: ListedTask, b: ListedTask): number {
  return b.starttime - a.starttime || b.pid - a.pid || (a.upid < b.upid ? -1 : 1);
}
