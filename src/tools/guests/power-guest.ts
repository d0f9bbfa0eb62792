import * as z from 'zod';
import { Failure } from '../../failure.ts';
import { guestNow } from '../../pve/guest-facts.ts';
import type { Guest } from '../../pve/guests.ts';
import { type PowerAction, powerPath } from '../../pve/power.ts';
import { line } from '../../render/untrusted.ts';
import { wholeNumber, word } from '../arguments.ts';
import { within } from '../detail.ts';
import { inTurns } from '../in-turns.ts';
import { runSteps, type Step, timeIsUp } from '../steps.ts';
import { followText } from '../task-text.ts';
import { defineTool, type ToolContext } from '../tool.ts';
import { chosen, chosenGuests } from './chosen-guests.ts';
import { AT_ONCE, demandOnline, warned, whyFailed, whyTheyFailed } from './many-guests.ts';

const outcome = z.object({
  vmid: z.number(),
  name: z.string().optional(),
  node: z.string(),
  state: z.enum(['done', 'already', 'running', 'failed', 'left']),
  upid: z.string().optional(),
  error: z.string().optional(),
  warnings: z.string().optional(),
});
type Outcome = z.output<typeof outcome>;

export const powerGuest = defineTool({
  name: 'power_guest',
  title: 'Start, shut down or reboot guests',
  toolset: 'guests',
  core: true,
  effect: 'change',
  description:
    'Start, shut down, reboot, suspend or resume VMs and containers, one or many, and wait until done. Hard stop: stop_guest.',
  input: z.strictObject({
    ...chosen,
    action: word('action', ['start', 'shutdown', 'reboot', 'suspend', 'resume'], { stop: 'shutdown' }),
    timeout: wholeNumber('timeout', 1, 3600).optional().describe('seconds a guest may take to shut down'),
  }),
  output: z.object({ action: z.string(), guests: z.array(outcome) }),
  example: { guests: '105', action: 'start' },
  async run({ action, timeout, ...who }, context) {
    const guests = await chosenGuests(who, context.pve.guests, context);
    const already = await Promise.all(guests.map((guest) => isSo(guest, action, context)));
    const todo = guests.filter((_, index) => !already[index]);
    const calls = new Map(todo.map((guest) => [guest.vmid, order(guest, action, timeout)]));
    // One question for all of them, where a person must approve.
    if (guests.length > 1 && todo.length > 0) await context.pve.api.foresee([...calls.values()]);
    const until = timeIsUp(context);
    const outcomes = new Map<number, Outcome>();
    await inTurns(todo, AT_ONCE, async (guest) => {
      if (context.clock.now() >= until)
        return void outcomes.set(guest.vmid, { ...whose(guest), state: 'left' });
      const step = calls.get(guest.vmid) as Step;
      outcomes.set(guest.vmid, await one(guest, step, guests.length === 1, context, until));
    });
    const all = guests.map(
      (guest) => outcomes.get(guest.vmid) ?? { ...whose(guest), state: 'already' as const },
    );
    return within(
      'brief',
      [headline(action, all), ...all.map((each) => sentence(each, action)), whyTheyFailed(all)],
      {
        action,
        guests: all,
      },
    );
  },
});

/**
 * Whether there is nothing to do: Proxmox would call it an error for a VM, and for some actions for a container. The
 * cluster's list is up to 10 s old, so the guest is asked where the list says so.
 */
async function isSo(guest: Guest, action: PowerAction, { pve, signal }: ToolContext): Promise<boolean> {
  const { status } = guest;
  const wanted = action === 'start' ? 'running' : action === 'shutdown' ? 'stopped' : undefined;
  if (wanted === undefined || status !== wanted) return false;
  try {
    const { running, paused } = await guestNow(pve.api, guest, { signal });
    return !paused && running === (wanted === 'running');
  } catch (error) {
    if (error instanceof Failure && !signal.aborted) return true;
    throw error;
  }
}

function order(guest: Guest, action: PowerAction, timeout: number | undefined): Step {
  const takesTime = action === 'shutdown' || action === 'reboot';
  return {
    name: `${action} ${guest.vmid}`,
    verb: 'POST',
    path: powerPath(guest, action),
    ...(takesTime && timeout !== undefined && { params: { timeout } }),
  };
}

async function one(
  guest: Guest,
  step: Step,
  alone: boolean,
  context: ToolContext,
  until: number,
): Promise<Outcome> {
  try {
    demandOnline(guest);
    const { running, task } = await runSteps([step], context, { until });
    const upid = task?.upid;
    const warnings = warned(task);
    return {
      ...{ ...whose(guest), state: running ? ('running' as const) : ('done' as const) },
      ...(upid !== undefined && { upid }),
      ...(warnings !== undefined && { warnings }),
    };
  } catch (error) {
    // Of many, those that can be done are done.
    if (alone || !(error instanceof Failure) || context.signal.aborted) throw error;
    const { upid } = error.details;
    return { ...whose(guest), state: 'failed', error: whyFailed(error), ...(upid !== undefined && { upid }) };
  }
}

function whose({ vmid, name, node }: Guest): Pick<Outcome, 'vmid' | 'name' | 'node'> {
  return { vmid, ...(name !== undefined && { name: line(name) }), node };
}

function headline(action: string, all: readonly Outcome[]): string {
  const count = (state: Outcome['state']) => all.filter((each) => each.state === state).length;
  const parts = [
    [count('done'), 'done'],
    [count('already'), 'so already'],
    [count('running'), 'STILL RUNNING'],
    [count('failed'), 'FAILED'],
    [count('left'), 'NOT BEGUN'],
  ].filter(([number]) => number !== 0);
  return `${action}: ${parts.map((part) => part.join(' ')).join(', ')}`;
}

function sentence({ vmid, name, node, state, upid, warnings }: Outcome, action: string): string {
  const whom = `${vmid}${name === undefined ? '' : ` ${name}`} on ${node}`;
  switch (state) {
    case 'done':
      return line(`${whom}: ${action} OK${warnings === undefined ? '' : `, ${warnings}`}`);
    case 'already':
      return line(`${whom}: nothing to do, it is ${action === 'start' ? 'running' : 'stopped'}`);
    case 'running':
      return line(`${whom}: STILL RUNNING. ${followText(upid)}`);
    case 'left':
      return line(`${whom}: NOT BEGUN, the time was up: call again`);
    case 'failed':
      return line(`${whom}: FAILED`);
  }
}
