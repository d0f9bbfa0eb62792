import * as z from 'zod';
import type { Node } from '../../pve/nodes.ts';
import { type Column, table } from '../../render/table.ts';
import { bytes, duration, percent, usage } from '../../render/units.ts';
import { clean, fence, line } from '../../render/untrusted.ts';
import { defineTool } from '../tool.ts';

const node = z.object({
  node: z.string(),
  status: z.enum(['online', 'offline', 'unknown']),
  cpu: z.number().optional(),
  maxcpu: z.number().optional(),
  mem: z.number().optional(),
  maxmem: z.number().optional(),
  disk: z.number().optional(),
  maxdisk: z.number().optional(),
  uptime: z.number().optional(),
  guests: z.object({ running: z.number(), total: z.number() }),
});

export const listNodes = defineTool({
  name: 'list_nodes',
  title: 'List nodes',
  toolset: 'cluster',
  core: true,
  effect: 'read',
  needs: ['GET /cluster/resources'],
  description:
    'List the Proxmox nodes (hosts): state, CPU, memory, root disk, uptime and guest count of each.',
  input: z.strictObject({}),
  output: z.object({
    online: z.number(),
    total: z.number(),
    nodes: z.array(node).describe('bytes; seconds; cpu is a fraction of maxcpu'),
  }),
  example: {},
  async run(_input, { pve, signal }) {
    const nodes = await pve.nodes.list({ signal });
    const online = nodes.filter(({ status }) => status === 'online').length;
    return {
      text: [headline(nodes, online), fence('Proxmox', table(COLUMNS, nodes)), ...missingFigures(nodes)].join(
        '\n',
      ),
      data: {
        online,
        total: nodes.length,
        nodes: nodes.map((each) => ({ ...each, node: clean(each.node) })),
      },
    };
  },
});

const COLUMNS: Column<Node>[] = [
  { head: 'NODE', cell: ({ node }) => node },
  { head: 'STATE', cell: ({ status }) => (status === 'online' ? status : status.toUpperCase()) },
  { head: 'CPU', cell: ({ cpu, maxcpu }) => of(cpu === undefined ? undefined : percent(cpu), maxcpu) },
  { head: 'MEMORY', cell: ({ mem, maxmem }) => used(mem, maxmem) },
  { head: 'ROOT DISK', cell: ({ disk, maxdisk }) => used(disk, maxdisk) },
  { head: 'UPTIME', cell: ({ uptime }) => (uptime === undefined ? undefined : duration(uptime)) },
  {
    head: 'GUESTS',
    cell: ({ status, guests }) =>
      status === 'online'
        ? `${guests.running} of ${guests.total} running`
        : `${guests.total} (state unknown)`,
  },
];

function of(part: string | undefined, whole: string | number | undefined): string | undefined {
  if (part === undefined) return undefined;
  return whole === undefined ? part : `${part} of ${whole}`;
}

function used(part: number | undefined, whole: number | undefined): string | undefined {
  if (part === undefined) return whole === undefined ? undefined : bytes(whole);
  return usage(part, whole ?? 0);
}

function headline(nodes: readonly Node[], online: number): string {
  const away = nodes
    .filter(({ status }) => status !== 'online')
    .map(({ node, status }) => `${node} ${status}`);
  const count = nodes.length === 1 ? '1 node' : `${nodes.length} nodes`;
  return line(`${count}, ${online} online${away.length > 0 ? `; NOT ONLINE: ${away.join(', ')}` : ''}`);
}

/** Recorded on PVE 9.2: without Sys.Audit a node is listed with its state and no figures. */
function missingFigures(nodes: readonly Node[]): string[] {
  const bare = nodes.filter(({ status, maxcpu }) => status === 'online' && maxcpu === undefined);
  if (bare.length === 0) return [];
  return [
    line(
      `No figures for ${bare.map(({ node }) => node).join(', ')}: the login lacks Sys.Audit on /nodes/{node}.`,
    ),
  ];
}
