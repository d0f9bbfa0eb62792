import { type Call, parameterErrors, type Routes } from '../call.ts';
import type { Storage } from '../world/storage.ts';
import type { Work } from '../world/tasks.ts';
import { storageOf } from './config-disks.ts';
import { demand, no, nodeOf, startTask } from './find.ts';
import {
  checkVolumeName,
  demandVolume,
  maySeeVolume,
  pathOf,
  readVolumeName,
  volumeIdOf,
  volumeRow,
} from './volume-access.ts';

/** A storage's figures as one node sees it. */
function info(storage: Storage, node: string) {
  const used = storage.used(node);
  const enabled = storage.config.disable ? 0 : 1;
  return {
    ...{ type: storage.type, content: storage.config.content ?? '', shared: storage.shared ? 1 : 0 },
    ...{ active: enabled, enabled, total: storage.total, used, avail: storage.total - used },
  };
}

function list({ world, params, principal }: Call) {
  const { node, content, storage: only, target } = params;
  const wanted =
    content === undefined
      ? []
      : String(content)
          .split(/[,;\s]+/)
          .filter(Boolean);
  const fits = (storage: Storage) =>
    (storage.config.nodes === undefined || String(storage.config.nodes).split(',').includes(node)) &&
    (wanted.length === 0 || wanted.some((one) => storage.contents.includes(one)));
  const known = [...world.storages.values()].filter(fits);
  if (only !== undefined && !known.some(({ id }) => id === only))
    throw parameterErrors({ storage: 'No such storage.' });
  const sees = (id: string) =>
    principal.may(`/storage/${id}`, 'Datastore.Audit') ||
    principal.may(`/storage/${id}`, 'Datastore.AllocateSpace');
  return known
    .filter((storage) => sees(storage.id) && (only === undefined || storage.id === only))
    .filter((storage) => !params.enabled || !storage.config.disable)
    .filter(
      (storage) => target === undefined || target === node || (storage.shared && storage.enabledOn(target)),
    )
    .map((storage) => {
      const row = info(storage, node);
      return { storage: storage.id, ...row, used_fraction: row.used / row.total };
    });
}

/** The storage of a call, where its node has it. */
export function onNode({ world, params }: Call): Storage {
  const storage = storageOf(world, params.storage);
  if (storage.config.disable) throw no(`storage '${storage.id}' is disabled`);
  if (!storage.enabledOn(params.node))
    throw no(`storage '${storage.id}' is not available on node '${params.node}'`);
  return storage;
}

/** What lies there of the kinds that the storage is for; also of one that is switched off (PVE 9.2). */
function content(call: Call) {
  const { params } = call;
  const storage = storageOf(call.world, params.storage);
  const lower = (row: Record<string, unknown>) => String(row.volid).toLowerCase();
  return storage
    .volumes(params.node)
    .filter((volume) => storage.contents.includes(volume.content))
    .filter((volume) => params.content === undefined || volume.content === params.content)
    .filter((volume) => params.vmid === undefined || volume.vmid === params.vmid)
    .filter((volume) => maySeeVolume(call, volume.volid))
    .map((volume) => volumeRow(storage, volume))
    .sort((a, b) => (lower(a) < lower(b) ? -1 : 1));
}

/** `POST …/content`: a new disk of a given name. A strange name is taken as it is (recorded on PVE 9.2). */
function allocate(call: Call): string {
  const { world, params } = call;
  const storage = storageOf(world, params.storage);
  const { filename, vmid } = params;
  const match = /^(\d+)([MG])?$/.exec(String(params.size));
  if (!match) throw parameterErrors({ size: `unable to parse size '${params.size}'` });
  // Without a letter it is in KiB.
  const size = Number(match[1]) * 1024 ** (match[2] === 'G' ? 3 : match[2] === 'M' ? 2 : 1);
  const ending = /\.(raw|qcow2|vmdk)$/.exec(filename)?.[1];
  if (ending !== undefined && params.format !== undefined && params.format !== ending) {
    throw parameterErrors({ format: `different storage formats (${params.format} != ${ending})` });
  }
  if (!storage.files && !new RegExp(`^(?:vm|subvol|base)-${vmid}-`).test(filename)) {
    throw no(`illegal name '${filename}' - should be 'vm-${vmid}-*'`);
  }
  const volid = `${storage.id}:${storage.files ? `${vmid}/` : ''}${filename}`;
  checkVolumeName(call, volid);
  if (storage.get(params.node, volid)) throw no(`disk image '${pathOf(storage, volid)}' already exists`);
  const format = ending ?? params.format ?? 'raw';
  storage.add(params.node, { volid, content: 'images', format, size, used: 0, ctime: world.seconds(), vmid });
  return volid;
}

function attributes(call: Call) {
  const { volid, storageid } = volumeIdOf(call);
  const storage = storageOf(call.world, storageid);
  demandVolume(call, volid);
  const volume = storage.get(call.params.node, volid);
  if (!volume) throw no(`volume_size_info on '${volid}' failed - no format`);
  const { size, used, format, notes, content: kind } = volume;
  return {
    ...{ path: pathOf(storage, volid), size, used, format },
    ...(kind === 'backup' ? { notes: notes ?? '', protected: volume.protected ? 1 : 0 } : {}),
  };
}

function setAttributes(call: Call): null {
  const { params } = call;
  const { volid, storageid } = volumeIdOf(call);
  const storage = storageOf(call.world, storageid);
  demandVolume(call, volid);
  const isBackup = readVolumeName(volid).content === 'backup';
  if (!isBackup && params.notes !== undefined) throw no('only backups can have notes');
  if (!isBackup && params.protected !== undefined) throw no(`only backups support attribute 'protected'`);
  // Both are files beside the backup, which need not be there.
  const volume = storage.get(params.node, volid);
  if (volume && params.notes !== undefined) volume.notes = params.notes;
  if (volume && params.protected !== undefined) volume.protected = Boolean(params.protected);
  return null;
}

/** `DELETE …/content/{volume}`: a task; what is not there counts as removed (recorded on PVE 9.2). */
async function remove(call: Call): Promise<string | null> {
  const { world, params, principal } = call;
  const { volid, storageid } = volumeIdOf(call);
  const storage = storageOf(world, storageid);
  checkVolumeName(call, volid);
  const { content: kind, owner } = readVolumeName(volid);
  if (kind === 'backup' && owner !== undefined) {
    demand(principal, `/storage/${storageid}`, 'Datastore.AllocateSpace');
    demand(principal, `/vms/${owner}`, 'VM.Backup');
  } else demand(principal, `/storage/${storageid}`, 'Datastore.Allocate');
  const id = owner === undefined ? storageid : `${owner}@${storageid}`;
  const upid = startTask(call, nodeOf(call), 'imgdel', id, function* (log): Work {
    const volume = storage.get(params.node, volid);
    const name = volid.slice(volid.indexOf(':') + 1);
    if (volume?.protected) throw no(`cannot remove protected volume '${name}' on '${storageid}'`);
    const clone = storage.volumes(params.node).find((one) => one.parent === volid);
    if (clone) throw no(`base volume '${name}' is still in use by linked clones`);
    yield 200;
    if (!volume) log(`disk image '${pathOf(storage, volid)}' does not exist`);
    storage.remove(params.node, volid);
    log(`Removed volume '${volid}'`);
    return undefined;
  });
  if (!params.delay) return upid;
  for (let waited = 0; waited < params.delay && world.tasks.get(upid)?.exitstatus === undefined; waited++) {
    await world.clock.sleep(1000);
    world.settle();
  }
  const status = world.tasks.get(upid)?.exitstatus;
  if (status === undefined) return upid;
  if (status !== 'OK') throw no(status);
  return null;
}

const base = '/nodes/{node}/storage/{storage}/content';

export const storageContentRoutes: Routes = {
  'GET /nodes/{node}/storage': list,
  'GET /nodes/{node}/storage/{storage}': () =>
    [
      'content',
      'download-url',
      'file-restore',
      'import-metadata',
      'prunebackups',
      'rrd',
      'rrddata',
      'status',
      'upload',
    ].map((subdir) => ({ subdir })),
  'GET /nodes/{node}/storage/{storage}/status': (call) => {
    const storage = storageOf(call.world, call.params.storage);
    if (!storage.enabledOn(call.params.node) && !storage.config.disable)
      throw parameterErrors({ storage: 'No such storage.' });
    return info(storage, call.params.node);
  },
  [`GET ${base}`]: content,
  [`POST ${base}`]: allocate,
  [`GET ${base}/{volume}`]: attributes,
  [`PUT ${base}/{volume}`]: setAttributes,
  [`DELETE ${base}/{volume}`]: remove,
};
