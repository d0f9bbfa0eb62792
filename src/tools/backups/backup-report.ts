import * as z from 'zod';
import { allBackups, backupJobs, jobGuests } from '../../pve/backups.ts';
import type { Guest } from '../../pve/guests.ts';
import { kindOf } from '../../pve/resources.ts';
import { Sight } from '../../pve/sight.ts';
import { line } from '../../render/untrusted.ts';
import { holding } from '../../schema/held.ts';
import { list } from '../arguments.ts';
import { detail, firstOf } from '../detail.ts';
import { chosenGuests } from '../guests/chosen-guests.ts';
import { defineTool, type ToolContext } from '../tool.ts';
import { backupFailures } from './backup-failures.ts';
import { reportText } from './backup-report-text.ts';
import { coverage, type Job, STATES } from './coverage.ts';

export const backupReport = defineTool({
  name: 'backup_report',
  title: 'Backup report',
  toolset: 'backups',
  effect: 'read',
  description:
    'Backups of every guest: in no job, never made, stale, failing and why, newest, left-out disks. Next: backup_guest.',
  input: z.strictObject({ guests: list('guests').describe('only these'), detail: detail() }),
  output: z.object({
    counts: z.record(z.string(), z.number()),
    jobs: z.array(
      z.object({
        ...{ id: z.string(), enabled: z.boolean(), schedule: z.string().optional() },
        ...{ storage: z.string().optional(), guests: z.number().optional() },
      }),
    ),
    guests: z.array(
      z.object({
        ...{ vmid: z.number(), name: z.string().optional(), node: z.string(), state: z.enum(STATES) },
        jobs: z.array(z.string()),
        newest: z.number().optional().describe('seconds since 1970'),
        count: z.number(),
        size: z.number().describe('bytes, all together'),
        ...{ protected: z.number(), verified: z.number(), encrypted: z.number() },
        left_out: z.array(z.string()),
        error: z.string().optional(),
        upid: z.string().optional(),
      }),
    ),
    gone: z.array(z.object({ vmid: z.number(), count: z.number(), size: z.number() })),
    unseen: z.array(z.string()),
  }),
  example: {},
  async run({ guests: named, detail: wanted }, context) {
    const { pve, clock, signal } = context;
    const sight = new Sight();
    const resources = await pve.resources.list(undefined, { signal });
    const online = resources.flatMap((one) =>
      one.type === 'node' && one.status === 'online' ? (one.node ?? []) : [],
    );
    const held = await pve.access.permissions();
    const [{ backups, sees }, jobs, failuresOf] = await Promise.all([
      allBackups(pve.api, resources, sight, { signal, held }),
      readJobs(sight, context),
      backupFailures(online.sort(), sight, context),
    ]);
    for (const { type, node, status } of resources) {
      if (type !== 'node') continue;
      if (status !== 'online') sight.missed(`backup tasks of ${node}`, 'the node is offline');
      else if (held !== undefined && holding(held, `/nodes/${node}`, 'Sys.Audit') === 'no')
        sight.missed(`backup tasks of others on ${node}`, 'this login has no Sys.Audit there');
    }
    const failures = await failuresOf(backups);
    const everyone = resources.filter(
      (one): one is Guest => kindOf(one) === 'guest' && one.vmid !== undefined,
    );
    const only =
      named === undefined || named.trim() === ''
        ? everyone.filter(({ template }) => !template)
        : await chosenGuests({ guests: named }, pve.guests, { signal });
    const all = coverage(only, { jobs, backups, sees, failures, now: clock.now() / 1000 });
    const known = new Set(everyone.map(({ vmid }) => vmid));
    const gone = new Map<number, { vmid: number; count: number; size: number }>();
    for (const { vmid, size = 0 } of backups) {
      if (vmid === undefined || known.has(vmid) || named !== undefined) continue;
      const before = gone.get(vmid) ?? { vmid, count: 0, size: 0 };
      gone.set(vmid, { vmid, count: before.count + 1, size: before.size + size });
    }
    const counts = Object.fromEntries(
      STATES.map((state) => [state, all.filter((each) => each.state === state).length] as const),
    );
    const { shown, more } = firstOf(all, 30, wanted);
    const unseen = sight.unseen.map((text) => line(text));
    const orphans = [...gone.values()].sort((a, b) => b.size - a.size);
    const facts = { counts, jobs, shown, more, unseen, gone: orphans, now: clock.now() / 1000, wanted };
    const templates = named === undefined ? everyone.filter(({ template }) => template).length : 0;
    return reportText(
      { ...facts, templates },
      {
        ...{ counts, unseen, gone: orphans },
        jobs: (jobs ?? []).map(({ id, enabled, schedule, storage, guests }) => ({
          ...{ id: line(id), enabled },
          ...(schedule !== undefined && { schedule: line(schedule) }),
          ...(storage !== undefined && { storage }),
          ...(guests !== undefined && { guests: guests.length }),
        })),
        guests: shown.map(({ guest, state, jobs: by, backups: own, leftOut, failure }) => ({
          ...{ vmid: guest.vmid, node: guest.node, state, jobs: by.map((id) => line(id)) },
          ...(guest.name !== undefined && { name: line(guest.name) }),
          ...(own[0] && { newest: own[0].ctime }),
          ...{ count: own.length, size: own.reduce((sum, { size = 0 }) => sum + size, 0) },
          protected: own.filter((each) => each.protected).length,
          verified: own.filter(({ verified }) => verified === 'ok').length,
          encrypted: own.filter(({ encrypted }) => encrypted).length,
          left_out: leftOut,
          ...(failure && { error: line(failure.error), upid: failure.upid }),
        })),
      },
    );
  },
});

/** The jobs with the guests that each covers; undefined where the login may not see them. */
async function readJobs(sight: Sight, { pve, signal }: ToolContext): Promise<Job[] | undefined> {
  const jobs = await sight.of('backup jobs', backupJobs(pve.api, { signal }));
  if (jobs === undefined) return undefined;
  return Promise.all(
    jobs.map(async (job) => ({
      ...job,
      guests: await sight.of(`guests of the job ${line(job.id, 60)}`, jobGuests(pve.api, job.id, { signal })),
    })),
  );
}
