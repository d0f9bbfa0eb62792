import * as z from 'zod';
import type { Resource } from '../../pve/resources.ts';
import { tidy } from '../../render/budget.ts';
import { fence, line } from '../../render/untrusted.ts';
import { wholeNumber, words } from '../arguments.ts';
import { defineTool } from '../tool.ts';
import { filter, page, type Query, query, readCursor, serverType } from './resource-query.ts';
import { countKinds, countText, resourceTables } from './resource-table.ts';

const LIMIT = 50;
const NAMED = 20;

const amount = z.number().optional();
const label = z.string().optional();
const yes = z.boolean().optional();

const resource = z.object({
  id: z.string(),
  type: z.string(),
  ...{
    name: label,
    vmid: amount,
    node: label,
    status: label,
    pool: label,
    tags: z.array(z.string()).optional(),
  },
  ...{
    cpu: amount,
    maxcpu: amount,
    mem: amount,
    maxmem: amount,
    disk: amount,
    maxdisk: amount,
    uptime: amount,
  },
  ...{ template: yes, lock: label, hastate: label, content: label, plugintype: label, shared: yes },
});

export const getClusterResources = defineTool({
  name: 'get_cluster_resources',
  title: 'Find cluster resources',
  toolset: 'cluster',
  core: true,
  effect: 'read',
  needs: ['GET /cluster/resources'],
  description:
    'Find VMs, containers (guests), storage, nodes, SDN and pools of the Proxmox cluster with status and usage: filter, sort, page.',
  input: query.extend({
    limit: wholeNumber('limit', 1, 500).default(LIMIT).describe(`default ${LIMIT}`),
    cursor: words('cursor').optional().describe('next page, from the last answer'),
  }),
  output: z.object({
    matched: z.number(),
    shown: z.number(),
    counts: z.record(z.string(), z.number()),
    resources: z.array(resource).describe('bytes; seconds; cpu is a fraction of maxcpu'),
    nextCursor: z.string().optional(),
  }),
  example: { type: 'vm', sort: 'mem', limit: 5 },
  async run({ limit, cursor, ...asked }, { pve, signal }) {
    const { query: wanted, after } = cursor ? readCursor(cursor, asked) : { query: asked, after: undefined };
    const all = await pve.resources.list(serverType(wanted), { signal });
    const matching = filter(all, wanted);
    const { rows, before, nextCursor } = page(matching, wanted, limit, after);
    const counts = countKinds(matching);
    return {
      text: [
        headline(matching.length, rows.length, before, countText(counts)),
        rows.length > 0 ? fence('Proxmox', resourceTables(rows)) : nothing(all, wanted, matching.length),
        nextCursor && `More: the same call with cursor=${nextCursor}`,
      ]
        .filter(Boolean)
        .join('\n'),
      data: {
        matched: matching.length,
        shown: rows.length,
        counts,
        resources: rows.map(asData),
        ...(nextCursor ? { nextCursor } : {}),
      },
    };
  },
});

function headline(matched: number, shown: number, before: number, kinds: string): string {
  const which = kinds === '' ? `${matched} matched` : `${matched} matched (${kinds})`;
  return shown === 0 || shown === matched ? which : `${which}, showing ${before + 1} to ${before + shown}`;
}

/** Names what there is of the thing that was asked for, so that the next call can be right. */
function nothing(all: readonly Resource[], wanted: Query, matched: number): string {
  if (matched > 0) return 'This was the last page.';
  const hints: string[] = [];
  const offer = (name: keyof Query, values: (string | undefined)[]) => {
    if (wanted[name] === undefined) return;
    const some = [...new Set(values.filter((value) => value !== undefined))].sort();
    const more = some.length > NAMED ? ` and ${some.length - NAMED} more` : '';
    hints.push(line(`${name} can be: ${some.slice(0, NAMED).join(', ') || 'nothing here'}${more}`));
  };
  offer(
    'type',
    all.map(({ type }) => type),
  );
  offer(
    'node',
    all.map(({ node }) => node),
  );
  offer(
    'status',
    all.map(({ status }) => status),
  );
  offer(
    'tag',
    all.flatMap(({ tags }) => tags ?? []),
  );
  offer(
    'pool',
    all.map(({ pool, type, name }) => (type === 'pool' ? name : pool)),
  );
  if (all.length === 0)
    hints.push('This login sees nothing: its user (and its token) need VM.Audit, Datastore.Audit …');
  return hints.join('\n') || 'Nothing like that here.';
}

/** The row for programs: visible characters only, and no more digits than a load has. */
function asData(row: Resource): z.input<typeof resource> {
  const short = row.cpu === undefined ? row : { ...row, cpu: Math.round(row.cpu * 1e4) / 1e4 };
  return tidy(short) as z.input<typeof resource>;
}
