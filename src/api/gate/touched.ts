import type { Read } from '../change.ts';
import type { Call } from './call.ts';
import type { TouchedGuest } from './plan.ts';
import { type Scope, scopeOf } from './scope.ts';
import { vmidsIn } from './vmids.ts';

/** The guests that a change touches. */
export interface Touched {
  guests: TouchedGuest[];
  /** Set where the cluster would not say which guests there are: then there may be more than these. */
  unread?: true;
}

/**
 * The guests that a change touches, whether its path names them, a parameter, a volume, a task, or nothing does. One that
 * the cluster does not list to this login is there with its VMID alone.
 */
export async function touchedGuests(call: Call, read: Read): Promise<Touched> {
  const scope = scopeOf(call);
  if (isEmpty(scope)) return { guests: [] };
  await addHaRule(scope, read);
  const rows = await guestRows(read);

  const guests = (rows ?? []).filter((row) => reaches(scope, row)).map(guestOf);
  const listed = new Set(guests.map(({ vmid }) => vmid));
  for (const vmid of scope.vmids) if (!listed.has(vmid)) guests.push(unknownGuest(vmid, scope));
  guests.sort((a, b) => a.vmid - b.vmid);
  return rows === undefined ? { guests, unread: true } : { guests };
}

function isEmpty({ everyone, nodes, pools, vmids, ifThere, haRule }: Scope): boolean {
  return !everyone && haRule === undefined && nodes.size + pools.size + vmids.size + ifThere.size === 0;
}

function reaches(scope: Scope, row: Row): boolean {
  const { vmids, ifThere, except } = scope;
  return vmids.has(row.vmid) || ifThere.has(row.vmid) || (isWide(scope, row) && !except.has(row.vmid));
}

function isWide({ everyone, nodes, pools }: Scope, { node, pool }: Row): boolean {
  if (everyone) return true;
  // A node that does not know a name of another node looks it up, and that minds no case.
  for (const name of nodes)
    if (name === 'localhost' || name.toLowerCase() === node.toLowerCase()) return true;
  for (const name of pools) if (pool === name || String(pool).startsWith(`${name}/`)) return true;
  return false;
}

/** A guest as `/cluster/resources` has it (PVE 9.2): tags are one text, with `;` between them. */
interface Row {
  vmid: number;
  node: string;
  type: 'qemu' | 'lxc';
  name?: unknown;
  status?: unknown;
  tags?: unknown;
  pool?: unknown;
}

/** Every guest that this login may see; undefined where it can't be read. */
async function guestRows(read: Read): Promise<Row[] | undefined> {
  try {
    const { data } = await read('/cluster/resources', { type: 'vm' });
    // A row that nobody understands may be any guest.
    return Array.isArray(data) && data.every(isRow) ? data : undefined;
  } catch {
    return undefined;
  }
}

function isRow(row: unknown): row is Row {
  const { vmid, node, type } = (row ?? {}) as Record<string, unknown>;
  return typeof vmid === 'number' && typeof node === 'string' && (type === 'qemu' || type === 'lxc');
}

function guestOf({ vmid, node, type, ...row }: Row): TouchedGuest {
  const word = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  const tags = (word(row.tags) ?? '').split(/[;,\s]+/).filter((tag) => tag !== '');
  return { vmid, name: word(row.name), node, type, status: word(row.status), tags, pool: word(row.pool) };
}

function unknownGuest(vmid: number, { node, type }: Scope): TouchedGuest {
  return { vmid, name: undefined, node, type, status: undefined, tags: [], pool: undefined };
}

/** A rule that can't be read may be about any guest. */
async function addHaRule(scope: Scope, read: Read): Promise<void> {
  if (scope.haRule === undefined) return;
  try {
    const { data } = await read(`/cluster/ha/rules/${encodeURIComponent(scope.haRule)}`, {});
    const { resources } = (data ?? {}) as { resources?: unknown };
    const vmids = vmidsIn(String(resources ?? ''));
    if (vmids.length === 0) scope.everyone = true;
    for (const vmid of vmids) scope.vmids.add(vmid);
  } catch {
    scope.everyone = true;
  }
}
