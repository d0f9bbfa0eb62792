import type { Api } from '../api/api.ts';
import { path } from '../api/path.ts';
import { isDiskName } from '../schema/disk-names.ts';
import type { Guest } from './guests.ts';
import { flag, number, type Row, row, rows, text } from './read.ts';

type Place = Pick<Guest, 'node' | 'type' | 'vmid'>;
type Reading = { signal?: AbortSignal };

/** How a guest is at this moment: the cluster's list is up to 10 s old. */
export interface GuestNow {
  running: boolean;
  /** A VM whose CPUs stand still; its status is `running` all the same. */
  paused: boolean;
  /** Seconds; 0 while it is stopped. */
  uptime: number;
  lock?: string;
  /** Whether HA looks after it: then its orders go by HA's manager. */
  ha: boolean;
}

export async function guestNow(api: Api, { node, type, vmid }: Place, options: Reading): Promise<GuestNow> {
  const now = row(await api.get(path`/nodes/${node}/${type}/${vmid}/status/current`, {}, options));
  const lock = text(now.lock);
  return {
    running: now.status === 'running',
    paused: now.status === 'running' && now.qmpstatus === 'paused',
    uptime: number(now.uptime) ?? 0,
    ha: flag(row(now.ha).managed),
    ...(lock !== undefined && { lock }),
  };
}

/** Its configuration with what waits for a restart in it, as the next change will find it; `digest` guards that. */
export async function guestConfig(api: Api, { node, type, vmid }: Place, options: Reading): Promise<Row> {
  return row(await api.get(path`/nodes/${node}/${type}/${vmid}/config`, {}, options));
}

/** Its snapshots by name, without the present. */
export async function snapshotNames(
  api: Api,
  { node, type, vmid }: Place,
  options: Reading,
): Promise<string[]> {
  const found = rows(await api.get(path`/nodes/${node}/${type}/${vmid}/snapshot`, {}, options));
  return found.flatMap(({ name }) => (name === 'current' ? [] : (text(name) ?? []))).sort();
}

/** A disk or mount point of a configuration. */
export interface Disk {
  key: string;
  volume: string;
  /** As the configuration has it: `32G`. A disk that is not in use has none. */
  size?: string;
}

/** The disks of a configuration by key, those in no use too; no CD drives and no folders of the node. */
export function disksIn(config: Row): Disk[] {
  return Object.entries(config)
    .flatMap(([key, value]) => {
      if (!isDiskName(key) || typeof value !== 'string' || /(?:^|,)media=cdrom/.test(value)) return [];
      const [first = ''] = value.split(',');
      const volume = first.replace(/^(?:file|volume)=/, '');
      if (!volume.includes(':') || volume.startsWith('/')) return [];
      const size = /(?:^|,)size=(\d+(?:\.\d+)?[KMGT]?)(?:,|$)/.exec(value)?.[1];
      return [{ key, volume, ...(size !== undefined && { size }) }];
    })
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

const UNITS = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 } as const;

/** A size as Proxmox writes it (`32G`, `512M`, powers of 1024) in bytes; undefined for anything else. */
export function sizeInBytes(size: string): number | undefined {
  const [, count, unit] = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(size) ?? [];
  return count === undefined ? undefined : Number(count) * UNITS[unit as keyof typeof UNITS];
}
