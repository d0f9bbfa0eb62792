import * as z from 'zod';
import { path } from '../../api/path.ts';
import { Failure } from '../../failure.ts';
import type { Guest } from '../../pve/guests.ts';
import { powerPath } from '../../pve/power.ts';
import { row } from '../../pve/read.ts';
import { type Snapshot, snapshotPath, snapshotsOf } from '../../pve/snapshots.ts';
import { stepsText } from '../../render/steps-text.ts';
import { fence, line } from '../../render/untrusted.ts';
import { words, yesNo } from '../arguments.ts';
import { demandOnline, nameOf } from '../guests/many-guests.ts';
import { runSteps, type Step } from '../steps.ts';
import { followText } from '../task-text.ts';
import { defineTool, type ToolContext } from '../tool.ts';
import { type GoingBack, goingBack } from './going-back.ts';

export const rollbackGuest = defineTool({
  name: 'rollback_guest',
  title: 'Roll a guest back',
  toolset: 'snapshots',
  effect: 'danger',
  description: 'Roll a VM or container back to a snapshot; preview says what is lost.',
  input: z.strictObject({
    guest: words('guest'),
    snapshot: words('snapshot'),
    start: yesNo('start').optional(),
    delete_newer: yesNo('delete_newer').optional(),
    preview: yesNo('preview').optional(),
  }),
  output: z.object({
    vmid: z.number(),
    node: z.string(),
    snapshot: z.string(),
    state: z.enum(['preview', 'done', 'running']),
    lost: z.array(z.string()),
    upid: z.string().optional(),
    steps: z.array(z.looseObject({ step: z.string(), state: z.string() })),
  }),
  example: { guest: '100', snapshot: 'after-upgrade', preview: true },
  async run({ guest: wanted, snapshot: name, start, delete_newer, preview }, context) {
    const guest = await context.pve.guests.find(wanted, context);
    demandOnline(guest);
    const { snapshot, going } = await look(guest, name.trim(), context);
    const whom = nameOf(guest);
    const facts = { vmid: guest.vmid, node: guest.node, snapshot: line(snapshot.name), lost: going.lost };
    const steps = stepsOf(guest, snapshot, going, start ?? guest.status === 'running');
    const lostText = ['Lost with it:', fence('Proxmox', going.lost.map((each) => `- ${each}`).join('\n'))];
    if (preview)
      return {
        text: [
          line(`PREVIEW, nothing done: rolling ${whom} back to ${snapshot.name}`),
          ...lostText,
          `It would: ${steps.map((step) => line(step.name)).join(', then ')}.${going.inTheWay.length > 0 ? ' Needs delete_newer=true.' : ''}`,
        ].join('\n'),
        data: {
          ...facts,
          state: 'preview' as const,
          steps: steps.map((step) => ({ step: step.name, state: 'left' })),
        },
      };
    if (going.inTheWay.length > 0 && !delete_newer)
      throw new Failure(
        'wrong_state',
        line(
          `${whom} is on ZFS, which can only go back to the newest snapshot; newer than ${snapshot.name}: ${going.inTheWay.map((each) => each.name).join(', ')}.`,
        ),
        'With delete_newer=true these are deleted first, for good. Or clone the guest from that snapshot with clone_guest, which loses nothing.',
      );
    const job = await runSteps(steps, context);
    const state = job.running ? ('running' as const) : ('done' as const);
    const upid = (job.running ?? job.task)?.upid;
    return {
      text: [
        line(
          `${whom} on ${guest.node}: ${job.running ? 'rollback STILL RUNNING' : 'rolled back'} to ${snapshot.name}.`,
        ),
        job.running && followText(upid),
        stepsText(job.steps),
        ...lostText,
      ]
        .filter(Boolean)
        .join('\n'),
      data: {
        ...{ ...facts, state, steps: job.steps.map((step) => ({ ...step })) },
        ...(upid !== undefined && { upid }),
      },
    };
  },
});

async function look(
  guest: Guest,
  name: string,
  { pve, clock, signal }: ToolContext,
): Promise<{ snapshot: Snapshot; going: GoingBack }> {
  const all = await snapshotsOf(pve.api, guest, { signal });
  const snapshot = all.find((each) => each.name === name);
  if (snapshot === undefined)
    throw new Failure(
      'not_found',
      line(`${nameOf(guest)} has no snapshot ${name}.`),
      all.length === 0
        ? 'It has none at all. Is there a backup? restore_backup.'
        : line(`It has: ${all.map((each) => each.name).join(', ')}.`),
    );
  const to = path`/nodes/${guest.node}/${guest.type}/${guest.vmid}/config`;
  const [current, before, storages] = await Promise.all([
    pve.api.get<unknown>(to, {}, { signal }),
    pve.api.get<unknown>(to, { snapshot: snapshot.name }, { signal }),
    pve.resources.list('storage', { signal }),
  ]);
  const types = new Map(storages.map((each) => [each.name, each.plugintype]));
  const facts = { all, current: row(current), before: row(before), types, now: clock.now() / 1000 };
  return { snapshot, going: goingBack(guest, snapshot, facts) };
}

function stepsOf(guest: Guest, snapshot: Snapshot, { inTheWay }: GoingBack, start: boolean): Step[] {
  const steps: Step[] = inTheWay.map(({ name }) => ({
    name: `delete the newer snapshot ${name}`,
    verb: 'DELETE',
    path: snapshotPath(guest, name),
  }));
  steps.push({
    name: `roll ${guest.vmid} back to ${snapshot.name}`,
    verb: 'POST',
    path: path`/nodes/${guest.node}/${guest.type}/${guest.vmid}/snapshot/${snapshot.name}/rollback`,
  });
  // With its RAM it goes on where it was: there is nothing to start.
  if (start && !snapshot.ram)
    steps.push({ name: `start ${guest.vmid}`, verb: 'POST', path: powerPath(guest, 'start') });
  return steps;
}
