import * as z from 'zod';
import { stepsText } from '../../render/steps-text.ts';
import { line } from '../../render/untrusted.ts';
import type { Step } from '../steps.ts';
import type { ToolContext } from '../tool.ts';
import { type Found, waitForAddress } from './address.ts';
import { type GuestJob, leftToDo } from './new-guest.ts';

const step = z.object({
  step: z.string(),
  state: z.string(),
  upid: z.string().optional(),
  seconds: z.number().optional(),
  note: z.string().optional(),
});

/** What every tool that makes a guest answers. */
export const madeGuest = z.object({
  vmid: z.number(),
  name: z.string().optional(),
  type: z.string(),
  node: z.string(),
  storage: z.string().optional(),
  state: z.enum(['started', 'stopped', 'unfinished']),
  addresses: z.array(z.string()),
  upid: z.string().optional().describe('the task that still runs'),
  steps: z.array(step),
  notes: z.array(z.string()),
});

export interface Made {
  /** The tool. */
  tool: string;
  type: 'qemu' | 'lxc';
  node: string;
  name: string | undefined;
  storage: string | undefined;
  start: boolean;
  /** An address that its config fixes: it need not be waited for. */
  fixed?: string | undefined;
  /** Why nobody can tell its address. */
  mute?: string | undefined;
  job: GuestJob;
  /** All the steps that were to be done. */
  steps: readonly Step[];
  /** How many of them come before the guest. */
  before: number;
  notes: readonly string[];
  until: number;
}

/** The answer about a guest that was made, or is being made: what it is, its address, and what is left to do. */
export async function tellMade(made: Made, context: ToolContext) {
  const { job, type, node, name, storage } = made;
  const { vmid } = job;
  const kind = type === 'qemu' ? 'VM' : 'container';
  const who = line(`${kind} ${vmid}${name === undefined ? '' : ` ${name}`}`);
  const notes = [...made.notes];
  if (job.taken.length > 0)
    notes.push(`VMID ${job.taken.join(', ')} was free when asked for and taken when used: ${vmid} it is.`);
  const found = await addressOf(made, context);
  const state = job.running ? 'unfinished' : made.start ? 'started' : 'stopped';
  const head = {
    unfinished: `NOT DONE YET: ${who} on ${node}. The time is up; its task runs on.`,
    started: `${who} runs on ${node}${found.addresses.length > 0 ? `: ${found.addresses.join(', ')}` : ''}.`,
    stopped: `${who} is made on ${node} and not started: power_guest guests=${vmid} action=start.`,
  }[state];
  const why = found.why === undefined ? [] : [`No address: ${found.why}. Later: get_guest guest=${vmid}.`];
  const left = leftToDo(job, made.steps, { again: made.tool, before: made.before });
  return {
    text: [head, ...why, ...notes, ...left, stepsText(job.steps)].join('\n'),
    data: {
      ...{ vmid, type, node, state: state as 'started', addresses: found.addresses },
      ...(name !== undefined && { name: line(name) }),
      ...(storage !== undefined && { storage }),
      ...(job.running && { upid: job.running.upid }),
      ...{ steps: job.steps, notes: [...why, ...notes] },
    },
  };
}

async function addressOf(made: Made, context: ToolContext): Promise<Found> {
  if (made.job.running !== undefined || !made.start) return { addresses: [] };
  if (made.fixed !== undefined) return { addresses: [made.fixed] };
  if (made.mute !== undefined) return { addresses: [], why: made.mute };
  const { type, node, job, until } = made;
  return waitForAddress({ type, node, vmid: job.vmid }, context, until, job.steps.length * 100);
}
