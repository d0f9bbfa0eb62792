import * as z from 'zod';
import { Failure } from '../../failure.ts';
import { backupJobs } from '../../pve/backups.ts';
import { NODE_OFFLINE } from '../../pve/resources.ts';
import { bytes } from '../../render/units.ts';
import { fence, line } from '../../render/untrusted.ts';
import { word, words, yesNo } from '../arguments.ts';
import { within } from '../detail.ts';
import { chosen, chosenGuests } from '../guests/chosen-guests.ts';
import { demandOnline, nameOf } from '../guests/many-guests.ts';
import { followText } from '../task-text.ts';
import { meaningOf } from '../tasks/task-errors.ts';
import { defineTool, type ToolContext } from '../tool.ts';
import { type BackedUp, backUp } from './back-up.ts';
import { backupStorage, type ChosenStorage, freeText } from './backup-storage.ts';

export const backupGuest = defineTool({
  name: 'backup_guest',
  title: 'Back up guests now',
  toolset: 'backups',
  effect: 'change',
  description:
    'Back up VMs and containers now (vzdump), one or many; says where each landed. Undo: restore_backup. All backups: backup_report.',
  input: z.strictObject({
    ...chosen,
    storage: words('storage').optional().describe("default: the jobs'"),
    mode: word('mode', ['snapshot', 'suspend', 'stop']).optional(),
    notes: words('notes').optional(),
    protected: yesNo('protected').optional(),
  }),
  output: z.object({
    storage: z.string(),
    guests: z.array(
      z.object({
        ...{ vmid: z.number(), name: z.string().optional(), node: z.string() },
        state: z.enum(['done', 'running', 'failed']),
        volid: z.string().optional(),
        size: z.number().optional().describe('bytes'),
        ...{ upid: z.string().optional(), error: z.string().optional() },
      }),
    ),
  }),
  example: { guests: '200', notes: 'before the change' },
  async run({ storage: asked, mode, notes, protected: keep, ...who }, context) {
    const { pve, signal } = context;
    const guests = await chosenGuests(who, pve.guests, context);
    if (guests.length === 1 && guests[0]) demandOnline(guests[0]);
    const able = guests.filter(({ status }) => status !== NODE_OFFLINE);
    if (able.length === 0 && guests[0]) demandOnline(guests[0]);
    const nodes = [...new Set(able.map(({ node }) => node))].sort();
    const [resources, jobs] = await Promise.all([
      pve.resources.list(undefined, { signal }),
      asked === undefined ? jobsIfSeen(context) : [],
    ]);
    const target = backupStorage(asked?.trim() || undefined, nodes, resources, jobs);
    const made = await backUp(
      able,
      {
        ...{ storage: target.storage, mode: mode ?? 'snapshot' },
        // The template knows backslashes and no line breaks.
        'notes-template': notes?.trim().replaceAll('\\', '\\\\').replaceAll('\n', '\\n') || '{{guestname}}',
        ...(keep && { protected: true }),
      },
      context,
    );
    const away = guests
      .filter(({ status }) => status === NODE_OFFLINE)
      .map((guest): BackedUp => ({ guest, state: 'failed', error: `its node ${guest.node} is offline` }));
    const all = [...made, ...away].sort((a, b) => a.guest.vmid - b.guest.vmid);
    if (all.every(({ state }) => state === 'failed')) throw nothingMade(all, target);
    return within('brief', text(all, target), { storage: target.storage, guests: all.map(fact) });
  },
});

/** Only to choose a storage: a login that may not see the jobs goes on without. */
async function jobsIfSeen({ pve, signal }: ToolContext) {
  try {
    return await backupJobs(pve.api, { signal });
  } catch (error) {
    if (error instanceof Failure && error.code === 'forbidden') return [];
    throw error;
  }
}

function nothingMade(all: readonly BackedUp[], { storage, free }: ChosenStorage): Failure {
  const [first] = all;
  const meaning = meaningOf(all.map(({ upid, error }) => (upid === undefined ? undefined : error)));
  const why = all.map(({ guest, error }) => `${nameOf(guest)}: ${error}`).join('; ');
  return new Failure(
    'task_failed',
    `No backup was made on ${storage}. ${line(why, 1400)}`,
    [meaning, `${storage} has ${freeText(free)}.`].filter(Boolean).join(' '),
    first?.upid === undefined ? { said: line(why, 1400) } : { upid: first.upid, said: line(why, 1400) },
  );
}

/** The failures before what went well, since the last lines are left out where there are too many. */
function text(
  all: readonly BackedUp[],
  { storage, why, free }: ChosenStorage,
): (string | undefined | false)[] {
  const count = (state: BackedUp['state']) => all.filter((each) => each.state === state).length;
  const parts = [
    [count('done'), 'done'],
    [count('running'), 'STILL RUNNING'],
    [count('failed'), 'FAILED'],
  ].filter(([number]) => number !== 0);
  const head = `Backup to ${storage}${why ? `, ${why}` : ''}: ${parts.map((part) => part.join(' ')).join(', ')}`;
  const failed = all.flatMap(({ guest, error }) =>
    error === undefined ? [] : line(`${guest.vmid}: ${error}`),
  );
  const meaning = meaningOf(all.map(({ upid, error }) => (upid === undefined ? undefined : error)));
  const running = new Set(all.flatMap(({ state, upid }) => (state === 'running' ? (upid ?? []) : [])));
  return [
    head,
    ...all.filter(({ state }) => state !== 'done').map(sentence),
    failed.length > 0 && fence('errors', failed.join('\n')),
    ...[...running].map((upid) => followText(upid)),
    meaning && `What to do: ${meaning} ${storage} has ${freeText(free)}.`,
    ...all.filter(({ state }) => state === 'done').map(sentence),
  ];
}

function sentence({ guest, state, backup, took }: BackedUp): string {
  const whom = `${nameOf(guest)} on ${guest.node}`;
  if (state === 'failed') return line(`${whom}: FAILED`);
  if (state === 'running') return line(`${whom}: STILL RUNNING`);
  if (backup === undefined) return line(`${whom}: done`);
  const marks = [
    backup.size !== undefined && bytes(backup.size),
    took !== undefined && `took ${took}`,
    backup.protected && 'protected',
  ];
  return line(`${whom}: ${[backup.volid, ...marks].filter(Boolean).join(', ')}`);
}

function fact({ guest, state, backup, upid, error }: BackedUp) {
  return {
    ...{ vmid: guest.vmid, node: guest.node, state },
    ...(guest.name !== undefined && { name: line(guest.name) }),
    ...(backup && { volid: line(backup.volid) }),
    ...(backup?.size !== undefined && { size: backup.size }),
    ...(upid !== undefined && { upid }),
    ...(error !== undefined && { error: line(error) }),
  };
}
