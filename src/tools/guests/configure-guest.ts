import * as z from 'zod';
import { path } from '../../api/path.ts';
import { Failure } from '../../failure.ts';
import { guestConfig, snapshotNames } from '../../pve/guest-facts.ts';
import type { Guest } from '../../pve/guests.ts';
import { flag, type Row, rows, text } from '../../pve/read.ts';
import { NODE_OFFLINE } from '../../pve/resources.ts';
import { stepsText } from '../../render/steps-text.ts';
import { line } from '../../render/untrusted.ts';
import { checkCall } from '../../schema/check-call.ts';
import { guest as guestArgument, list, parameters, wholeNumber, words } from '../arguments.ts';
import { within } from '../detail.ts';
import { runSteps, type Step } from '../steps.ts';
import { followText } from '../task-text.ts';
import { defineTool, type ToolContext } from '../tool.ts';
import { type ConfigPlan, configPlan } from './configure-plan.ts';

const change = z.object({
  key: z.string(),
  before: z.string().optional(),
  after: z.string().optional(),
  pending: z.boolean().optional(),
});

export const configureGuest = defineTool({
  name: 'configure_guest',
  title: 'Configure a guest',
  toolset: 'guests',
  effect: 'change',
  needs: ['GET /cluster/resources'],
  description:
    'Change the configuration of a VM or container: cores, memory, grow or move a disk, NICs, tags, notes, options. Shows before and after.',
  input: z.strictObject({
    guest: guestArgument(),
    cores: wholeNumber('cores', 1, 8192).optional(),
    memory: wholeNumber('memory', 16, 16_777_216).optional().describe('MiB'),
    grow: list('grow').optional().describe('scsi0=+20G or =64G'),
    move: list('move').optional().describe('scsi0=storage'),
    net: parameters('net', '{"net0": "bridge=vmbr1,tag=20"}').optional().describe('{"net0":"tag=20"}'),
    tags: list('tags').optional().describe('+a,-b or all'),
    name: words('name').optional(),
    notes: words('notes').optional(),
    set: parameters('set', '{"onboot": 1}').optional().describe('other keys'),
    delete: list('delete').optional().describe('keys'),
  }),
  output: z.object({
    vmid: z.number(),
    name: z.string().optional(),
    node: z.string(),
    changes: z.array(change),
    running: z.string().optional().describe('UPID of a task that goes on'),
  }),
  example: { guest: '203', cores: 2, memory: 2048, tags: '+lab' },
  async run({ guest, ...wanted }, context) {
    const { pve, signal } = context;
    const found = await pve.guests.find(guest, { signal });
    const whom = line(`${found.vmid}${found.name === undefined ? '' : ` ${found.name}`} on ${found.node}`);
    if (found.status === NODE_OFFLINE)
      throw new Failure('node_unreachable', `${whom}: its node is not online.`, 'Bring the node back first.');
    const before = await guestConfig(pve.api, found, { signal });
    const plan = configPlan(found.type, before, wanted);
    const steps = await stepsOf(found, before, plan, context);
    const whose = {
      vmid: found.vmid,
      ...(found.name !== undefined && { name: line(found.name) }),
      node: found.node,
    };
    if (steps.length === 0) {
      const none = Object.values(wanted).every((value) => value === undefined);
      if (none)
        throw new Failure(
          'invalid_argument',
          'Nothing to change was given.',
          'Give cores, memory, grow, move, net, tags, name, notes, set or delete.',
        );
      return { text: `${whom}: nothing to do, it is so already`, data: { ...whose, changes: [] } };
    }
    // What is done stays done: it is what was asked for.
    const job = await runSteps(steps, context, { keep: true }).catch((error) => {
      throw changedMeanwhile(error, whom);
    });
    const [after, waiting] = await Promise.all([
      guestConfig(pve.api, found, { signal }),
      pendingOf(found, context),
    ]);
    const changes = differences(before, after, waiting);
    const later = changes.filter(({ pending }) => pending);
    const upid = job.running?.upid;
    return within(
      'brief',
      [
        `${whom}: ${upid === undefined ? 'configured' : `STILL RUNNING. ${followText(upid)}`}`,
        ...changes.map(changeText),
        (job.running || steps.length > 1) && stepsText(job.steps),
        later.length > 0 &&
          `Not in effect until it is shut down and started again (power_guest): ${later.map(({ key }) => key).join(', ')}.`,
        plan.grow.length > 0 &&
          'A bigger disk is seen by the guest at once; partition and file system are grown inside it (a container does it by itself).',
      ],
      { ...whose, changes, ...(upid !== undefined && { running: upid }) },
    );
  },
});

async function stepsOf(found: Guest, before: Row, plan: ConfigPlan, context: ToolContext): Promise<Step[]> {
  const { node, type, vmid } = found;
  const steps: Step[] = [];
  const digest = text(before.digest);
  const guard = () => (steps.length === 0 && digest !== undefined ? { digest } : {});
  const keys = [...Object.keys(plan.set), ...plan.unset.map((key) => `without ${key}`)];
  if (keys.length > 0) {
    const verb = type === 'qemu' ? 'POST' : 'PUT';
    const where = path`/nodes/${node}/${type}/${vmid}/config`;
    const params = {
      ...plan.set,
      ...(plan.unset.length > 0 && { delete: plan.unset.join(',') }),
      ...guard(),
    };
    await demandValid(verb, where, params, context);
    steps.push({ name: `set ${line(keys.join(', '), 80)}`, verb, path: where, params });
  }
  for (const { disk, size } of plan.grow)
    steps.push({
      name: `grow ${disk} ${size.startsWith('+') ? 'by' : 'to'} ${size.replace('+', '')}`,
      ...{
        verb: 'PUT',
        path: path`/nodes/${node}/${type}/${vmid}/resize`,
        params: { disk, size, ...guard() },
      },
    });
  if (plan.move.length > 0) await demandMovable(found, context);
  for (const { disk, storage } of plan.move) {
    const what = type === 'qemu' ? 'move_disk' : 'move_volume';
    const params = { [type === 'qemu' ? 'disk' : 'volume']: disk, storage, delete: 1, ...guard() };
    steps.push({
      name: `move ${disk} to ${line(storage, 40)}`,
      ...{ verb: 'POST', path: path`/nodes/${node}/${type}/${vmid}/${what}`, params },
    });
  }
  return steps;
}

/** What the schema refuses is told before anything is changed. */
async function demandValid(
  verb: 'POST' | 'PUT',
  where: string,
  params: Record<string, string>,
  { schema }: ToolContext,
): Promise<void> {
  const found = (await schema()).catalog.find(verb, where);
  const problems = found === undefined ? [] : checkCall(found, params);
  if (problems.length === 0) return;
  throw new Failure(
    'invalid_argument',
    `Nothing was changed: Proxmox would refuse ${problems.map((one) => `${line(one.name, 60)}: ${line(one.text, 200)}${one.advice ? ` (${one.advice})` : ''}`).join(' | ')}`,
    `api_describe tells all keys of ${verb} ${where}.`,
    { errors: Object.fromEntries(problems.map((one) => [one.name, one.text])) },
  );
}

async function demandMovable(found: Guest, { pve, signal }: ToolContext): Promise<void> {
  if (found.type === 'lxc' && found.status === 'running')
    throw new Failure(
      'wrong_state',
      `Container ${found.vmid} is running: its volumes can't be moved.`,
      'Shut it down with power_guest first. Nothing was changed.',
    );
  const snapshots = await snapshotNames(pve.api, found, { signal });
  if (snapshots.length > 0)
    throw new Failure(
      'wrong_state',
      `${found.vmid} has snapshots (${line(snapshots.slice(0, 5).join(', '))}): a disk with snapshots can't be moved with its source deleted.`,
      'Delete the snapshots first (delete_snapshot), if they are not needed. Nothing was changed.',
    );
}

function changedMeanwhile(error: unknown, whom: string): unknown {
  if (!(error instanceof Failure)) return error;
  if (!/detected modified configuration|file change by other user/i.test(error.message)) return error;
  return new Failure(
    'wrong_state',
    `Somebody changed the configuration of ${whom} in between. Nothing was changed by this call.`,
    'Call again: it looks at the new configuration first.',
    error.details,
    error,
  );
}

/** The keys that wait for a restart. */
async function pendingOf({ node, type, vmid }: Guest, { pve, signal }: ToolContext): Promise<Set<string>> {
  const all = rows(await pve.api.get(path`/nodes/${node}/${type}/${vmid}/pending`, {}, { signal }));
  const waits = all.filter((one) => one.pending !== undefined || flag(one.delete) || one.delete === 2);
  return new Set(waits.flatMap(({ key }) => text(key) ?? []));
}

function differences(before: Row, after: Row, waiting: ReadonlySet<string>): z.output<typeof change>[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key) => {
    const [was, is] = [text(before[key]), text(after[key])];
    if (key === 'digest' || was === is) return [];
    return {
      key: line(key),
      ...(was !== undefined && { before: line(was, 300) }),
      ...(is !== undefined && { after: line(is, 300) }),
      ...(waiting.has(key) && { pending: true }),
    };
  });
}

function changeText({ key, before = '(none)', after = '(none)', pending }: z.output<typeof change>): string {
  return line(`${key}: ${before} -> ${after}${pending ? ' (waits for a restart)' : ''}`, 700);
}
