import * as z from 'zod';
import { NODE_OFFLINE } from '../../pve/resources.ts';
import { Sight } from '../../pve/sight.ts';
import { bytes, duration, percent } from '../../render/units.ts';
import { line } from '../../render/untrusted.ts';
import { guest } from '../arguments.ts';
import { within } from '../detail.ts';
import { moment, timeWindow } from '../time-window.ts';
import { defineTool } from '../tool.ts';
import { type SlowFacts, slowCauses } from './slow-causes.ts';
import { slowFacts } from './slow-facts.ts';

export const explainSlow = defineTool({
  name: 'explain_slow',
  title: 'Why is a guest slow',
  toolset: 'cluster',
  effect: 'read',
  needs: ['GET /cluster/resources'],
  description:
    'Why a VM or container is slow: causes ranked, from CPU, memory, disk pressure, ballooning, node, neighbours, backups.',
  input: z.strictObject({ guest: guest(), since: moment('since').optional().describe('default 1h') }),
  output: z.object({
    vmid: z.number(),
    node: z.string(),
    causes: z.array(
      z.object({
        weight: z.enum(['likely', 'possible']),
        cause: z.string(),
        evidence: z.string(),
        todo: z.string(),
      }),
    ),
    unseen: z.array(z.string()).optional(),
  }),
  example: { guest: 'db1' },
  async run({ guest, since }, context) {
    const { pve, signal, clock } = context;
    const window = timeWindow({ since }, '1h', clock.now());
    const found = await pve.guests.find(guest, { signal });
    const who = `${found.vmid}${found.name ? ` ${found.name}` : ''} (${found.type} on ${found.node})`;
    const base = { vmid: found.vmid, node: found.node };
    if (found.status === NODE_OFFLINE)
      return {
        text: line(
          `${who}: its node ${found.node} is not online, so it does not run or nobody can tell. cluster_health says more.`,
        ),
        data: { ...base, causes: [], unseen: [`${found.node} is not online`] },
      };
    if (found.status !== 'running')
      return {
        text: line(
          `${who} is ${found.status ?? 'in no known state'}: it does not run at all. power_guest action=start starts it.`,
        ),
        data: { ...base, causes: [] },
      };
    const sight = new Sight();
    const facts = await slowFacts(found, { ...window, now: Math.floor(clock.now() / 1000) }, context, sight);
    const causes = slowCauses(facts).map(({ weight, ...words }) => ({
      weight,
      cause: line(words.cause),
      evidence: line(words.evidence),
      todo: line(words.todo),
    }));
    const span = duration(window.until - window.since);
    const head =
      causes.length === 0
        ? `${who}: nothing in Proxmox's figures of the last ${span} explains it. Look inside: run_in_guest, get_logs.`
        : `${who}: ${causes.length === 1 ? '1 cause' : `${causes.length} causes`} found in the last ${span}`;
    return within(
      'brief',
      [
        line(head),
        ...causes.map(
          ({ weight, cause, evidence, todo }, index) =>
            `${index + 1}. ${cause} (${weight}): ${evidence}. ${todo}.`,
        ),
        line(`Seen: ${seen(facts)}.`),
        sight.unseen.length > 0 && line(`Not seen: ${sight.unseen.join('; ')}`, 600),
      ],
      { ...base, causes, ...(sight.unseen.length > 0 && { unseen: sight.unseen.map((one) => line(one)) }) },
    );
  },
});

/** The figures themselves, so that nobody need ask for them. */
function seen({ cpu, cores, memory, pressure, io, network, node }: SlowFacts): string {
  const parts = [
    cpu !== undefined && `CPU ${percent(cpu)}${cores ? ` of ${cores} cores` : ''}`,
    memory !== undefined && `memory ${percent(memory)}`,
    pressure.io !== undefined &&
      `waits: CPU ${percent((pressure.cpu ?? 0) / 100)}, disk ${percent(pressure.io / 100)}, memory ${percent((pressure.memory ?? 0) / 100)}`,
    io !== undefined && `disk ${bytes(io)}/s`,
    network !== undefined && `network ${bytes(network)}/s`,
    node.cpu !== undefined && `${node.name}: CPU ${percent(node.cpu)}, memory ${percent(node.memory ?? 0)}`,
  ];
  return parts.filter(Boolean).join(', ');
}
