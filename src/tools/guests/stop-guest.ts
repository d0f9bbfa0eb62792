import * as z from 'zod';
import { path } from '../../api/path.ts';
import { Failure } from '../../failure.ts';
import { guestNow } from '../../pve/guest-facts.ts';
import type { Guest } from '../../pve/guests.ts';
import { powerPath } from '../../pve/power.ts';
import { rows } from '../../pve/read.ts';
import { NODE_OFFLINE } from '../../pve/resources.ts';
import { duration } from '../../render/units.ts';
import { line } from '../../render/untrusted.ts';
import { guest as guestArgument, word } from '../arguments.ts';
import { runSteps } from '../steps.ts';
import { followText } from '../task-text.ts';
import { defineTool, type ToolContext } from '../tool.ts';

export const stopGuest = defineTool({
  name: 'stop_guest',
  title: 'Stop or reset a guest at once',
  toolset: 'guests',
  effect: 'danger',
  needs: ['GET /cluster/resources'],
  description:
    'Hard stop (power off, kill) or reset one VM or container: unsaved work is lost. First try power_guest shutdown.',
  input: z.strictObject({
    guest: guestArgument(),
    action: word('action', ['stop', 'reset'], { kill: 'stop' }).default('stop'),
  }),
  output: z.object({
    vmid: z.number(),
    name: z.string().optional(),
    node: z.string(),
    action: z.string(),
    state: z.enum(['done', 'already', 'running']),
    upid: z.string().optional(),
  }),
  example: { guest: '105' },
  async run({ guest, action }, context) {
    const { pve, signal } = context;
    const found = await pve.guests.find(guest, { signal });
    const whom = line(`${found.vmid}${found.name === undefined ? '' : ` ${found.name}`} on ${found.node}`);
    const whose = {
      vmid: found.vmid,
      ...(found.name !== undefined && { name: line(found.name) }),
      ...{ node: found.node, action },
    };
    demandReachable(found, action);
    const [now, shutdown] = await Promise.all([
      guestNow(pve.api, found, { signal }),
      action === 'stop' ? isShuttingDown(found, context) : false,
    ]);
    if (!now.running && action === 'stop')
      return { text: `${whom}: nothing to do, it is stopped`, data: { ...whose, state: 'already' as const } };
    if (!now.running)
      throw new Failure(
        'wrong_state',
        `${whom} is stopped: there is nothing to reset.`,
        'Start it with power_guest.',
      );
    const job = await runSteps(
      [
        {
          name: `${action} ${found.vmid}`,
          verb: 'POST',
          path: powerPath(found, action),
          // A shutdown that waits for the guest holds its lock: the stop would wait for that.
          ...(shutdown && !now.ha && { params: { 'overrule-shutdown': 1 } }),
        },
      ],
      context,
    );
    const upid = job.task?.upid;
    const data = {
      ...whose,
      state: job.running ? ('running' as const) : ('done' as const),
      ...(upid && { upid }),
    };
    if (job.running) return { text: `${whom}: ${action} STILL RUNNING. ${followText(upid)}`, data };
    const told = [
      `${whom}: ${action} OK. It had been up for ${duration(now.uptime)}; what it had not written to disk is lost.`,
      shutdown && 'A shutdown that was under way was broken off.',
      now.ha && 'HA looks after it and has taken the order: see get_guest for the result.',
    ];
    return { text: told.filter(Boolean).join('\n'), data };
  },
});

function demandReachable({ status, node, type, vmid }: Guest, action: string): void {
  if (status === NODE_OFFLINE)
    throw new Failure(
      'node_unreachable',
      `Guest ${vmid} is on ${node}, which is not online.`,
      'Bring the node back, or look with cluster_health at what HA does.',
    );
  if (type === 'lxc' && action === 'reset')
    throw new Failure(
      'invalid_argument',
      `${vmid} is a container, and only VMs can be reset.`,
      'Use power_guest reboot, or stop it here and start it again.',
    );
}

/** Where the tasks can't be read, none is known. */
async function isShuttingDown({ node, vmid }: Guest, { pve, signal }: ToolContext): Promise<boolean> {
  try {
    const params = { vmid, source: 'active' };
    const tasks = rows(await pve.api.get(path`/nodes/${node}/tasks`, params, { signal }));
    return tasks.some(({ type }) => type === 'qmshutdown' || type === 'vzshutdown');
  } catch (error) {
    if (error instanceof Failure && !signal.aborted) return false;
    throw error;
  }
}
