import * as z from 'zod';
import { Failure } from '../../failure.ts';
import type { Guest } from '../../pve/guests.ts';
import { Sight } from '../../pve/sight.ts';
import { type Snapshot, snapshotPath } from '../../pve/snapshots.ts';
import { stepsText } from '../../render/steps-text.ts';
import { table } from '../../render/table.ts';
import { duration, time } from '../../render/units.ts';
import { fence, line } from '../../render/untrusted.ts';
import { wholeNumber, words, yesNo } from '../arguments.ts';
import { within } from '../detail.ts';
import { chosenGuests } from '../guests/chosen-guests.ts';
import { demandOnline } from '../guests/many-guests.ts';
import { runSteps } from '../steps.ts';
import { followText } from '../task-text.ts';
import { defineTool, type ToolContext } from '../tool.ts';
import { readSnapshots } from './list-snapshots.ts';

type Found = { guest: Guest; snapshot: Snapshot };

/** How many go in one call: a person must be able to read what is asked. */
const MOST = 40;

export const deleteSnapshot = defineTool({
  name: 'delete_snapshot',
  title: 'Delete snapshots',
  toolset: 'snapshots',
  effect: 'danger',
  description: 'Delete snapshots by name or age; preview lists them.',
  input: z.strictObject({
    guests: words('guests').describe('100,web1 or all'),
    snapshot: words('snapshot').optional(),
    older_days: wholeNumber('older_days', 0, 9999).optional(),
    preview: yesNo('preview').optional(),
  }),
  output: z.object({
    state: z.enum(['preview', 'done', 'running', 'nothing']),
    snapshots: z.array(
      z.object({
        vmid: z.number(),
        name: z.string(),
        taken: z.number().optional().describe('seconds since 1970'),
      }),
    ),
    upid: z.string().optional(),
    unseen: z.array(z.string()),
  }),
  example: { guests: '103', older_days: 30, preview: true },
  async run({ guests: named, snapshot, older_days, preview }, context) {
    const name = snapshot?.trim() || undefined;
    if ((name === undefined) === (older_days === undefined))
      throw new Failure(
        'invalid_argument',
        name === undefined
          ? 'Which snapshots?'
          : 'A name and an age are given, which are two ways to choose.',
        'Give snapshot=<name>, or older_days=<days>. snapshot_guest action=list shows them.',
      );
    const sight = new Sight();
    const found = await choose(named, { name, olderDays: older_days }, sight, context);
    const unseen = sight.unseen.map((text) => line(text));
    const data = {
      snapshots: found.map(({ guest, snapshot: { name, snaptime } }) => ({
        ...{ vmid: guest.vmid, name: line(name, 60) },
        ...(snaptime !== undefined && { taken: snaptime }),
      })),
      unseen,
    };
    const notSeen = unseen.map((text) => `Not seen: ${text}`);
    const s = found.length === 1 ? '' : 's';
    const list = found.length > 0 && fence('Proxmox', listed(found, context.clock.now() / 1000));
    if (found.length === 0)
      return within(
        'brief',
        [`No snapshot is older than ${older_days} days: nothing to delete.`, ...notSeen],
        {
          ...{ ...data, state: 'nothing' as const },
        },
      );
    if (preview)
      return within(
        'brief',
        [`PREVIEW, nothing done: ${found.length} snapshot${s} would be deleted for good`, list, ...notSeen],
        { ...data, state: 'preview' as const },
      );
    const job = await runSteps(
      found.map(({ guest, snapshot }) => ({
        name: `delete ${snapshot.name} of ${guest.vmid}`,
        verb: 'DELETE' as const,
        path: snapshotPath(guest, snapshot.name),
      })),
      context,
    );
    const upid = (job.running ?? job.task)?.upid;
    const gone = job.steps.filter(({ state }) => state === 'done').length;
    const head = job.running
      ? `${gone} of ${found.length} snapshots deleted, one STILL BEING DELETED. ${followText(upid)} Then call this again for what is left.`
      : `${gone} snapshot${s} deleted`;
    return within(
      'brief',
      [head, list, found.length > 1 && job.running && stepsText(job.steps), ...notSeen],
      {
        ...{ ...data, state: job.running ? ('running' as const) : ('done' as const) },
        ...(upid !== undefined && { upid }),
      },
    );
  },
});

async function choose(
  named: string,
  { name, olderDays }: { name: string | undefined; olderDays: number | undefined },
  sight: Sight,
  context: ToolContext,
): Promise<Found[]> {
  const all = named.trim().toLowerCase() === 'all';
  const guests = all
    ? await context.pve.guests.list(context)
    : await chosenGuests({ guests: named }, context.pve.guests, context);
  if (guests.length === 1 && guests[0]) demandOnline(guests[0]);
  const every = await readSnapshots(guests, sight, context);
  const before = context.clock.now() / 1000 - (olderDays ?? 0) * 86_400;
  const found = every.filter(({ snapshot }) =>
    name === undefined ? (snapshot.snaptime ?? Number.POSITIVE_INFINITY) < before : snapshot.name === name,
  );
  if (found.length > MOST)
    throw new Failure(
      'invalid_argument',
      `${found.length} snapshots are meant, more than the ${MOST} that go in one call.`,
      'Name fewer guests, or choose a greater age.',
    );
  if (name !== undefined && found.length === 0)
    throw new Failure(
      'not_found',
      line(`There is no snapshot ${name} of ${all ? 'any guest' : named}.`),
      [
        every.length > 0
          ? line(
              `There are: ${every
                .slice(0, 20)
                .map(({ guest, snapshot }) => `${snapshot.name} of ${guest.vmid}`)
                .join(', ')}.`,
            )
          : 'There are none at all.',
        ...sight.unseen.map((text) => line(`Not seen: ${text}.`)),
      ].join(' '),
    );
  return found;
}

function listed(found: readonly Found[], now: number): string {
  return table<Found>(
    [
      { head: 'GUEST', cell: ({ guest }) => `${guest.vmid} ${guest.name ?? ''}` },
      { head: 'SNAPSHOT', cell: ({ snapshot }) => snapshot.name },
      { head: 'TAKEN', cell: ({ snapshot }) => snapshot.snaptime && time(snapshot.snaptime) },
      { head: 'AGE', cell: ({ snapshot }) => snapshot.snaptime && duration(now - snapshot.snaptime) },
      { head: 'DESCRIPTION', cell: ({ snapshot }) => snapshot.description },
    ],
    found,
  );
}
