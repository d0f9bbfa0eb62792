import type { Backup, BackupJob, SeenBackups } from '../../pve/backups.ts';
import type { Guest } from '../../pve/guests.ts';
import { lastRun } from './schedule.ts';

/** How the backups of a guest stand, the worst first. */
export const STATES = ['failing', 'never', 'stale', 'uncovered', 'ok', 'unknown'] as const;
export type State = (typeof STATES)[number];

/** The last time that a guest's backup went wrong. */
export interface BackupFailure {
  /** Seconds since 1970. */
  time: number;
  error: string;
  upid: string;
}

/** A guest and all that is known of its backups. */
export interface Coverage {
  guest: Guest;
  state: State;
  /** Ids of the jobs that are switched on and cover it. */
  jobs: string[];
  /** Newest first. */
  backups: Backup[];
  /** Since when there should be a newer one, in seconds since 1970. */
  due?: number;
  /** Disks that no backup of it has. */
  leftOut: string[];
  /** Where it is newer than the newest backup. */
  failure?: BackupFailure;
}

export interface Job extends BackupJob {
  /** Undefined where they could not be read. */
  guests: { vmid: number; leftOut: string[] }[] | undefined;
}

/** How long a job may take until its last guest is done, in seconds. */
const GRACE = 6 * 3_600;

/**
 * How the backups of each guest stand. `jobs` is undefined where they can't be seen: then nobody knows what should be.
 *
 * @param now seconds since 1970
 */
export function coverage(
  guests: readonly Guest[],
  {
    jobs,
    backups,
    sees,
    failures,
    now,
  }: {
    jobs: readonly Job[] | undefined;
    backups: readonly Backup[];
    sees: SeenBackups['sees'];
    failures: ReadonlyMap<number, BackupFailure>;
    now: number;
  },
): Coverage[] {
  const byGuest = new Map<number, Backup[]>();
  for (const backup of backups) {
    const own = byGuest.get(backup.vmid ?? 0);
    if (own) own.push(backup);
    else byGuest.set(backup.vmid ?? 0, [backup]);
  }
  const active = (jobs ?? []).filter(({ enabled }) => enabled);
  const unread = jobs === undefined || active.some((job) => job.guests === undefined);
  const dues = new Map(active.map((job) => [job.id, dueOf(job, now)]));
  const covering = new Map<number, { job: Job; leftOut: string[] }[]>();
  for (const job of active)
    for (const { vmid, leftOut } of job.guests ?? [])
      covering.set(vmid, [...(covering.get(vmid) ?? []), { job, leftOut }]);
  return guests
    .map((guest): Coverage => {
      const own = byGuest.get(guest.vmid) ?? [];
      const newest = own[0]?.ctime;
      const by = covering.get(guest.vmid) ?? [];
      const due = Math.max(...by.map(({ job }) => dues.get(job.id) ?? 0), 0);
      const failed = failures.get(guest.vmid);
      const failure = failed && failed.time > (newest ?? 0) ? failed : undefined;
      // What is not seen may be there: that there is none can't be said then.
      const blind = by.some(({ job }) => job.storage !== undefined && !sees(guest, job.storage));
      const facts = { covered: by.length > 0, unread, blind, newest, due };
      const state = stateOf({ ...facts, failing: failure !== undefined });
      return {
        ...{ guest, state, jobs: by.map(({ job }) => job.id), backups: own },
        leftOut: by[0]?.leftOut.filter((disk) => by.every(({ leftOut }) => leftOut.includes(disk))) ?? [],
        ...(due > 0 && { due }),
        ...(failure && { failure }),
      };
    })
    .sort((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state) || a.guest.vmid - b.guest.vmid);
}

function dueOf({ schedule, nextRun }: Job, now: number): number | undefined {
  return schedule === undefined ? undefined : lastRun(schedule, now - GRACE, nextRun);
}

function stateOf(facts: {
  covered: boolean;
  unread: boolean;
  blind: boolean;
  newest: number | undefined;
  due: number;
  failing: boolean;
}): State {
  const { covered, unread, blind, newest, due, failing } = facts;
  if (failing && !blind) return 'failing';
  if (!covered) return unread ? 'unknown' : 'uncovered';
  if (newest !== undefined && newest >= due) return 'ok';
  if (blind) return 'unknown';
  return newest === undefined ? 'never' : 'stale';
}
