import type { Guest } from '../../pve/guests.ts';
import { flag, number, type Row, row, rows, text } from '../../pve/read.ts';
import type { Resource } from '../../pve/resources.ts';
import { bytes, duration } from '../../render/units.ts';
import { line } from '../../render/untrusted.ts';

/** Where one guest goes and how; or why it stays. */
export interface Move {
  guest: Guest;
  to?: string;
  params?: Record<string, string | number>;
  /** What is to be known about it: downtime, disks that are copied. */
  how: string;
  /** Why it stays. */
  blocked?: string;
}

export interface MovePlanOptions {
  /** Where guests may go: online nodes. */
  targets: readonly string[];
  /** Storage for local disks on the target, instead of the one of the same name. */
  storage?: string | undefined;
}

/** Roughly what a network of 1 Gbit/s copies, in bytes a second. */
const COPY = 100 * 2 ** 20;

/**
 * Who goes where: the large ones first, each to the node that is left with the most free memory, as far as Proxmox's
 * preconditions (`GET …/migrate`, one answer for each guest, or why there is none) allow it there.
 */
export function movePlan(
  guests: readonly Guest[],
  preconditions: ReadonlyMap<number, Row | string>,
  nodes: readonly Resource[],
  { targets, storage }: MovePlanOptions,
): Move[] {
  const free = new Map(
    nodes
      .filter(({ node }) => node !== undefined && targets.includes(node))
      .map(({ node, maxmem = 0, mem = 0 }) => [node as string, maxmem - mem]),
  );
  const bySize = [...guests].sort((a, b) => need(b) - need(a) || a.vmid - b.vmid);
  const moves = bySize.map((guest): Move => {
    const found = preconditions.get(guest.vmid) ?? 'its preconditions could not be read';
    if (typeof found === 'string') return { guest, how: '', blocked: found };
    const blocked = standing(guest, found);
    if (blocked !== undefined) return { guest, how: '', blocked };
    const whyNot = new Map<string, string>();
    const fitting = [...free].filter(([node, left]) => {
      const why = node === guest.node ? 'it is there' : refusal(found, node, storage);
      const short =
        need(guest) > left ? `${bytes(left)} memory free, ${bytes(need(guest))} needed` : undefined;
      if (why !== undefined || short !== undefined) whyNot.set(node, why ?? short ?? '');
      return why === undefined && short === undefined;
    });
    const [best] = fitting.sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
    if (best === undefined) {
      const reasons = [...whyNot].map(([node, why]) => `${node}: ${why}`).join('; ');
      return { guest, how: '', blocked: reasons || 'there is no other node online' };
    }
    free.set(best[0], best[1] - need(guest));
    return { guest, to: best[0], ...way(guest, found, best[0], storage) };
  });
  return moves.sort((a, b) => a.guest.vmid - b.guest.vmid);
}

/** The memory that it will take on the other node. */
function need({ status, maxmem = 0 }: Guest): number {
  return status === 'running' ? maxmem : 0;
}

/** What keeps a guest where it is, whatever the target. */
function standing(guest: Guest, found: Row): string | undefined {
  const local = Array.isArray(found.local_resources) ? found.local_resources.map(String) : [];
  if (local.length === 0) return undefined;
  return guest.status === 'running'
    ? `it uses devices of its node (${line(local.join(', '), 100)}): shut it down first, or take them out`
    : `it uses devices of its node (${line(local.join(', '), 100)}): take them out first`;
}

/** Why Proxmox would not have it there; undefined where it would. VMs and containers spell the fields differently. */
function refusal(found: Row, node: string, storage: string | undefined): string | undefined {
  const allowed = found.allowed_nodes ?? found['allowed-nodes'];
  const reasons = row(row(found.not_allowed_nodes ?? found['not-allowed-nodes'])[node]);
  const missing = Array.isArray(reasons.unavailable_storages) ? reasons.unavailable_storages.map(String) : [];
  const others = Object.keys(reasons).filter((key) => key !== 'unavailable_storages');
  if (others.length > 0) return line(others.map((key) => wordFor(key, reasons[key])).join(', '), 200);
  // What is missing there is copied to the storage that was named.
  if (missing.length > 0)
    return storage === undefined
      ? `has no storage ${line(missing.join(', '), 80)} (name one: storage)`
      : undefined;
  return !Array.isArray(allowed) || allowed.includes(node) ? undefined : 'Proxmox does not allow it there';
}

function wordFor(key: string, value: unknown): string {
  const which = rows(value).flatMap(({ sid }) => text(sid) ?? []);
  if (key === 'blocking-ha-resources') return `an HA rule keeps it apart from ${which.join(' and ')}`;
  return `${key}: ${text(value) ?? JSON.stringify(value)}`;
}

function way(
  guest: Guest,
  found: Row,
  target: string,
  storage: string | undefined,
): Pick<Move, 'params' | 'how'> {
  const running = guest.status === 'running';
  const disks = rows(found.local_disks).filter((disk) => !flag(disk.cdrom));
  const size = disks.reduce((sum, disk) => sum + (number(disk.size) ?? 0), 0);
  const copies =
    disks.length > 0
      ? `, copies ${disks.length === 1 ? '1 local disk' : `${disks.length} local disks`} (${bytes(size)}, about ${duration(size / COPY)} at 1 Gbit/s)`
      : '';
  const alsoMoved = rows(found['dependent-ha-resources']);
  const along =
    Array.isArray(found['dependent-ha-resources']) && found['dependent-ha-resources'].length > 0
      ? `, HA moves ${alsoMoved.length > 0 ? alsoMoved.flatMap(({ sid }) => text(sid) ?? []).join(' and ') : found['dependent-ha-resources'].map(String).join(' and ')} along`
      : '';
  if (guest.type === 'lxc')
    return {
      params: {
        target,
        ...(running && { restart: 1 }),
        ...(storage !== undefined && { 'target-storage': storage }),
      },
      how: `${running ? 'restart: it is down while it moves' : 'stopped'}${along}`,
    };
  return {
    params: {
      target,
      ...(running && { online: 1 }),
      ...(running && disks.length > 0 && { 'with-local-disks': 1 }),
      ...(storage !== undefined && disks.length > 0 && { targetstorage: storage }),
    },
    how: `${running ? 'live' : guest.template ? 'template, offline' : 'stopped'}${copies}${along}`,
  };
}
