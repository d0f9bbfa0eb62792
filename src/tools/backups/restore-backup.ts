import * as z from 'zod';
import { path } from '../../api/path.ts';
import { Failure } from '../../failure.ts';
import type { Backup } from '../../pve/backups.ts';
import { guestConfig, guestNow } from '../../pve/guest-facts.ts';
import type { Row } from '../../pve/read.ts';
import type { Resource } from '../../pve/resources.ts';
import { duration, time } from '../../render/units.ts';
import { line } from '../../render/untrusted.ts';
import { wholeNumber, words, yesNo } from '../arguments.ts';
import { type Job, runSteps, type Step } from '../steps.ts';
import { followText } from '../task-text.ts';
import { defineTool, type ToolContext } from '../tool.ts';
import { findBackup } from './find-backup.ts';
import { checkDisks } from './restore-reach.ts';
import { type AskedTarget, restoreTarget, type Target } from './restore-target.ts';

/** How long a restored guest is waited for to run, in milliseconds. */
const START_MS = 10_000;

export const restoreBackup = defineTool({
  name: 'restore_backup',
  title: 'Restore a backup',
  toolset: 'backups',
  effect: 'danger',
  description:
    'Restore a VM or container from a backup, to a new VMID; over an existing guest with vmid and overwrite=true.',
  input: z.strictObject({
    backup: words('backup').describe('volid; or VMID or name: its newest'),
    vmid: wholeNumber('vmid', 100, 999_999_999).optional(),
    overwrite: yesNo('overwrite').optional(),
    node: words('node').optional(),
    storage: words('storage').optional(),
    name: words('name').optional(),
    start: yesNo('start').optional(),
    unique: yesNo('unique').optional().describe('new MACs'),
  }),
  output: z.object({
    ...{ vmid: z.number(), node: z.string(), type: z.string(), volid: z.string() },
    state: z.enum(['done', 'running']),
    taken: z.number().describe('seconds since 1970'),
    unique: z.boolean(),
    started: z.boolean().optional(),
    lost: z.string().optional(),
    upid: z.string().optional(),
  }),
  example: { backup: '200', start: false },
  async run(
    { backup: wanted, vmid, overwrite = false, node, storage, name, start = false, unique },
    context,
  ) {
    const { pve, signal, clock } = context;
    const resources = await pve.resources.list(undefined, { signal });
    const backup = await findBackup(wanted, resources, context);
    const asked = { vmid, overwrite, node: node?.trim() || undefined, storage: storage?.trim() || undefined };
    const how = { name: name?.trim() || undefined, start, unique };
    const { job, target, newMacs } = await restore(backup, asked, how, resources, context);
    const upid = (job.running ?? job.task)?.upid;
    const started = start && !job.running ? await runs(target, context) : undefined;
    const age = duration(clock.now() / 1000 - backup.ctime);
    const taken = line(`${backup.volid}, taken ${time(backup.ctime)} (${age} ago)`);
    const whom = `${target.vmid} on ${target.node}`;
    return {
      text: [
        job.running
          ? `Restore to ${whom} STILL RUNNING: ${taken}. ${followText(upid)}${start ? ' Proxmox starts the guest when it is done.' : ''}`
          : `Restored to ${whom}: ${taken}`,
        target.over && line(`Lost with it: ${target.over.lost}`),
        newMacs && 'Its network cards have new MAC addresses.',
        ...notes(target, name, start),
        started === true && 'It is running.',
        started === false &&
          `It is NOT running yet: look with get_task guest=${target.vmid}, or start it with power_guest.`,
        !start && !job.running && `It is stopped: power_guest guests=${target.vmid} action=start.`,
      ]
        .filter(Boolean)
        .join('\n'),
      data: {
        ...{ vmid: target.vmid, node: target.node, type: target.type, volid: line(backup.volid) },
        ...{ state: job.running ? ('running' as const) : ('done' as const), taken: backup.ctime },
        ...{ unique: newMacs, ...(started !== undefined && { started }) },
        ...(target.over && { lost: target.over.lost }),
        ...(upid !== undefined && { upid }),
      },
    };
  },
});

interface How {
  name: string | undefined;
  start: boolean;
  unique: boolean | undefined;
}

/** Decides where to, and restores. A VMID of our own choice that another took meanwhile is chosen once more. */
async function restore(
  backup: Backup,
  asked: AskedTarget,
  how: How,
  resources: readonly Resource[],
  context: ToolContext,
  again = true,
): Promise<{ job: Job; target: Target; newMacs: boolean }> {
  const target = await restoreTarget(backup, asked, resources, context);
  if (asked.storage === undefined) checkDisks(await savedConfig(backup, target, context), target, resources);
  // Two guests with one MAC disturb each other; one that is gone is to come back as it was.
  const newMacs = how.unique ?? (target.twin !== undefined && target.over === undefined);
  const step = stepFor(backup, target, { ...how, storage: asked.storage, unique: newMacs });
  try {
    return { job: await run(step, target, context), target, newMacs };
  } catch (error) {
    const raced = error instanceof Failure && error.code === 'exists' && error.details.upid === undefined;
    if (!raced || !again || asked.vmid !== undefined) throw error;
    return restore(backup, asked, how, resources, context, false);
  }
}

/** The configuration inside a backup; an empty one where it can't be read, as then Proxmox decides. */
async function savedConfig({ volid }: Backup, { node }: Target, { pve, signal }: ToolContext): Promise<Row> {
  try {
    const to = path`/nodes/${node}/vzdump/extractconfig`;
    const data = await pve.api.get<unknown>(to, { volume: volid }, { signal });
    // Snapshots that were saved with it come after the first bracket.
    const [now = ''] = String(data).split(/^\[/m);
    return Object.fromEntries(
      [...now.matchAll(/^(\w+): *(.*)$/gm)].map(([, key = '', value = '']) => [key, value]),
    );
  } catch (error) {
    if (error instanceof Failure && error.code !== 'cancelled') return {};
    throw error;
  }
}

function stepFor(
  { volid }: Backup,
  { vmid, node, type, over }: Target,
  how: How & { storage: string | undefined },
): Step {
  const archive = type === 'qemu' ? { archive: volid } : { ostemplate: volid, restore: 1 };
  return {
    name: `restore ${vmid}`,
    verb: 'POST',
    path: path`/nodes/${node}/${type}`,
    params: {
      ...{ vmid, ...archive },
      ...(how.storage !== undefined && { storage: how.storage }),
      ...(how.name !== undefined && (type === 'qemu' ? { name: how.name } : { hostname: how.name })),
      ...(how.unique && { unique: 1 }),
      // By Proxmox itself, so that it happens also when nobody waits any more.
      ...(how.start && { start: 1 }),
      ...(over && { force: 1 }),
    },
  };
}

/** Restores; where that fails and leaves a part of a new guest, says so. */
async function run(step: Step, target: Target, context: ToolContext) {
  try {
    return await runSteps([step], context);
  } catch (error) {
    if (!(error instanceof Failure) || error.details.upid === undefined) throw error;
    const left = await isThere(target, context);
    const what = target.over
      ? `${target.vmid} was being overwritten: its old disks are gone. Restore a backup to it again.`
      : left
        ? `A half-made guest ${target.vmid} is left on ${target.node}: delete_guest removes it.`
        : 'Nothing of it is left.';
    throw new Failure(error.code, error.message, `${error.hint} ${what}`.trim(), error.details, error);
  }
}

async function isThere({ vmid, node, type }: Target, { pve }: ToolContext): Promise<boolean> {
  try {
    await guestConfig(pve.api, { vmid, node, type }, {});
    return true;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

/** Whether it runs soon after it was restored. */
async function runs(target: Target, { pve, clock, signal }: ToolContext): Promise<boolean> {
  const until = clock.now() + START_MS;
  for (;;) {
    if ((await guestNow(pve.api, target, { signal })).running) return true;
    if (clock.now() >= until) return false;
    await clock.sleep(1_000, signal);
  }
}

function notes({ twin }: Target, name: string | undefined, start: boolean): string[] {
  if (twin === undefined) return [];
  const said: string[] = [];
  if (name === undefined) said.push(`It has the name of ${twin.vmid}, which is still there.`);
  if (start && twin.status === 'running')
    said.push(`Both run now: addresses that are set by hand in them are the same, which disturbs both.`);
  return said;
}
