import * as z from 'zod';
import { Failure } from '../../failure.ts';
import { kindOf, type Resource, type ResourceKind, type ResourceType } from '../../pve/resources.ts';
import { word, words } from '../arguments.ts';

/** Which resources are asked for, and in what order. */
export const query = z.strictObject({
  type: word('type', ['vm', 'qemu', 'lxc', 'storage', 'node', 'sdn', 'pool'], {
    guest: 'vm',
    guests: 'vm',
    vms: 'vm',
    container: 'lxc',
    ct: 'lxc',
    nodes: 'node',
    network: 'sdn',
    pools: 'pool',
  })
    .optional()
    .describe('vm: VMs and containers'),
  node: words('node').optional(),
  status: words('status').optional().describe('running, stopped, online, …'),
  tag: words('tag').optional(),
  pool: words('pool').optional(),
  text: words('text').optional().describe('part of name, id or tag'),
  sort: word('sort', ['vmid', 'name', 'cpu', 'mem', 'disk', 'uptime'])
    .optional()
    .describe('cpu, mem, disk, uptime: largest first'),
});

export type Query = z.output<typeof query>;

/**
 * What Proxmox narrows by itself. Guests come with everything, since their nodes' states are needed too; and SDN, whose
 * rows are of type `network` on PVE 9 while the parameter knows only `sdn`.
 */
export function serverType({ type }: Query): ResourceType | undefined {
  return type === 'storage' || type === 'node' ? type : undefined;
}

/** The resources that match. Words match in any case; `status` also by its beginning, so `unknown` finds all kinds. */
export function filter(resources: readonly Resource[], wanted: Query): Resource[] {
  const { type } = wanted;
  const [node, status, tag, pool, text] = [
    wanted.node,
    wanted.status,
    wanted.tag,
    wanted.pool,
    wanted.text,
  ].map((value) => value?.trim().toLowerCase() || undefined);
  const same = (value: string | undefined, wish: string | undefined) =>
    wish === undefined || value?.toLowerCase() === wish;
  return resources.filter(
    (resource) =>
      (type === undefined ||
        resource.type === type ||
        kindOf(resource) === (type === 'vm' ? 'guest' : type)) &&
      same(resource.node, node) &&
      same(resource.type === 'pool' ? resource.name : resource.pool, pool) &&
      (status === undefined || (resource.status ?? '').toLowerCase().startsWith(status)) &&
      (tag === undefined || (resource.tags ?? []).some((one) => one.toLowerCase() === tag)) &&
      (text === undefined || haystack(resource).includes(text)),
  );
}

function haystack({ id, name, tags }: Resource): string {
  return `${id} ${name ?? ''} ${tags?.join(' ') ?? ''}`.toLowerCase();
}

/** Where a row stands: the sorted value, then family, VMID and id. Keys ascend; a descending value is negated. */
type Key = [value: number | string, kind: number, vmid: number, id: string];

const KIND_ORDER: readonly ResourceKind[] = ['node', 'guest', 'storage', 'sdn', 'pool', 'other'];
/** After every real value, and it survives JSON, which `Infinity` does not. */
const LAST = 1e300;

function keyOf(resource: Resource, sort: Query['sort']): Key {
  return [
    sortValue(resource, sort),
    KIND_ORDER.indexOf(kindOf(resource)),
    resource.vmid ?? LAST,
    resource.id,
  ];
}

function sortValue(resource: Resource, sort: Query['sort']): number | string {
  if (sort === undefined) return 0;
  if (sort === 'name') return resource.name?.toLowerCase() ?? '\uffff';
  if (sort === 'vmid') return resource.vmid ?? LAST;
  // Proxmox knows no usage inside a VM's disks: there the size counts.
  const value = sort === 'disk' && resource.type === 'qemu' ? resource.maxdisk : resource[sort];
  return value === undefined ? LAST : -value;
}

function compare(a: Key, b: Key): number {
  for (const index of [0, 1, 2, 3] as const) {
    if (a[index] !== b[index]) return a[index] < b[index] ? -1 : 1;
  }
  return 0;
}

/** One page of the matching resources, and where the next one begins. */
export function page(resources: readonly Resource[], wanted: Query, limit: number, after: Key | undefined) {
  const keyed = resources.map((resource) => ({ resource, key: keyOf(resource, wanted.sort) }));
  const ahead = after ? keyed.filter(({ key }) => compare(key, after) > 0) : keyed;
  ahead.sort((a, b) => compare(a.key, b.key));
  const shown = ahead.slice(0, limit);
  const last = shown.at(-1);
  return {
    rows: shown.map(({ resource }) => resource),
    before: keyed.length - ahead.length,
    nextCursor: last && ahead.length > shown.length ? writeCursor(wanted, last.key) : undefined,
  };
}

const cursorShape = z.strictObject({
  query,
  after: z.tuple([z.union([z.number(), z.string()]), z.number(), z.number(), z.string()]),
});

/** The whole question and the last row shown: any replica can go on from it, and rows that come or go shift nothing. */
function writeCursor(wanted: Query, after: Key): string {
  return Buffer.from(JSON.stringify({ query: wanted, after })).toString('base64url');
}

/** Throws `invalid_argument` for a cursor that is broken or was made for another question. */
export function readCursor(cursor: string, asked: Query): { query: Query; after: Key } {
  const parsed = cursorShape.safeParse(decode(cursor));
  if (!parsed.success) {
    throw new Failure(
      'invalid_argument',
      'cursor is not one that an earlier answer gave.',
      'Copy it whole from the last answer, or leave it out to begin again.',
    );
  }
  for (const [name, value] of Object.entries(asked)) {
    if (value !== undefined && value !== parsed.data.query[name as keyof Query]) {
      throw new Failure(
        'invalid_argument',
        `cursor belongs to another question: ${name} was not ${JSON.stringify(value)} there.`,
        'With a cursor give the same filters or none; for a new question leave the cursor out.',
      );
    }
  }
  return parsed.data;
}

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
