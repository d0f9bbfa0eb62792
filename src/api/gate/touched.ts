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
  const known = await guestsOf(read);
  await addHaRule(scope, read);

  const reached = (guest: TouchedGuest) =>
    scope.vmids.has(guest.vmid) || (isWide(scope, guest) && !scope.except.has(guest.vmid));
  const guests = (known ?? []).filter((guest) => reached(guest) || scope.ifThere.has(guest.vmid));
  const listed = new Set(guests.map(({ vmid }) => vmid));
  for (const vmid of scope.vmids) if (!listed.has(vmid)) guests.push(unknownGuest(vmid, scope));
  guests.sort((a, b) => a.vmid - b.vmid);
  return known === undefined ? { guests, unread: true } : { guests };
}

function isEmpty({ everyone, nodes, pools, vmids, ifThere, haRule }: Scope): boolean {
  return !everyone && haRule === undefined && nodes.size + pools.size + vmids.size + ifThere.size === 0;
}

function isWide({ everyone, nodes, pools }: Scope, { node, pool }: TouchedGuest): boolean {
  if (everyone) return true;
  // A node that does not know a name of another node looks it up, and that minds no case.
  for (const name of nodes)
    if (name === 'localhost' || name.toLowerCase() === node.toLowerCase()) return true;
  return [...pools].some((name) => pool === name || pool?.startsWith(`${name}/`));
}

/** Every guest that this login may see; undefined where it can't be read. */
async function guestsOf(read: Read): Promise<TouchedGuest[] | undefined> {
  try {
    const { data } = await read('/cluster/resources', { type: 'vm' });
    return Array.isArray(data) ? data.flatMap(guestOf) : undefined;
  } catch {
    return undefined;
  }
}

function guestOf(row: unknown): TouchedGuest[] {
  const { vmid, name, node, type, status, tags, pool } = (row ?? {}) as Record<string, unknown>;
  if (typeof vmid !== 'number' || typeof node !== 'string' || (type !== 'qemu' && type !== 'lxc')) return [];
  const word = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  const tagList = (word(tags) ?? '').split(/[;,\s]+/).filter((tag) => tag !== '');
  return [{ vmid, name: word(name), node, type, status: word(status), tags: tagList, pool: word(pool) }];
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
