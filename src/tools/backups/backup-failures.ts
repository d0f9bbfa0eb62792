import type { Backup } from '../../pve/backups.ts';
import type { Sight } from '../../pve/sight.ts';
import { type ListedTask, nodeTasks } from '../../pve/task-lists.ts';
import { backupsIn } from '../tasks/backup-log.ts';
import { readTaskLog } from '../tasks/task-log-lines.ts';
import type { ToolContext } from '../tool.ts';
import type { BackupFailure } from './coverage.ts';

/** How far back failed backups are looked for, in seconds. */
const REACH = 40 * 86_400;
/** How many failed tasks of a node are looked at, and how many logs are read in all. */
const TASKS = 20;
const LOGS = 10;

/**
 * The last failed backup of each guest, by VMID. The end of a job says no more than `job errors`: which guest failed, and
 * why, stands in its log.
 */
export async function backupFailures(
  nodes: readonly string[],
  sight: Sight,
  { pve, clock, signal }: Pick<ToolContext, 'pve' | 'clock' | 'signal'>,
): Promise<(backups: readonly Backup[]) => Promise<Map<number, BackupFailure>>> {
  const since = Math.floor(clock.now() / 1000) - REACH;
  const query = { source: 'all', type: 'vzdump', state: 'failed', since, limit: TASKS } as const;
  const lists = await Promise.all(
    nodes.map((node) => sight.of(`backup tasks of ${node}`, nodeTasks(pve.api, node, query, { signal }))),
  );
  const failed = lists.flatMap((list) => list?.tasks ?? []).sort((a, b) => b.starttime - a.starttime);
  return async (backups) => {
    const newest = new Map<number, number>();
    for (const { vmid, ctime } of backups)
      if (vmid !== undefined) newest.set(vmid, Math.max(ctime, newest.get(vmid) ?? 0));
    // Of one guest alone, with a good backup since: nothing that anybody needs to hear.
    const open = failed.filter(({ id, starttime }) => (newest.get(Number(id)) ?? 0) < starttime || id === '');
    if (open.length > LOGS)
      sight.missed(`${open.length - LOGS} older failed backup tasks`, 'only the newest logs are read');
    const logs = await Promise.all(
      open.slice(0, LOGS).map(async (task) => ({
        task,
        log: await sight.of(`log of a failed backup on ${task.node}`, readTaskLog(task, { pve, signal })),
      })),
    );
    const failures = new Map<number, BackupFailure>();
    for (const { task, log } of logs) {
      const parts = backupsIn(log?.lines ?? []).filter(({ state }) => state !== 'ok');
      for (const { vmid, error } of parts) note(failures, vmid, task, error);
      if (parts.length === 0 && /^\d+$/.test(task.id)) note(failures, Number(task.id), task);
    }
    return failures;
  };
}

/** The newest failure counts: tasks come newest first. */
function note(failures: Map<number, BackupFailure>, vmid: number, task: ListedTask, error?: string): void {
  if (failures.has(vmid)) return;
  const why = error ?? task.exitstatus ?? 'unknown error';
  failures.set(vmid, { time: task.starttime, error: why, upid: task.upid });
}
