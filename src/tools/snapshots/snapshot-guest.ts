import * as z from 'zod';
import { Failure } from '../../failure.ts';
import type { Guest } from '../../pve/guests.ts';
import { line } from '../../render/untrusted.ts';
import { word, words, yesNo } from '../arguments.ts';
import { within } from '../detail.ts';
import { chosen, chosenGuests } from '../guests/chosen-guests.ts';
import { AT_ONCE, nameOf, warned, whyFailed, whyTheyFailed } from '../guests/many-guests.ts';
import { inTurns } from '../in-turns.ts';
import { runSteps, type Step, timeIsUp } from '../steps.ts';
import { followText } from '../task-text.ts';
import { defineTool, type ToolContext } from '../tool.ts';
import { listed, listSnapshots } from './list-snapshots.ts';
import { type Asked, planSnapshot } from './plan-snapshot.ts';

const outcome = z.object({
  vmid: z.number(),
  name: z.string().optional(),
  node: z.string(),
  state: z.enum(['done', 'running', 'failed']),
  snapshot: z.string().optional(),
  ram: z.boolean().optional(),
  upid: z.string().optional(),
  error: z.string().optional(),
  warnings: z.string().optional(),
});
type Outcome = z.output<typeof outcome>;

export const snapshotGuest = defineTool({
  name: 'snapshot_guest',
  title: 'Snapshot guests',
  toolset: 'snapshots',
  effect: 'change',
  alsoReads: true,
  description:
    'Snapshot VMs and containers before an upgrade or change, or list snapshots. Then delete_snapshot, or rollback_guest to go back.',
  input: z.strictObject({
    ...chosen,
    action: word('action', ['create', 'list'], { take: 'create', show: 'list' }),
    snapshot: words('snapshot').optional().describe('default: the date'),
    ram: yesNo('ram').optional().describe('save RAM too'),
    description: words('description').optional(),
  }),
  output: z.object({
    action: z.string(),
    guests: z.array(outcome),
    snapshots: z.array(listed),
  }),
  example: { guests: '100', action: 'list' },
  async run({ action, snapshot, ram, description, ...who }, context) {
    const guests = await chosenGuests(who, context.pve.guests, context);
    if (action === 'list') return listSnapshots(guests, context);
    const outcomes = await takeAll(
      guests,
      { name: snapshot?.trim() || undefined, ram: ram ?? false, description },
      context,
    );
    const done = outcomes.filter(({ state }) => state === 'done');
    const rest = outcomes.filter(({ state }) => state !== 'done');
    const why = whyTheyFailed(outcomes);
    const parts = [headline(outcomes), ...rest.map(sentence), why, next(outcomes), ...done.map(sentence)];
    return within(
      'brief',
      done.length > 10 ? parts : [headline(outcomes), ...outcomes.map(sentence), why, next(outcomes)],
      {
        ...{ action, guests: outcomes, snapshots: [] },
      },
    );
  },
});

async function takeAll(guests: readonly Guest[], asked: Asked, context: ToolContext): Promise<Outcome[]> {
  const plans = new Map<number, Awaited<ReturnType<typeof planSnapshot>>>();
  const outcomes = new Map<number, Outcome>();
  /** Of many, those that can be done are done. */
  const trying = (work: (guest: Guest) => Promise<void>) => async (guest: Guest) => {
    try {
      await work(guest);
    } catch (error) {
      if (guests.length === 1 || !(error instanceof Failure) || context.signal.aborted) throw error;
      const { upid } = error.details;
      const failed = { ...whose(guest), state: 'failed' as const, error: line(whyFailed(error)) };
      outcomes.set(guest.vmid, { ...failed, ...(upid !== undefined && { upid }) });
    }
  };
  await inTurns(
    guests,
    AT_ONCE,
    trying(async (guest) => void plans.set(guest.vmid, await planSnapshot(guest, asked, context))),
  );
  const steps: Step[] = guests.flatMap(({ vmid }) => plans.get(vmid)?.step ?? []);
  if (steps.length > 1) await context.pve.api.foresee(steps);
  const until = timeIsUp(context);
  await inTurns(
    guests.filter(({ vmid }) => plans.has(vmid)),
    AT_ONCE,
    trying(async (guest) => {
      const { step, snapshot, ram } = plans.get(guest.vmid) as NonNullable<
        Awaited<ReturnType<typeof planSnapshot>>
      >;
      const { running, task } = await runSteps([step], context, { until });
      const warnings = warned(task);
      outcomes.set(guest.vmid, {
        ...whose(guest),
        ...(warnings !== undefined && { warnings }),
        ...{ state: running ? 'running' : 'done', snapshot, ram },
        ...(task !== undefined && { upid: task.upid }),
      });
    }),
  );
  return guests.flatMap(({ vmid }) => outcomes.get(vmid) ?? []);
}

function whose({ vmid, name, node }: Guest): Pick<Outcome, 'vmid' | 'name' | 'node'> {
  return { vmid, ...(name !== undefined && { name: line(name) }), node };
}

function headline(all: readonly Outcome[]): string {
  const count = (state: Outcome['state']) => all.filter((each) => each.state === state).length;
  const parts = [
    [count('done'), 'taken'],
    [count('running'), 'STILL RUNNING'],
    [count('failed'), 'FAILED'],
  ].filter(([number]) => number !== 0);
  return `Snapshots: ${parts.map((part) => part.join(' ')).join(', ')}`;
}

function sentence(each: Outcome): string {
  const whom = `${nameOf(each)} on ${each.node}`;
  if (each.state === 'failed') return line(`${whom}: FAILED`);
  const how = each.ram ? 'with its RAM' : 'disks and settings, no RAM';
  if (each.state === 'done')
    return line(
      `${whom}: ${each.snapshot} (${how})${each.warnings === undefined ? '' : `, ${each.warnings}`}`,
    );
  return line(`${whom}: ${each.snapshot} STILL RUNNING. ${followText(each.upid)}`);
}

/** How to go on: the work is done between this call and one of these. */
function next(all: readonly Outcome[]): string | undefined {
  const made = all.filter(({ state }) => state === 'done');
  const [first] = made;
  if (first === undefined) return undefined;
  const same = made.every(({ snapshot }) => snapshot === first.snapshot);
  const whom = (same ? made : [first]).map(({ vmid }) => vmid).join(',');
  return [
    'Now do the work. Then',
    `- if all is well: delete_snapshot guests=${whom} snapshot=${first.snapshot}`,
    `- to go back: rollback_guest guest=${first.vmid} snapshot=${first.snapshot}${made.length > 1 ? ' (each guest by itself)' : ''}`,
  ].join('\n');
}
