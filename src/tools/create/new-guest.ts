import { type ApiPath, path } from '../../api/path.ts';
import { Failure, type JobStep } from '../../failure.ts';
import { number, row, text } from '../../pve/read.ts';
import { line } from '../../render/untrusted.ts';
import { type Job, runSteps, type Step } from '../steps.ts';
import type { ToolContext } from '../tool.ts';
import { checkSteps } from './check-steps.ts';
import type { Rooms } from './places.ts';

/** How often another VMID is tried where somebody else was faster. */
const TRIES = 5;

/**
 * The VMID for a new guest: the one that was asked for, or the next free one.
 *
 * @throws Failure `exists` where the one asked for is taken, also by a guest that this login does not see
 */
export async function newVmid(
  wanted: number | undefined,
  { guests }: Rooms,
  { pve, signal }: ToolContext,
): Promise<number> {
  if (wanted === undefined) return nextVmid({ pve, signal });
  const owner = guests.get(wanted);
  const taken = (by: string) =>
    new Failure(
      'exists',
      `The VMID ${wanted} is taken${by}.`,
      'Give another one, or none: then it is the next free one.',
    );
  if (owner) throw taken(` ${line(`by ${owner.name ?? 'a guest'} (${owner.type} on ${owner.node})`)}`);
  try {
    await pve.api.get(path`/cluster/nextid`, { vmid: wanted }, { signal });
    return wanted;
  } catch (error) {
    // Recorded on PVE 9.2: a 400 for one that is taken.
    if (error instanceof Failure && error.details.status === 400)
      throw taken(' by a guest that this login does not see');
    throw error;
  }
}

async function nextVmid({ pve, signal }: Pick<ToolContext, 'pve' | 'signal'>): Promise<number> {
  const next = number(await pve.api.get(path`/cluster/nextid`, {}, { signal }));
  if (next !== undefined) return next;
  throw new Failure('bad_answer', 'Proxmox proposed no VMID.', 'Give one as vmid.');
}

/** A new guest, as it is to be made. */
export interface GuestOrder {
  /** What must be there before, such as its image. */
  before: readonly Step[];
  /** Its steps, of which the first one makes it. */
  steps(vmid: number): Step[];
  vmid: number;
  /** Whether the caller chose the VMID: then it is that one or none. */
  isChosen: boolean;
  keep: boolean;
  until: number;
}

export interface GuestJob extends Job {
  vmid: number;
  /** VMIDs that others took between the asking and the making. */
  taken: number[];
}

/**
 * Makes a guest. Proxmox reserves no VMID: where somebody else took the proposed one meanwhile, the next one is tried.
 *
 * @throws Failure as the step that failed
 */
export async function makeGuest(order: GuestOrder, context: ToolContext): Promise<GuestJob> {
  let { vmid } = order;
  let before = order.before;
  const done: JobStep[] = [];
  const taken: number[] = [];
  await checkSteps([...before, ...order.steps(vmid)], context);
  for (;;) {
    const steps = [...before, ...order.steps(vmid)];
    try {
      const job = await runSteps(steps, context, { keep: order.keep, until: order.until });
      return { ...job, steps: [...done, ...job.steps], vmid, taken };
    } catch (error) {
      if (order.isChosen || taken.length >= TRIES || !isTaken(error, before.length))
        throw await withRemains(error, steps[before.length], before.length, context);
      done.push(...(error.details.steps ?? []).slice(0, before.length));
      before = [];
      taken.push(vmid);
      vmid = Math.max(await nextVmid(context), vmid + 1);
    }
  }
}

/** Whether it was the making that failed, since the VMID is taken. */
function isTaken(error: unknown, at: number): error is Failure {
  if (!(error instanceof Failure) || error.code !== 'exists') return false;
  return error.details.steps === undefined || error.details.steps[at]?.state === 'failed';
}

/** Where the making failed after it was begun, the hint says what it left; what is undone has no such part. */
async function withRemains(
  error: unknown,
  making: Step | undefined,
  at: number,
  context: ToolContext,
): Promise<unknown> {
  if (!(error instanceof Failure) || making?.undo === undefined) return error;
  const { steps, upid, mayHaveRun } = error.details;
  const begun = upid !== undefined || mayHaveRun === true;
  if (!begun || (steps !== undefined && steps[at]?.state !== 'failed')) return error;
  const hint = [error.hint, await remains(making.undo.path, context)].filter((part) => part !== '').join(' ');
  return new Failure(error.code, error.message, hint, error.details, error);
}

/** Asked without the signal: who cancelled must know, too. */
async function remains(of: ApiPath, { pve }: ToolContext): Promise<string> {
  const [, node = '', type = '', vmid = ''] = /^\/nodes\/([^/]+)\/([^/]+)\/(\d+)$/.exec(of) ?? [];
  try {
    const config = row(await pve.api.get<unknown>(path`/nodes/${node}/${type}/${vmid}/config`));
    // Proxmox keeps this lock until a guest is whole.
    return /^(?:create|clone|import)$/.test(text(config.lock) ?? '')
      ? `A half-made guest ${vmid} is left on ${node}: delete_guest removes it.`
      : `There is a guest ${vmid} on ${node}: look with get_guest whether it is this one, and delete_guest it if it is not wanted.`;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.details.status === 500
      ? `No guest ${vmid} is left of it.`
      : `Whether a guest ${vmid} is left on ${node} could not be seen: look with get_guest before you call again.`;
  }
}

/** What is left to do of a job whose time was up, as calls. */
export function leftToDo(
  { steps: told, running }: Job,
  steps: readonly Step[],
  { again, before }: { again: string; before: number },
): string[] {
  if (running === undefined) return [];
  const follow = `Follow it with get_task upid=${running.upid} wait=true; do not send the change again.`;
  const at = told.findIndex(({ state }) => state === 'running');
  if (at < before)
    return [follow, `When it is done, call ${again} again with the same arguments: the image is there then.`];
  const left = steps.slice(steps.length - (told.length - at - 1));
  return [follow, ...left.map((step) => `Then ${callOf(step)}`)];
}

function callOf({ verb, path: where, params = {} }: Step): string {
  const [, vmid] = /\/(\d+)\/status\/start$/.exec(where) ?? [];
  if (vmid !== undefined) return `power_guest guests=${vmid} action=start`;
  const data = Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, name === 'sshkeys' ? '(the keys)' : value]),
  );
  return `proxmox_api_call ${verb} ${where} ${JSON.stringify(data)}`;
}
