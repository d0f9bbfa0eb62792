import { path } from '../../api/path.ts';
import type { Guest } from '../../pve/guests.ts';
import { flag, number, rows, text } from '../../pve/read.ts';
import type { Resource } from '../../pve/resources.ts';
import type { Sight } from '../../pve/sight.ts';
import type { ToolContext } from '../tool.ts';

/** The backups of one guest. */
export interface GuestBackups {
  count: number;
  last?: { volid: string; storage: string; time: number; size?: number; protected: boolean };
  /** The storages that were looked into. */
  storages: string[];
}

/**
 * Looks into every storage for backups that the guest's node can reach; while that node is away, into the shared ones
 * through another.
 */
export async function backupsOfGuest(
  guest: Guest,
  resources: readonly Resource[],
  sight: Sight,
  { pve, signal }: Pick<ToolContext, 'pve' | 'signal'>,
): Promise<GuestBackups> {
  const online = new Set(
    resources.filter((one) => one.type === 'node' && one.status === 'online').map(({ node }) => node),
  );
  const places = new Map<string, string>();
  for (const { type, name, node, content, shared, status } of resources) {
    if (type !== 'storage' || name === undefined || node === undefined) continue;
    if (!content?.split(',').includes('backup')) continue;
    if (node === guest.node && !online.has(node) && !shared)
      sight.missed(`backups on ${name} of ${node}`, 'the node is offline');
    if (!online.has(node)) continue;
    if (node === guest.node && status !== 'available') {
      sight.missed(`backups on ${name}`, `the storage is ${status ?? 'not available'} on ${node}`);
      continue;
    }
    if (node === guest.node || (shared && status === 'available' && !places.has(name)))
      places.set(name, node);
  }
  const found = await Promise.all(
    [...places].sort().map(async ([storage, node]) => {
      const to = path`/nodes/${node}/storage/${storage}/content`;
      const params = { content: 'backup', vmid: guest.vmid };
      const data = await sight.of(`backups on ${storage}`, pve.api.get<unknown>(to, params, { signal }));
      return rows(data).map((row) => ({ storage, row }));
    }),
  );
  const all = found
    .flat()
    .map(({ storage, row }) => {
      const size = number(row.size);
      const [volid, time] = [text(row.volid) ?? '', number(row.ctime) ?? 0];
      return { volid, storage, time, protected: flag(row.protected), ...(size !== undefined && { size }) };
    })
    .sort((a, b) => b.time - a.time);
  const [last] = all;
  return { count: all.length, storages: [...places.keys()].sort(), ...(last && { last }) };
}
