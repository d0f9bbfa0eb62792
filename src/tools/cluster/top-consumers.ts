import * as z from 'zod';
import { kindOf, type Resource } from '../../pve/resources.ts';
import { Sight } from '../../pve/sight.ts';
import { type Column, table } from '../../render/table.ts';
import { time } from '../../render/units.ts';
import { fence, line } from '../../render/untrusted.ts';
import { wholeNumber, word, words } from '../arguments.ts';
import { within } from '../detail.ts';
import { moment, timeWindow } from '../time-window.ts';
import { defineTool } from '../tool.ts';
import {
  amountText,
  CONSUMED,
  type Consumed,
  type Consumer,
  consumersNow,
  consumersOver,
  KINDS,
  MOST_SERIES,
} from './consumption.ts';

const HOUR = '1h';

const consumer = z.object({
  vmid: z.number().optional(),
  name: z.string().optional(),
  node: z.string().optional(),
  value: z.number(),
  share: z.number().optional(),
  peak: z.number().optional(),
});

export const topConsumers = defineTool({
  name: 'top_consumers',
  title: 'Top consumers',
  toolset: 'cluster',
  effect: 'read',
  needs: ['GET /cluster/resources'],
  description: 'Top guests or nodes by CPU, memory, disk, I/O or network, now or over a window.',
  input: z.strictObject({
    by: word('by', CONSUMED, { ram: 'memory', mem: 'memory', net: 'network', storage: 'disk' }).default(
      'cpu',
    ),
    of: word('of', ['guests', 'nodes'], { guest: 'guests', node: 'nodes', vms: 'guests' }).default('guests'),
    node: words('node').optional().describe('only there'),
    since: moment('since').optional().describe('24h, 7d: mean since; else now'),
    limit: wholeNumber('limit', 1, 50).default(10),
  }),
  output: z.object({
    by: z.string(),
    total: z.number(),
    top: z.array(consumer).describe('cores, bytes or bytes/s; share of its own limit'),
    unseen: z.array(z.string()).optional(),
  }),
  example: { by: 'memory', limit: 5 },
  async run({ by, of, node, since, limit }, { pve, signal, clock }) {
    const all = await pve.resources.list(undefined, { signal });
    const sight = new Sight();
    const offline = all.filter((one) => one.type === 'node' && one.status !== 'online');
    for (const one of offline) sight.missed(`what runs on ${one.node}`, 'the node is not online');
    const running = all.filter((one) => isRunning(one, of) && (node === undefined || one.node === node));
    const { found, when } = await measured(running, { by, since });
    const top = found.slice(0, limit);
    const sum = found.reduce((total, { value }) => total + value, 0);
    const head =
      top.length === 0
        ? `No ${of === 'guests' ? 'guest that runs' : 'node'} has figures of ${by}${node === undefined ? '' : ` on ${node}`}, ${when}.`
        : `Top ${top.length} of ${found.length} ${of} by ${by}, ${when}; all together ${KINDS[by].say(sum)}`;
    return within(
      'brief',
      [
        line(head),
        top.length > 0 && fence('Proxmox', table(columns(by, sum, top), top)),
        sight.unseen.length > 0 && line(`Not seen: ${sight.unseen.join('; ')}`, 600),
      ],
      {
        by,
        total: round(sum),
        top: top.map(asData),
        ...(sight.unseen.length > 0 && { unseen: sight.unseen.map((one) => line(one)) }),
      },
    );

    async function measured(
      resources: readonly Resource[],
      wish: { by: Consumed; since: string | undefined },
    ) {
      if (wish.since === undefined && KINDS[wish.by].now !== undefined)
        return { found: consumersNow(resources, wish.by), when: 'now' };
      const now = Math.floor(clock.now() / 1000);
      const window = timeWindow({ since: wish.since }, HOUR, clock.now());
      const largest = [...resources].sort((a, b) => (b.mem ?? 0) - (a.mem ?? 0)).slice(0, MOST_SERIES);
      if (largest.length < resources.length)
        sight.missed(
          `${resources.length - largest.length} of ${resources.length}`,
          `only the ${MOST_SERIES} with most memory are looked into`,
        );
      const found = await consumersOver(largest, wish.by, { ...window, now }, pve.metrics, { signal, sight });
      return { found, when: `mean since ${time(window.since)}` };
    }
  },
});

function isRunning(resource: Resource, of: 'guests' | 'nodes'): boolean {
  if (of === 'nodes') return resource.type === 'node' && resource.status === 'online';
  return kindOf(resource) === 'guest' && resource.status === 'running';
}

function columns(by: Consumed, sum: number, top: readonly Consumer[]): Column<Consumer>[] {
  const all: (Column<Consumer> | false)[] = [
    top.some(({ resource }) => resource.vmid !== undefined) && {
      head: 'VMID',
      cell: ({ resource }) => resource.vmid,
    },
    { head: 'NAME', cell: ({ resource }) => resource.name },
    { head: 'NODE', cell: ({ resource }) => resource.node },
    { head: by.toUpperCase(), cell: (one) => amountText(one, by).value },
    top.some(({ peak }) => peak !== undefined) && { head: 'PEAK', cell: (one) => amountText(one, by).peak },
    top.some(({ share }) => share !== undefined) && {
      head: 'OF ITS OWN',
      cell: (one) => amountText(one, by).share,
    },
    { head: 'OF ALL', cell: ({ value }) => (sum > 0 ? `${Math.round((value / sum) * 100)}%` : undefined) },
  ];
  return all.filter((column) => column !== false);
}

function asData({ resource: { vmid, name, node }, value, share, peak }: Consumer): z.input<typeof consumer> {
  return {
    ...(vmid !== undefined && { vmid }),
    ...(name !== undefined && { name: line(name) }),
    ...(node !== undefined && { node }),
    value: round(value),
    ...(share !== undefined && { share: round(share) }),
    ...(peak !== undefined && { peak: round(peak) }),
  };
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
