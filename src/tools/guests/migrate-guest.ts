import * as z from 'zod';
import { path } from '../../api/path.ts';
import { Failure } from '../../failure.ts';
import { type Guest, guestAmong } from '../../pve/guests.ts';
import { type Row, row } from '../../pve/read.ts';
import { kindOf, NODE_OFFLINE, type Resource } from '../../pve/resources.ts';
import { line } from '../../render/untrusted.ts';
import { list, words, yesNo } from '../arguments.ts';
import { within } from '../detail.ts';
import { inTurns } from '../in-turns.ts';
import { runSteps, type Step, timeIsUp } from '../steps.ts';
import { followText } from '../task-text.ts';
import { defineTool, type ToolContext } from '../tool.ts';
import { warned, whyFailed, whyTheyFailed } from './many-guests.ts';
import { type Move, movePlan } from './migrate-plan.ts';

/** How many move at once: they share the network and the disks. */
const AT_ONCE = 2;
const LOOKS_AT_ONCE = 8;

const outcome = z.object({
  vmid: z.number(),
  name: z.string().optional(),
  from: z.string(),
  to: z.string().optional(),
  how: z.string().optional(),
  state: z.enum(['planned', 'done', 'running', 'failed', 'blocked', 'left']),
  upid: z.string().optional(),
  error: z.string().optional(),
  warnings: z.string().optional(),
});
type Outcome = z.output<typeof outcome>;

export const migrateGuest = defineTool({
  name: 'migrate_guest',
  title: 'Migrate a guest or evacuate a node',
  toolset: 'guests',
  effect: 'change',
  needs: ['GET /cluster/resources'],
  description:
    'Migrate (move) a VM or container to another node, or evacuate a whole node for maintenance: checks memory, storage, devices and HA, then moves. preview shows who would go where.',
  input: z.strictObject({
    guest: words('guest').optional().describe('VMID or unique name'),
    evacuate: words('evacuate').optional().describe('node to empty, instead of guest'),
    to: list('to').optional().describe('node(s); default the freest'),
    storage: words('storage').optional().describe('for local disks, on the target'),
    preview: yesNo('preview').default(false),
  }),
  output: z.object({ guests: z.array(outcome) }),
  example: { evacuate: 'pve1', preview: true },
  async run({ guest, evacuate, to, storage, preview }, context) {
    const { pve, signal } = context;
    if ((guest === undefined) === (evacuate === undefined))
      throw new Failure(
        'invalid_argument',
        guest === undefined ? 'Nothing to move was named.' : 'Both a guest and a node were named.',
        'Give one of: guest (100), evacuate (pve1).',
      );
    const resources = await pve.resources.list(undefined, { signal });
    const nodes = resources.filter((one) => kindOf(one) === 'node');
    const guests =
      guest !== undefined ? [guestAmong(resources, guest)] : guestsOn(evacuate ?? '', nodes, resources);
    const from = guests[0]?.node ?? '';
    if (guests.length === 0) return { text: line(`${evacuate}: no guest is there.`), data: { guests: [] } };
    demandOnline(from, nodes);
    const targets = targetsOf(from, to, nodes);
    if (guest !== undefined && targets.length === 0)
      return { text: line(`${guests[0]?.vmid} is on ${from} already: nothing to do.`), data: { guests: [] } };
    const moves = movePlan(guests, await preconditions(guests, context), nodes, { targets, storage });
    const going = moves.filter(({ blocked }) => blocked === undefined);
    if (guest !== undefined && going.length === 0)
      throw new Failure(
        'wrong_state',
        `${guests[0]?.vmid} can't be moved: ${moves[0]?.blocked}`,
        'Nothing was changed. Name another node (to), a storage for its disks (storage), or take away what is in the way.',
      );
    const done = preview ? new Map<number, Outcome>() : await go(going, guest !== undefined, context);
    const all = moves.map(
      (move) =>
        done.get(move.guest.vmid) ?? outcomeOf(move, move.blocked === undefined ? 'planned' : 'blocked'),
    );
    return within(
      'brief',
      [
        headline(from, all, preview),
        ...all.map(sentence),
        whyTheyFailed(all),
        preview && going.length > 0 && 'Nothing was changed: call again without preview.',
      ],
      { guests: all },
    );
  },
});

async function go(
  moves: readonly Move[],
  alone: boolean,
  context: ToolContext,
): Promise<Map<number, Outcome>> {
  const steps = new Map(moves.map((move) => [move.guest.vmid, stepOf(move)]));
  // One question for all of them, where a person must approve.
  if (!alone) await context.pve.api.foresee([...steps.values()]);
  const until = timeIsUp(context);
  const done = new Map<number, Outcome>();
  let ended = 0;
  await inTurns(moves, AT_ONCE, async (move) => {
    const { vmid } = move.guest;
    if (context.clock.now() >= until) return void done.set(vmid, outcomeOf(move, 'left'));
    try {
      const { task, running } = await runSteps([steps.get(vmid) as Step], context, { until });
      const upid = task?.upid;
      const warnings = warned(task);
      done.set(vmid, {
        ...outcomeOf(move, running ? 'running' : 'done'),
        ...(upid !== undefined && { upid }),
        ...(warnings !== undefined && { warnings }),
      });
    } catch (error) {
      // Of many, those that can go are moved.
      if (alone || !(error instanceof Failure) || context.signal.aborted) throw error;
      const { upid } = error.details;
      done.set(vmid, {
        ...outcomeOf(move, 'failed'),
        error: line(whyFailed(error), 300),
        ...(upid !== undefined && { upid }),
      });
    }
    ended += 1;
    if (!alone) context.progress(ended, moves.length, `${ended} of ${moves.length} moved, last ${vmid}`);
  });
  return done;
}

function stepOf({ guest: { node, type, vmid }, to, params = {} }: Move): Step {
  return {
    name: `migrate ${vmid} to ${to}`,
    verb: 'POST',
    path: path`/nodes/${node}/${type}/${vmid}/migrate`,
    params,
  };
}

/** What Proxmox says about each, or why it does not. */
async function preconditions(
  guests: readonly Guest[],
  { pve, signal }: ToolContext,
): Promise<Map<number, Row | string>> {
  const found = new Map<number, Row | string>();
  await inTurns(guests, LOOKS_AT_ONCE, async ({ node, type, vmid, lock }) => {
    try {
      found.set(vmid, row(await pve.api.get(path`/nodes/${node}/${type}/${vmid}/migrate`, {}, { signal })));
    } catch (error) {
      if (!(error instanceof Failure) || signal.aborted) throw error;
      const moving = lock === 'migrate' ? 'it is being moved already: ' : '';
      found.set(vmid, `${moving}${line(error.message, 300)}`);
    }
  });
  return found;
}

function guestsOn(node: string, nodes: readonly Resource[], resources: readonly Resource[]): Guest[] {
  demandKnown([node], nodes);
  return resources
    .filter((one): one is Guest => kindOf(one) === 'guest' && one.vmid !== undefined && one.node === node)
    .sort((a, b) => a.vmid - b.vmid);
}

function targetsOf(from: string, to: string | undefined, nodes: readonly Resource[]): string[] {
  const wanted = (to ?? '').split(/[,;\s]+/).filter((node) => node !== '');
  demandKnown(wanted, nodes);
  for (const node of wanted) demandOnline(node, nodes);
  const online = nodes.filter(({ status }) => status === 'online').flatMap(({ node }) => node ?? []);
  return (wanted.length > 0 ? wanted : online).filter((node) => node !== from).sort();
}

function demandKnown(wanted: readonly string[], nodes: readonly Resource[]): void {
  const known = nodes.flatMap(({ node }) => node ?? []).sort();
  const unknown = wanted.find((node) => !known.includes(node));
  if (unknown !== undefined)
    throw new Failure(
      'not_found',
      `There is no node ${line(unknown, 60)}.`,
      `There are: ${known.join(', ')}.`,
    );
}

function demandOnline(node: string, nodes: readonly Resource[]): void {
  if (nodes.find((one) => one.node === node)?.status === 'online') return;
  throw new Failure(
    'node_unreachable',
    `${node} is not online (its guests are ${NODE_OFFLINE}): nothing can be moved from or to it.`,
    'HA starts its own guests elsewhere by itself; see cluster_health.',
  );
}

function outcomeOf(
  { guest: { vmid, name, node }, to, how, blocked }: Move,
  state: Outcome['state'],
): Outcome {
  return {
    ...{ vmid, ...(name !== undefined && { name: line(name) }), from: node },
    ...(to !== undefined && { to }),
    ...(how !== '' && { how }),
    ...{ state, ...(blocked !== undefined && { error: blocked }) },
  };
}

const WORDS: readonly (readonly [Outcome['state'], string])[] = [
  ['planned', 'would go'],
  ['done', 'moved'],
  ['running', 'STILL MOVING'],
  ['left', 'NOT BEGUN'],
  ['failed', 'FAILED'],
  ['blocked', 'BLOCKED'],
];

function headline(from: string, all: readonly Outcome[], planOnly: boolean): string {
  const counts = WORDS.map(
    ([state, word]) => [all.filter((each) => each.state === state).length, word] as const,
  );
  const told = counts.filter(([count]) => count > 0).map((each) => each.join(' '));
  const left = all.some(({ state }) => state === 'left') ? ' The time was up: call again to go on.' : '';
  return line(`${planOnly ? 'Plan for' : 'From'} ${from}: ${told.join(', ')}.${left}`);
}

function sentence({ vmid, name, to, how, state, upid, error, warnings }: Outcome): string {
  const whom = `${vmid}${name === undefined ? '' : ` ${name}`}`;
  const there = to === undefined ? '' : ` -> ${to}`;
  switch (state) {
    case 'blocked':
      return line(`${whom}: BLOCKED: ${error}`, 500);
    case 'failed':
      return line(`${whom}${there}: FAILED`);
    case 'running':
      return line(`${whom}${there}: STILL MOVING (${how}). ${followText(upid)}`, 500);
    case 'left':
      return line(`${whom}${there}: NOT BEGUN`);
    default:
      return line(
        `${whom}${there}: ${state === 'done' ? 'OK' : 'would go'} (${how})${warnings === undefined ? '' : `, ${warnings}`}`,
        400,
      );
  }
}
