import { kindOf, type Resource, type ResourceKind } from '../../pve/resources.ts';
import { type Column, table } from '../../render/table.ts';
import { bytes, duration, percent } from '../../render/units.ts';

type Columns = readonly Column<Resource>[];

const name = { head: 'NAME', cell: (row: Resource) => row.name };
const node = { head: 'NODE', cell: (row: Resource) => row.node };
const type = { head: 'TYPE', cell: (row: Resource) => row.type };
const status = { head: 'STATUS', cell: (row: Resource) => row.status };
const cpu = { head: 'CPU', cell: (row: Resource) => load(live(row) ? row.cpu : undefined, row.maxcpu) };
const memory = {
  head: 'MEMORY',
  cell: (row: Resource) => share(live(row) ? row.mem : undefined, row.maxmem),
};
const disk = {
  head: 'DISK',
  cell: (row: Resource) => share(diskUsed(row), row.maxdisk),
};
const uptime = {
  head: 'UPTIME',
  cell: (row: Resource) => (live(row) && row.uptime !== undefined ? duration(row.uptime) : undefined),
};

/** Whether the figures of the moment mean anything. */
function live({ status }: Resource): boolean {
  return status === 'running' || status === 'online';
}

/** Proxmox says 0 for the disks of VMs, into which it does not look, and of containers that do not run. */
function diskUsed(row: Resource): number | undefined {
  return row.type === 'qemu' || (row.type === 'lxc' && !live(row)) ? undefined : row.disk;
}

/** `18% of 256 MiB`; `256 MiB` where the used part is not known. */
function share(used: number | undefined, total: number | undefined): string | undefined {
  if (total === undefined) return undefined;
  return used === undefined || total === 0 ? bytes(total) : `${percent(used / total)} of ${bytes(total)}`;
}

/** `2.7% of 4`; `4` where the load is not known. */
function load(cpu: number | undefined, cores: number | undefined): string | undefined {
  if (cpu === undefined) return cores === undefined ? undefined : String(cores);
  return cores === undefined ? percent(cpu) : `${percent(cpu)} of ${cores}`;
}

/** `running lock:backup ha:started`, `stopped template` */
function guestStatus({ status, template, lock, hastate }: Resource): string {
  const words = [
    status ?? 'unknown',
    template && 'template',
    lock && `lock:${lock}`,
    hastate && `ha:${hastate}`,
  ];
  return words.filter(Boolean).join(' ');
}

const TABLES: Record<ResourceKind, { title: string; columns: Columns }> = {
  node: {
    title: 'nodes',
    columns: [node, status, cpu, memory, { ...disk, head: 'ROOT DISK' }, uptime],
  },
  guest: {
    title: 'guests',
    columns: [
      { head: 'VMID', cell: (row) => row.vmid },
      name,
      type,
      node,
      { head: 'STATUS', cell: guestStatus },
      cpu,
      memory,
      disk,
      uptime,
      { head: 'TAGS', cell: (row) => row.tags?.join(';') },
      { head: 'POOL', cell: (row) => row.pool },
    ],
  },
  storage: {
    title: 'storage',
    columns: [
      name,
      node,
      { head: 'TYPE', cell: (row) => [row.plugintype, row.shared ? 'shared' : ''].join(' ').trim() },
      status,
      { ...disk, head: 'USED' },
      { head: 'CONTENT', cell: (row) => row.content?.split(',').sort().join(',') },
    ],
  },
  sdn: { title: 'sdn', columns: [name, node, type, status] },
  pool: { title: 'pools', columns: [name] },
  other: { title: 'other', columns: [{ head: 'ID', cell: (row) => row.id }, type, node, status] },
};

/** How many there are of each family. */
export function countKinds(resources: readonly Resource[]): Partial<Record<ResourceKind, number>> {
  const counts = new Map<ResourceKind, number>();
  for (const resource of resources) counts.set(kindOf(resource), (counts.get(kindOf(resource)) ?? 0) + 1);
  const kinds = Object.keys(TABLES) as ResourceKind[];
  return Object.fromEntries(
    kinds.filter((kind) => counts.has(kind)).map((kind) => [kind, counts.get(kind) ?? 0]),
  );
}

/** `3 nodes, 1 guest` */
export function countText(counts: Partial<Record<ResourceKind, number>>): string {
  const kinds = Object.entries(counts) as [ResourceKind, number][];
  return kinds.map(([kind, count]) => `${count} ${count === 1 ? kind : TABLES[kind].title}`).join(', ');
}

/** One table a family, in the order in which the families first come up. */
export function resourceTables(resources: readonly Resource[]): string {
  const groups = new Map<ResourceKind, Resource[]>();
  for (const resource of resources) {
    const kind = kindOf(resource);
    const group = groups.get(kind);
    if (group) group.push(resource);
    else groups.set(kind, [resource]);
  }
  return [...groups]
    .map(([kind, rows]) => `${TABLES[kind].title}\n${table(TABLES[kind].columns, rows)}`)
    .join('\n\n');
}
