import type { Api } from '../api/api.ts';
import { type ApiPath, path } from '../api/path.ts';
import type { Guest } from './guests.ts';
import { flag, known, number, row, rows, text } from './read.ts';

/** A snapshot of a guest. */
export interface Snapshot {
  name: string;
  /** Seconds since 1970. */
  snaptime?: number;
  description?: string;
  /** Whether the RAM was saved with it; never of a container. */
  ram: boolean;
  /** The one that the guest stood on when it was taken. */
  parent?: string;
}

type Where = Pick<Guest, 'node' | 'type' | 'vmid'>;
type Options = { signal?: AbortSignal };

/** Where a POST takes a snapshot, or the snapshot itself. */
export function snapshotPath({ node, type, vmid }: Where, name?: string): ApiPath {
  const all = path`/nodes/${node}/${type}/${vmid}/snapshot`;
  return name === undefined ? all : path`/nodes/${node}/${type}/${vmid}/snapshot/${name}`;
}

/** The snapshots of a guest, oldest first. The row `current`, which is the guest as it stands, is left out. */
export async function snapshotsOf(api: Api, guest: Where, options: Options = {}): Promise<Snapshot[]> {
  const found = rows(await api.get<unknown>(snapshotPath(guest), {}, options));
  const snapshots = found
    .filter(({ name }) => text(name) !== undefined && name !== 'current')
    .map((one) =>
      known<Snapshot>({
        name: String(one.name),
        snaptime: number(one.snaptime),
        description: text(one.description)?.trim() || undefined,
        ram: flag(one.vmstate),
        parent: text(one.parent),
      }),
    );
  const byName = new Map(snapshots.map((each) => [each.name, each]));
  /** How many stand before it: times are whole seconds, so two may share one. */
  const depth = ({ parent }: Snapshot, left = byName.size): number => {
    const before = parent === undefined || left === 0 ? undefined : byName.get(parent);
    return before === undefined ? 0 : 1 + depth(before, left - 1);
  };
  const depths = new Map(snapshots.map((each) => [each.name, depth(each)]));
  return snapshots.sort(
    (a, b) =>
      (a.snaptime ?? 0) - (b.snaptime ?? 0) ||
      (depths.get(a.name) ?? 0) - (depths.get(b.name) ?? 0) ||
      (a.name < b.name ? -1 : 1),
  );
}

/** Whether Proxmox could take one: not where a disk lies on a storage that can't, or is a bind mount. */
export async function canSnapshot(api: Api, { node, type, vmid }: Where, options: Options = {}) {
  const to = path`/nodes/${node}/${type}/${vmid}/feature`;
  return flag(row(await api.get<unknown>(to, { feature: 'snapshot' }, options)).hasFeature);
}
