import type { Api } from '../api/api.ts';
import { path } from '../api/path.ts';
import { flag, known, number, row, rows, text } from './read.ts';
import type { Resource } from './resources.ts';
import type { Sight } from './sight.ts';

type Options = { signal?: AbortSignal };

/** A storage that can be looked into: a shared one once, a local one on each of its nodes. Sizes in bytes. */
export interface StoragePlace {
  storage: string;
  /** The node that is asked. */
  node: string;
  shared: boolean;
  /** `lvmthin`, `nfs`, … */
  type?: string;
  used?: number;
  total?: number;
}

/** What lies on a storage: a disk, an image, a backup. */
export interface Volume {
  volid: string;
  /** `images`, `rootdir`, `iso`, `vztmpl`, `backup`, `import`, `snippets` */
  content: string;
  /** Bytes; of a thin one, those it may grow to. */
  size: number;
  /** What it really takes. Few storages say so. */
  used?: number;
  /** Seconds since 1970. */
  ctime?: number;
  /** The guest that its name tells. */
  vmid?: number;
  protected: boolean;
}

/** The storages that can be looked into, by name; the others are remembered as unseen. `only` is one storage's name. */
export function storagePlaces(
  resources: readonly Resource[],
  sight: Sight,
  only: string | undefined,
): StoragePlace[] {
  const online = new Set(
    resources.filter((one) => one.type === 'node' && one.status === 'online').map(({ node }) => node),
  );
  const shared = new Map<string, StoragePlace>();
  const dark = new Map<string, string>();
  const local: StoragePlace[] = [];
  for (const one of resources.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const { type, name: storage, node, status } = one;
    if (type !== 'storage' || storage === undefined || node === undefined) continue;
    if (only !== undefined && storage !== only) continue;
    const away = !online.has(node);
    if (away || status !== 'available') {
      const why = away ? 'the node is offline' : `the storage is ${status ?? 'not available'}`;
      if (one.shared) dark.set(storage, why);
      else sight.missed(`${storage} of ${node}`, why);
      continue;
    }
    const place = known<StoragePlace>({
      ...{ storage, node, shared: one.shared === true, type: one.plugintype },
      ...{ used: one.disk, total: one.maxdisk },
    });
    if (!one.shared) local.push(place);
    else if (!shared.has(storage)) shared.set(storage, place);
  }
  for (const [storage, why] of dark) if (!shared.has(storage)) sight.missed(storage, why);
  return [...shared.values(), ...local];
}

/** All that lies there, by name. Disks of guests that this login may not see are left out by Proxmox in silence. */
export async function volumesAt(
  api: Api,
  { node, storage }: Pick<StoragePlace, 'node' | 'storage'>,
  options: Options = {},
): Promise<Volume[]> {
  const to = path`/nodes/${node}/storage/${storage}/content`;
  return rows(await api.get<unknown>(to, {}, options))
    .map((one) =>
      known<Volume>({
        ...{ volid: text(one.volid) ?? '', content: text(one.content) ?? '', used: number(one.used) },
        size: number(one.size) ?? number(one['approximate-size']) ?? 0,
        ...{ ctime: number(one.ctime), vmid: number(one.vmid), protected: flag(one.protected) },
      }),
    )
    .sort((a, b) => (a.volid < b.volid ? -1 : 1));
}

/**
 * What is behind each storage, so that two names of one thing are known to be one: the same pool, volume group, export or folder.
 */
export async function backings(api: Api, options: Options = {}): Promise<Map<string, string>> {
  const found = rows(await api.get<unknown>(path`/storage`, {}, options));
  return new Map(
    found.map((one) => {
      const { type, pool, vgname, thinpool, server, export: exported, share, monhost, namespace } = one;
      const folder = type === 'dir' || type === 'btrfs' ? one.path : undefined;
      const parts = [type, pool, vgname, thinpool, server, exported, share, monhost, namespace, folder];
      const name = text(one.storage) ?? '';
      // Only what says where it lies can tell two of them to be one.
      return [name, parts.slice(1).some((part) => part !== undefined) ? parts.join('|') : name];
    }),
  );
}

/** Where copies of guests are kept up to date: `101 pve2`. */
export async function replicas(api: Api, options: Options = {}): Promise<Set<string>> {
  const found = rows(await api.get<unknown>(path`/cluster/replication`, {}, options));
  return new Set(found.map(({ guest, target }) => `${text(guest)} ${text(target)}`));
}

/**
 * Whether no guest has that VMID, also none that this login may not see, and none that is too new for the cluster's list: Proxmox
 * would give it away (recorded on PVE 9.2: a taken one is a 400).
 */
export async function isFree(api: Api, vmid: number, options: Options = {}): Promise<boolean> {
  return text(await api.get<unknown>(path`/cluster/nextid`, { vmid }, options)) === String(vmid);
}

/** A snapshot's own config: the disks it stands on, and its `vmstate`. */
export async function snapshotConfig(
  api: Api,
  { node, type, vmid }: { node: string; type: 'qemu' | 'lxc'; vmid: number },
  name: string,
  options: Options = {},
): Promise<Record<string, unknown>> {
  const to = path`/nodes/${node}/${type}/${vmid}/snapshot/${name}/config`;
  return row(await api.get<unknown>(to, {}, options));
}
