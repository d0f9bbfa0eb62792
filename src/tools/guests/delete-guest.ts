import * as z from 'zod';
import { path } from '../../api/path.ts';
import { Failure } from '../../failure.ts';
import { disksIn, guestConfig, guestNow, snapshotNames } from '../../pve/guest-facts.ts';
import { guestTraces } from '../../pve/guest-traces.ts';
import { type Guest, guestAmong } from '../../pve/guests.ts';
import { powerPath } from '../../pve/power.ts';
import { flag } from '../../pve/read.ts';
import { NODE_OFFLINE } from '../../pve/resources.ts';
import { Sight } from '../../pve/sight.ts';
import { line } from '../../render/untrusted.ts';
import { guest as guestArgument, yesNo } from '../arguments.ts';
import { within } from '../detail.ts';
import { runSteps, type Step } from '../steps.ts';
import { followText } from '../task-text.ts';
import { defineTool } from '../tool.ts';
import { type Loss, lossText, staysText } from './delete-text.ts';

export const deleteGuest = defineTool({
  name: 'delete_guest',
  title: 'Delete a guest',
  toolset: 'guests',
  effect: 'danger',
  needs: ['GET /cluster/resources'],
  description:
    'Delete (destroy) a VM or container, its disks and snapshots; takes it out of jobs and HA. Backups stay.',
  input: z.strictObject({
    guest: guestArgument(),
    stop: yesNo('stop').default(false).describe('stop it first'),
    unreferenced: yesNo('unreferenced').default(false).describe('also its unused disks'),
  }),
  output: z.object({
    vmid: z.number(),
    name: z.string().optional(),
    node: z.string(),
    state: z.enum(['deleted', 'running']),
    upid: z.string().optional(),
    disks: z.array(z.string()),
    snapshots: z.number(),
    backups: z.number().describe('that stay'),
    references: z.array(z.string()).describe('it was taken out of'),
    left: z.array(z.string()).describe('volumes of its VMID that stay'),
    unseen: z.array(z.string()).optional(),
  }),
  example: { guest: '203' },
  async run({ guest, stop, unreferenced }, context) {
    const { pve, signal } = context;
    const sight = new Sight();
    const resources = await pve.resources.list(undefined, { signal });
    const found = guestAmong(resources, guest);
    const whom = line(`${found.vmid}${found.name === undefined ? '' : ` ${found.name}`} on ${found.node}`);
    demandReachable(found);
    const [config, now, snapshots, traces] = await Promise.all([
      guestConfig(pve.api, found, { signal }),
      guestNow(pve.api, found, { signal }),
      sight.of('snapshots', snapshotNames(pve.api, found, { signal })),
      guestTraces(pve.api, found, resources, sight, { signal }),
    ]);
    const disks = disksIn(config);
    const known = new Set(Object.values(config).flatMap((value) => String(value).split(',')[0] ?? []));
    const left = traces.volumes.filter((volid) => !known.has(volid) && !/-state-|cloudinit/.test(volid));
    const loss: Loss = { whom, disks, snapshots, traces, left: unreferenced ? [] : left };
    if (flag(config.protection)) throw protectedGuest(found, loss);
    if (now.running && !stop) throw runningGuest(loss);
    if (now.running && now.ha)
      throw new Failure(
        'wrong_state',
        `${whom} is running, and HA looks after it: a stop goes by HA's manager and takes a while. ${lossText(loss)}`,
        'Use stop_guest, wait until it is stopped (get_guest), then delete it.',
      );
    const job = await runSteps(steps(found, now.running, unreferenced), context);
    const upid = job.task?.upid;
    const { unseen } = sight;
    const data = {
      ...{ vmid: found.vmid, ...(found.name !== undefined && { name: line(found.name) }), node: found.node },
      ...{ state: job.running ? ('running' as const) : ('deleted' as const), ...(upid && { upid }) },
      disks: disks.map(({ key, volume, size }) => line(`${key} ${volume}${size ? ` ${size}` : ''}`)),
      ...{ snapshots: snapshots?.length ?? 0, backups: traces.backups.length },
      ...{ references: traces.references.map((one) => line(one)), left: loss.left.map((one) => line(one)) },
      ...(unseen.length > 0 && { unseen: unseen.map((one) => line(one)) }),
    };
    return within(
      'brief',
      [
        job.running ? `${whom}: STILL RUNNING. ${followText(upid)}` : `${whom}: deleted.`,
        lossText(loss),
        staysText(loss),
        unseen.length > 0 && line(`Not seen: ${unseen.join('; ')}`),
      ],
      data,
    );
  },
});

/** It is always taken out of jobs, HA and replication: whoever gets its VMID next must not inherit them. */
function steps({ node, type, vmid }: Guest, running: boolean, unreferenced: boolean): Step[] {
  const params = { purge: 1, ...(unreferenced && { 'destroy-unreferenced-disks': 1 }) };
  const remove = {
    name: `delete ${vmid}`,
    verb: 'DELETE',
    path: path`/nodes/${node}/${type}/${vmid}`,
    params,
  } as const;
  if (!running) return [remove];
  return [{ name: `stop ${vmid}`, verb: 'POST', path: powerPath({ node, type, vmid }, 'stop') }, remove];
}

function demandReachable({ status, node, vmid }: Guest): void {
  if (status === NODE_OFFLINE)
    throw new Failure(
      'node_unreachable',
      `Guest ${vmid} is on ${node}, which is not online: nothing of it can be deleted now.`,
      'Bring the node back first.',
    );
}

function protectedGuest({ vmid }: Guest, loss: Loss): Failure {
  return new Failure(
    'wrong_state',
    `${loss.whom} is protected against deletion (protection=1). ${lossText(loss)}`,
    `Somebody wanted it kept: ask. To take the protection off: configure_guest guest=${vmid} set={"protection":0}.`,
  );
}

function runningGuest(loss: Loss): Failure {
  return new Failure(
    'wrong_state',
    `${loss.whom} is running. Nothing was deleted. ${lossText(loss)} ${staysText(loss)}`,
    'Shut it down first (power_guest), or call again with stop=true to stop it hard and delete it.',
  );
}
