import type { Api } from '../api/api.ts';
import { path } from '../api/path.ts';
import { type Held, holding } from '../schema/held.ts';
import { flag, known, number, row, rows, text } from './read.ts';
import type { Resource } from './resources.ts';
import type { Sight } from './sight.ts';

type Options = { signal?: AbortSignal };

/** One backup on a storage. */
export interface Backup {
  volid: string;
  storage: string;
  /** A node that sees it. */
  node: string;
  /** The guest that was backed up; it need not be there any more. */
  vmid?: number;
  type?: 'qemu' | 'lxc';
  /** Seconds since 1970. */
  ctime: number;
  size?: number;
  notes?: string;
  protected: boolean;
  encrypted: boolean;
  /** `ok` or `failed`; only a Backup Server verifies. */
  verified?: string;
}

/** A storage that holds backups, and a node that can look into it. */
export interface BackupPlace {
  storage: string;
  node: string;
  shared: boolean;
  /** Bytes. */
  free?: number;
}

/** The storages that backups may lie on: a shared one once, a local one for each node. What can't be looked into is remembered. */
export function backupPlaces(resources: readonly Resource[], sight: Sight): BackupPlace[] {
  const online = new Set(
    resources.filter((one) => one.type === 'node' && one.status === 'online').map(({ node }) => node),
  );
  const shared = new Map<string, BackupPlace>();
  const dark = new Map<string, string>();
  const local: BackupPlace[] = [];
  const sorted = resources.filter(isBackupStorage).sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const one of sorted) {
    const { name: storage = '', node = '', status, disk, maxdisk } = one;
    const away = !online.has(node);
    if (away || status !== 'available') {
      const why = away
        ? `the node ${node} is offline`
        : `the storage is ${status ?? 'not available'} on ${node}`;
      if (one.shared) dark.set(storage, why);
      else sight.missed(`backups on ${storage} of ${node}`, away ? 'the node is offline' : why);
      continue;
    }
    const free = disk !== undefined && maxdisk ? maxdisk - disk : undefined;
    const place = { storage, node, shared: one.shared === true, ...(free !== undefined && { free }) };
    if (!one.shared) local.push(place);
    else if (!shared.has(storage)) shared.set(storage, place);
  }
  for (const [storage, why] of dark) if (!shared.has(storage)) sight.missed(`backups on ${storage}`, why);
  return [...shared.values(), ...local];
}

function isBackupStorage({ type, name, node, content }: Resource): boolean {
  return (
    type === 'storage' &&
    name !== undefined &&
    node !== undefined &&
    (content?.split(',').includes('backup') ?? false)
  );
}

/** The backups there, newest first; of one guest where a VMID is given. */
export async function backupsAt(
  api: Api,
  { storage, node }: Pick<BackupPlace, 'storage' | 'node'>,
  { vmid, signal }: Options & { vmid?: number | undefined } = {},
): Promise<Backup[]> {
  const to = path`/nodes/${node}/storage/${storage}/content`;
  const params = { content: 'backup', ...(vmid !== undefined && { vmid }) };
  const found = rows(await api.get<unknown>(to, params, signal ? { signal } : {}));
  return found
    .flatMap((one): Backup[] => {
      const volid = text(one.volid);
      if (volid === undefined) return [];
      return [
        known<Backup>({
          ...{ volid, storage, node, vmid: number(one.vmid), type: typeOf(volid, text(one.subtype)) },
          ...{ ctime: number(one.ctime) ?? 0, size: number(one.size), notes: text(one.notes) },
          ...{ protected: flag(one.protected), encrypted: text(one.encrypted) !== undefined },
          verified: text(row(one.verification).state),
        }),
      ];
    })
    .sort((a, b) => b.ctime - a.ctime || (a.volid < b.volid ? -1 : 1));
}

/** `backup/vzdump-qemu-100-…` of files, `backup/vm/100/…` of a Backup Server. */
export function typeOf(volid: string, subtype?: string): Backup['type'] {
  if (subtype === 'qemu' || subtype === 'lxc') return subtype;
  if (/backup\/(?:vzdump-qemu-|vm\/)/.test(volid)) return 'qemu';
  return /backup\/(?:vzdump-(?:lxc|openvz)-|ct\/)/.test(volid) ? 'lxc' : undefined;
}

/** The backups that were found, newest first, and whether there may be others. */
export interface SeenBackups {
  backups: Backup[];
  /** Whether all backups of this guest on this storage were seen. */
  sees(guest: { vmid: number; node: string }, storage: string): boolean;
}

/**
 * All backups that can be seen: the storages are read side by side. Proxmox leaves out, without a word, what the login may not
 * use: that takes Datastore.AllocateSpace on the storage together with VM.Backup on the guest, or Datastore.Allocate.
 *
 * @param held what the login holds; undefined where nobody can say
 */
export async function allBackups(
  api: Api,
  resources: readonly Resource[],
  sight: Sight,
  { held, ...options }: Options & { vmid?: number | undefined; held: Held | undefined },
): Promise<SeenBackups> {
  const read = new Set<string>();
  const may = (privilege: string, where: string) =>
    held === undefined || holding(held, where, privilege) === 'yes';
  const lists = await Promise.all(
    backupPlaces(resources, sight).map(async (place) => {
      const { storage, node, shared } = place;
      const what = shared ? `backups on ${storage}` : `backups on ${storage} of ${node}`;
      const found = await sight.of(what, backupsAt(api, place, options));
      if (found === undefined) return [];
      read.add(shared ? storage : `${storage}@${node}`);
      const [all, some] = ['Datastore.Allocate', 'Datastore.AllocateSpace'].map((each) =>
        may(each, `/storage/${storage}`),
      );
      if (!all && !some)
        sight.missed(
          `backups on ${storage}`,
          'Proxmox shows them to nobody without Datastore.AllocateSpace there and VM.Backup on the guest',
        );
      return found;
    }),
  );
  return {
    backups: lists.flat().sort((a, b) => b.ctime - a.ctime || (a.volid < b.volid ? -1 : 1)),
    sees: ({ vmid, node }, storage) =>
      (read.has(storage) || read.has(`${storage}@${node}`)) &&
      (may('Datastore.Allocate', `/storage/${storage}`) ||
        (may('Datastore.AllocateSpace', `/storage/${storage}`) && may('VM.Backup', `/vms/${vmid}`))),
  };
}

/** A job that makes backups by schedule. */
export interface BackupJob {
  id: string;
  enabled: boolean;
  /** A calendar event, in the time zone of the cluster. */
  schedule?: string;
  /** Seconds since 1970; absent while it is switched off. */
  nextRun?: number;
  storage?: string;
}

/** The backup jobs of the cluster, by id. Needs Sys.Audit on `/`. */
export async function backupJobs(api: Api, options: Options = {}): Promise<BackupJob[]> {
  const found = rows(await api.get<unknown>(path`/cluster/backup`, {}, options));
  return found
    .map((one) =>
      known<BackupJob>({
        ...{ id: text(one.id) ?? '', enabled: one.enabled === undefined || flag(one.enabled) },
        ...{ schedule: text(one.schedule), nextRun: number(one['next-run']), storage: text(one.storage) },
      }),
    )
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The guests that a job covers, and which of their disks do not go with them. */
export async function jobGuests(
  api: Api,
  id: string,
  options: Options = {},
): Promise<{ vmid: number; leftOut: string[] }[]> {
  const tree = row(await api.get<unknown>(path`/cluster/backup/${id}/included_volumes`, {}, options));
  return rows(tree.children).flatMap((guest) => {
    const vmid = number(guest.id);
    if (vmid === undefined) return [];
    const leftOut = rows(guest.children)
      .filter(({ included }) => !flag(included))
      .map(({ id }) => String(id).replace(/^\d+:/, ''));
    return [{ vmid, leftOut }];
  });
}
