import { path } from '../../api/path.ts';
import { Failure } from '../../failure.ts';
import { type Backup, backupsAt } from '../../pve/backups.ts';
import type { Guest } from '../../pve/guests.ts';
import { Sight } from '../../pve/sight.ts';
import { parseUpid } from '../../pve/upid.ts';
import { AT_ONCE, whyFailed } from '../guests/many-guests.ts';
import { inTurns } from '../in-turns.ts';
import { runSteps, type Step, timeIsUp } from '../steps.ts';
import { backupsIn, type GuestBackup } from '../tasks/backup-log.ts';
import { readTaskLog } from '../tasks/task-log-lines.ts';
import type { ToolContext } from '../tool.ts';

/** What became of one guest. */
export interface BackedUp {
  guest: Guest;
  state: 'done' | 'running' | 'failed';
  upid?: string;
  /** Where it landed. */
  backup?: Backup;
  took?: string;
  error?: string;
}

/** What Proxmox calls these. */
export interface HowToBackUp {
  storage: string;
  mode: string;
  'notes-template': string;
  protected?: boolean;
}

/** Backs these guests up: one task for each node, all at once; each task takes its guests one after the other. */
export async function backUp(
  guests: readonly Guest[],
  how: HowToBackUp,
  context: ToolContext,
): Promise<BackedUp[]> {
  const nodes = [...new Set(guests.map(({ node }) => node))].sort();
  const work = nodes.map((node) => {
    const own = guests.filter((guest) => guest.node === node);
    return { node, own, step: stepFor(node, own, how) };
  });
  if (work.length > 1) await context.pve.api.foresee(work.map(({ step }) => step));
  const until = timeIsUp(context);
  const outcomes: BackedUp[] = [];
  await inTurns(work, AT_ONCE, async ({ node, own, step }) => {
    outcomes.push(
      ...(await onNode(node, own, step, how.storage, { alone: work.length === 1, until }, context)),
    );
  });
  return outcomes.sort((a, b) => a.guest.vmid - b.guest.vmid);
}

function stepFor(node: string, own: readonly Guest[], how: HowToBackUp): Step {
  const vmid = own.map((guest) => guest.vmid).join(',');
  return {
    name: `back up ${vmid}`,
    verb: 'POST',
    path: path`/nodes/${node}/vzdump`,
    // Nothing that is there already is to go: without this the storage's retention would be applied.
    params: { vmid, ...how, compress: 'zstd', remove: 0 },
  };
}

async function onNode(
  node: string,
  own: readonly Guest[],
  step: Step,
  storage: string,
  { alone, until }: { alone: boolean; until: number },
  context: ToolContext,
): Promise<BackedUp[]> {
  let upid: string | undefined;
  let failure: Failure | undefined;
  let running = false;
  try {
    const job = await runSteps([step], context, { until });
    upid = (job.running ?? job.task)?.upid;
    running = job.running !== undefined;
  } catch (error) {
    // Of many guests some may be done, and what other nodes began goes on; alone, what began no task has done nothing.
    if (!(error instanceof Failure) || context.signal.aborted) throw error;
    if (alone && error.details.upid === undefined) throw error;
    failure = error;
    upid = error.details.upid;
  }
  const parts = await partsOf(upid, context);
  const made = await landed(storage, node, upid, context);
  return own.map((guest): BackedUp => {
    const part = parts.get(guest.vmid);
    const facts = { guest, ...(upid !== undefined && { upid }), ...(part?.took && { took: part.took }) };
    const backup = made.find(({ vmid }) => vmid === guest.vmid);
    const done = part === undefined ? failure === undefined && !running : part.state === 'ok';
    if (done) return { ...facts, state: 'done', ...(backup && { backup }) };
    if (running && part?.state !== 'failed') return { ...facts, state: 'running' };
    return {
      ...facts,
      state: 'failed',
      error: part?.error ?? (failure && whyFailed(failure)) ?? 'not backed up',
    };
  });
}

/** What the log says of each guest: the end of a task for many says no more than `job errors`. */
async function partsOf(upid: string | undefined, context: ToolContext): Promise<Map<number, GuestBackup>> {
  if (upid === undefined) return new Map();
  const log = await new Sight().of('log', readTaskLog(parseUpid(upid), context));
  return new Map(backupsIn(log?.lines ?? []).map((part) => [part.vmid, part]));
}

/** The backups that lie there since the task began. */
async function landed(
  storage: string,
  node: string,
  upid: string | undefined,
  { pve, signal }: ToolContext,
): Promise<Backup[]> {
  if (upid === undefined) return [];
  const { starttime } = parseUpid(upid);
  const found = await new Sight().of('backups', backupsAt(pve.api, { storage, node }, { signal }));
  return (found ?? []).filter(({ ctime }) => ctime >= starttime);
}
