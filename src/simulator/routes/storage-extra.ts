import { ApiError, type Call, parameterErrors, type Routes } from '../call.ts';
import type { Work } from '../world/tasks.ts';
import { storageOf } from './config-disks.ts';
import { demand, no, nodeOf, startTask } from './find.ts';
import { markBackups } from './prune-backups.ts';
import { demandVolume, volumeIdOf } from './volume-access.ts';

/** A backup's id, given whole, by its file name, or by both. */
function backupOf({ params }: Call): string {
  const { storage, volume } = params;
  const id = /^([A-Za-z][A-Za-z0-9._-]*):/.exec(volume)?.[1];
  if (id === undefined) return `${storage}:${volume.startsWith('backup/') ? '' : 'backup/'}${volume}`;
  if (id !== storage) throw parameterErrors({ volume: `storage ID mismatch (${id} != ${storage}).` });
  return volume;
}

/** Looking into a backup is for Proxmox Backup Server alone, and none is reachable here. */
function lookInside(call: Call): never {
  const volid = backupOf(call);
  const storage = storageOf(call.world, call.params.storage);
  demandVolume(call, volid);
  if (storage.type !== 'pbs')
    throw parameterErrors({ storage: 'Only PBS storages supported for file-restore.' });
  throw no('error: connection error: Connection refused');
}

/** `DELETE …/prunebackups`: removes what the dry run marks. */
function prune(call: Call): string {
  const { world, params, principal } = call;
  const storage = storageOf(world, params.storage);
  const path = `/storage/${storage.id}`;
  demand(principal, path, params.vmid === undefined ? 'Datastore.Allocate' : 'Datastore.AllocateSpace');
  if (params.vmid !== undefined) demand(principal, `/vms/${params.vmid}`, 'VM.Backup');
  const id = params.vmid === undefined ? storage.id : `${params.vmid}@${storage.id}`;
  return startTask(call, nodeOf(call), 'prunebackups', id, function* (log): Work {
    for (const { volid, mark } of markBackups(call)) {
      yield 100;
      if (mark !== 'remove') continue;
      storage.remove(params.node, volid);
      log(`Removed volume '${volid}'`);
    }
    return undefined;
  });
}

/** `POST …/content/{volume}`: PVE itself says that this does not work, and so it ends. */
function copy(call: Call): string {
  const { volid } = volumeIdOf(call);
  const target = volumeIdOf({ ...call, params: { ...call.params, volume: call.params.target } });
  return startTask(call, nodeOf(call), 'imgcopy', '', function* (log): Work {
    log(`DEBUG: starting worker for ${volid}`);
    yield 200;
    throw no(`unable to copy '${volid}' to '${target.volid}': no SSH connection to the own node`);
  });
}

const lacking = ({ method, params }: Call): never => {
  const path = method.path.replace(/\{(\w+)\}/g, (_, name) => String(params[name]));
  throw new ApiError(501, `Method '${method.method} ${path}' not implemented`);
};

/** Guests of other systems are looked into by storages of files and of ESXi; there is none here. */
function importMetadata(call: Call): never {
  const { storage, volume } = call.params;
  const volid = `${storage}:${volume}`;
  demandVolume(call, volid);
  const found = storageOf(call.world, storage);
  if (!found.files && found.type !== 'esxi') throw no('storage does not support the importer API');
  return lacking(call);
}

/** Only Proxmox Backup Server has a name of its own (PVE 9.2). */
function identity(call: Call): never {
  if (storageOf(call.world, call.params.storage).type === 'pbs') return lacking(call);
  const where = 'at /usr/share/perl5/PVE/Storage/Plugin.pm line 2681.';
  throw no(`get_identity not implemented for this plugin ${where}`);
}

const base = '/nodes/{node}/storage/{storage}';

export const storageExtraRoutes: Routes = {
  [`GET ${base}/file-restore/list`]: lookInside,
  [`GET ${base}/file-restore/download`]: lookInside,
  [`GET ${base}/import-metadata`]: importMetadata,
  [`GET ${base}/identity`]: identity,
  [`DELETE ${base}/prunebackups`]: prune,
  [`POST ${base}/content/{volume}`]: copy,
};
