import type { Resource, Whereabouts } from '../pve/resources.ts';
import { fence, line } from '../render/untrusted.ts';
import { resourceTables } from '../tools/cluster/resource-table.ts';

/** How many nodes, and how many storages, are named one by one. */
const NAMED = 30;

/** The cluster in short: its nodes, what its guests do, its storages with the fullest first. */
export function clusterSummary({ nodes, guests, storages }: Whereabouts): string {
  const hosts = [...nodes.values()].sort(
    // Who is away comes first: a long list is cut.
    (a, b) => Number(isOnline(a)) - Number(isOnline(b)) || (String(a.node) < String(b.node) ? -1 : 1),
  );
  const stores = once(storages).sort((a, b) => fill(b) - fill(a) || (a.id < b.id ? -1 : 1));
  const away = hosts.filter((host) => !isOnline(host)).map(({ node }) => node);
  const shown = [...hosts.slice(0, NAMED), ...stores.slice(0, NAMED)];
  return [
    line(
      `${count(hosts, 'node')}, ${hosts.length - away.length} online; ${guestCounts([...guests.values()])}; ${count(stores, 'storage')}`,
    ),
    away.length > 0 && line(`NOT ONLINE: ${away.join(', ')}`),
    shown.length > 0 && fence('Proxmox', resourceTables(shown)),
    hosts.length > NAMED && `and ${hosts.length - NAMED} more nodes`,
    stores.length > NAMED && `and ${stores.length - NAMED} more storages, with more room`,
    'All guests: get_cluster_resources. One: get_guest.',
  ]
    .filter((part) => part !== false)
    .join('\n');
}

function isOnline({ status }: Resource): boolean {
  return status === 'online';
}

/** A shared storage is listed with every node that has it; it is one. */
function once(storages: readonly Resource[]): Resource[] {
  const shared = new Set<string>();
  return storages.filter(({ shared: isShared, name = '' }) => {
    if (!isShared) return true;
    if (shared.has(name)) return false;
    shared.add(name);
    return true;
  });
}

function fill({ disk = 0, maxdisk = 0 }: Resource): number {
  return maxdisk === 0 ? 0 : disk / maxdisk;
}

/** `9 guests (7 running, 2 stopped), 1 template` */
function guestCounts(all: readonly Resource[]): string {
  const templates = all.filter(({ template }) => template);
  const guests = all.filter(({ template }) => !template);
  const states = new Map<string, number>();
  for (const { status = 'unknown' } of guests) states.set(status, (states.get(status) ?? 0) + 1);
  const each = [...states].sort(([a], [b]) => (a < b ? -1 : 1)).map(([state, many]) => `${many} ${state}`);
  return [
    `${count(guests, 'guest')}${each.length > 0 ? ` (${each.join(', ')})` : ''}`,
    ...(templates.length > 0 ? [count(templates, 'template')] : []),
  ].join(', ');
}

function count(all: readonly unknown[], what: string): string {
  return `${all.length} ${what}${all.length === 1 ? '' : 's'}`;
}
