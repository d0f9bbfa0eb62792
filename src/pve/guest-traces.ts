import type { Api } from '../api/api.ts';
import { path } from '../api/path.ts';
import type { Guest } from './guests.ts';
import { number, rows, text } from './read.ts';
import type { Resource } from './resources.ts';
import type { Sight } from './sight.ts';

/** What there is of a guest beside its configuration. */
export interface GuestTraces {
  backups: { volid: string; storage: string; ctime: number; size: number }[];
  /** Volumes with its VMID, whether its configuration knows them or not. */
  volumes: string[];
  /** What names it: `HA`, `backup job nightly`, `replication to pve2`. */
  references: string[];
}

/** Looks on every storage of the guest's node, in HA, in the backup jobs and in the replication: all side by side. */
export async function guestTraces(
  api: Api,
  { vmid, node, type }: Guest,
  resources: readonly Resource[],
  sight: Sight,
  options: { signal?: AbortSignal },
): Promise<GuestTraces> {
  const storages = resources.filter(
    (one) => one.type === 'storage' && one.node === node && one.status === 'available',
  );
  const list = async (what: string, where: Parameters<Api['get']>[0], params = {}) =>
    rows(await sight.of(what, api.get(where, params, options)));
  const [ha, jobs, replications, ...contents] = await Promise.all([
    list('HA', path`/cluster/ha/resources`),
    list('backup jobs', path`/cluster/backup`),
    list('replication', path`/cluster/replication`),
    ...storages.map(async ({ name: storage = '' }) =>
      (await list(`content of ${storage}`, path`/nodes/${node}/storage/${storage}/content`, { vmid })).map(
        (one) => ({ ...one, storage }),
      ),
    ),
  ]);
  const sid = `${type === 'qemu' ? 'vm' : 'ct'}:${vmid}`;
  const found = contents.flat() as (Record<string, unknown> & { storage: string })[];
  const own = found.filter((one) => number(one.vmid) === vmid);
  return {
    backups: own
      .filter(({ content }) => content === 'backup')
      .map(({ volid, storage, ctime, size }) => ({
        ...{ volid: text(volid) ?? '', storage },
        ...{ ctime: number(ctime) ?? 0, size: number(size) ?? 0 },
      }))
      .sort((a, b) => b.ctime - a.ctime),
    volumes: own.filter(({ content }) => content !== 'backup').flatMap(({ volid }) => text(volid) ?? []),
    references: [
      ...ha.filter((one) => one.sid === sid).map(() => 'HA'),
      ...jobs
        .filter((one) => (text(one.vmid) ?? '').split(/[,;\s]+/).includes(String(vmid)))
        .map(({ id }) => `backup job ${text(id) ?? ''}`),
      ...replications
        .filter((one) => number(one.guest) === vmid)
        .map(({ target }) => `replication to ${text(target) ?? 'another node'}`),
    ],
  };
}
