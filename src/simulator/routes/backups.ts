import { type Call, parameterErrors, type Routes } from '../call.ts';
import { drivesOf } from '../world/drives.ts';
import type { Guest } from '../world/guest.ts';
import { uuidOf } from '../world/random.ts';
import { humanSize, writeSize } from '../world/size.ts';
import type { Storage, Volume } from '../world/storage.ts';
import type { Log, Work } from '../world/tasks.ts';
import type { World } from '../world/world.ts';
import { checkSelection } from './backup-jobs.ts';
import { storageOf } from './config-disks.ts';
import { checkLock, demand, forbidden, no, nodeOf, startTask } from './find.ts';
import { demandVolume, pathOf } from './volume-access.ts';

const words = (text: unknown) =>
  String(text ?? '')
    .split(/[,;\s]+/)
    .filter(Boolean);

const clock = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
const span = (seconds: number) => new Date(seconds * 1000).toISOString().slice(11, 19);
const stamp = (seconds: number) => clock(seconds).replaceAll('-', '_').replace(' ', '-').replaceAll(':', '_');

const endings: Record<string, string> = { '0': '', '1': '.lzo', lzo: '.lzo', gzip: '.gz', zstd: '.zst' };

/** The VMIDs that a job is for and that this node has to look after: its guests, and those that are nowhere. */
function chosen({ world, params }: Call): number[] {
  const everything = () => world.guestsInOrder().map(({ vmid }) => vmid);
  const excluded = new Set(words(params.exclude).map(Number));
  const pool = params.pool === undefined ? undefined : world.pools.get(params.pool);
  if (params.pool !== undefined && !pool) throw no(`pool '${params.pool}' does not exist`);
  const named =
    pool?.vmids ??
    (params.vmid === undefined
      ? everything().filter((vmid) => (params.all || params.exclude) && !excluded.has(vmid))
      : words(params.vmid).map(Number));
  const mine = (vmid: number) => (world.guests.get(vmid)?.node ?? params.node) === params.node;
  return [...new Set(named)].filter(mine).sort((left, right) => left - right);
}

/** The bytes going over: a VM says how far it is, a container only how much it was. */
function* transfer(
  world: World,
  guest: Guest,
  total: number,
  info: (line: string) => void,
): Generator<number, void, void> {
  const begun = world.seconds();
  const steps = Math.max(1, Math.min(10, Math.ceil(total / 1024 ** 3)));
  if (guest.kind === 'qemu') {
    info(guest.running ? 'starting backup via QMP command' : 'starting kvm to execute backup task');
    info(`started backup task '${uuidOf(`backup ${guest.vmid} ${begun}`)}'`);
    if (guest.running) info('resuming VM again');
  }
  for (let part = 1; part <= steps; part++) {
    yield Math.max(80, (total / steps / 1024 ** 3) * 600);
    const done = humanSize((total * part) / steps);
    const percent = String(Math.round((part * 100) / steps)).padStart(3);
    const took = `${world.seconds() - begun}s`;
    if (guest.kind === 'qemu') {
      info(`${percent}% (${done} of ${humanSize(total)}) in ${took}, read: 1.6 GiB/s, write: 204.8 MiB/s`);
    }
  }
  const seconds = Math.max(1, world.seconds() - begun);
  if (guest.kind === 'qemu')
    info(`transferred ${humanSize(total, 2)} in ${seconds} seconds (${humanSize(total / seconds)}/s)`);
  else
    info(
      `Total bytes written: ${total} (${humanSize(total).replace(' ', '')}, ${humanSize(total / seconds).replace(' ', '')}/s)`,
    );
}

function* backUp(call: Call, guest: Guest, storage: Storage, log: Log): Generator<number, void, void> {
  const { world, params } = call;
  const { vmid, kind } = guest;
  const begun = world.seconds();
  const info = (line: string) => log(`INFO: ${line}`);
  info(`Starting Backup of VM ${vmid} (${kind})`);
  info(`Backup started at ${clock(begun)}`);
  info(`status = ${guest.status}`);
  const mode = guest.running ? (params.mode ?? 'snapshot') : 'stop';
  if (guest.lock !== undefined) checkLock(guest);
  guest.set({ lock: 'backup' });
  try {
    const disks = drivesOf(kind, guest.config).filter(({ cdrom }) => !cdrom);
    if (kind === 'qemu') info(`VM Name: ${guest.name}`);
    if (kind === 'qemu')
      for (const { key, volume, size } of disks) info(`include disk '${key}' '${volume}' ${writeSize(size)}`);
    info(`backup mode: ${mode}`);
    info('ionice priority: 7');
    if (kind === 'lxc') {
      info(`CT Name: ${guest.name}`);
      info("including mount point rootfs ('/') in backup");
    }
    const ending = (kind === 'qemu' ? 'vma' : 'tar') + (endings[params.compress ?? '0'] ?? '');
    const volid = `${storage.id}:backup/vzdump-${kind}-${vmid}-${stamp(begun)}.${ending}`;
    info(`creating vzdump archive '${pathOf(storage, volid)}'`);
    const total = disks.reduce((sum, { size }) => sum + size, 0);
    const size = Math.floor(total * (endings[params.compress ?? '0'] ? 0.12 : 0.3)) + 1024;
    yield* transfer(world, guest, total, info);
    if (storage.used(guest.node) + size > storage.total)
      throw no('job failed with err -28 - No space left on device');
    const notes = String(params['notes-template'] ?? '')
      .replaceAll('{{guestname}}', guest.name)
      .replaceAll('{{vmid}}', String(vmid))
      .replaceAll('{{node}}', guest.node);
    const { lock: _lock, ...saved } = guest.config;
    const volume: Volume = {
      volid,
      content: 'backup',
      format: ending,
      size,
      used: size,
      ctime: begun,
      vmid,
      subtype: kind,
      saved,
    };
    if (notes !== '') volume.notes = notes;
    if (params.protected) volume.protected = true;
    storage.add(guest.node, volume);
    info(`archive file size: ${Math.max(1, Math.round(size / 1024 ** 2))}MB`);
    info(`Finished Backup of VM ${vmid} (${span(world.seconds() - begun)})`);
    info(`Backup finished at ${clock(world.seconds())}`);
  } finally {
    guest.set({ lock: undefined });
  }
}

/** Where the backups go, or what the task says of a storage that takes none. */
function backupStorage(world: World, id: string): Storage {
  const storage = world.storages.get(id);
  const which = `could not get storage information for '${id}'`;
  if (!storage) {
    const text = `storage '${id}' does not exist`;
    throw no(`could not activate storage '${id}': ${text} ${which}: ${text}`);
  }
  if (storage.contents.includes('backup')) return storage;
  throw no(`${which}: can't use storage '${id}' for backups - wrong content type`);
}

/** `POST /nodes/{node}/vzdump`: one task for all guests; what fails stands in its log, and `job errors` at its end. */
function vzdump(call: Call): string {
  const { world, params, principal } = call;
  checkSelection(params);
  for (const option of ['tmpdir', 'dumpdir', 'script', 'job-id'] as const) {
    if (params[option] !== undefined && !principal.isRoot)
      throw parameterErrors({ [option]: 'Only root may set this option.' });
  }
  const vmids = chosen(call);
  if (vmids.length === 0 && !params.all) return 'OK';
  const storageid: string = params.storage ?? 'local';
  demand(principal, `/storage/${storageid}`, 'Datastore.AllocateSpace');
  return startTask(
    call,
    nodeOf(call),
    'vzdump',
    vmids.length === 1 ? String(vmids[0]) : '',
    function* (log): Work {
      const storage = backupStorage(world, storageid);
      const options = ['compress', 'mode', 'storage'].filter((key) => params[key] !== undefined);
      log(
        `INFO: starting new backup job: vzdump ${[...words(params.vmid), '--node', params.node].join(' ')}${options.map((key) => ` --${key} ${params[key]}`).join('')}`,
      );
      for (const vmid of params.all ? [] : vmids) {
        if (world.guests.has(vmid)) demand(principal, `/vms/${vmid}`, 'VM.Backup');
      }
      let failures = 0;
      for (const vmid of vmids) {
        const guest = world.guests.get(vmid);
        if (guest && !principal.may(`/vms/${vmid}`, 'VM.Backup')) continue;
        try {
          if (!guest) throw no(`unable to find VM '${vmid}'`);
          yield* backUp(call, guest, storage, log);
        } catch (error) {
          const text = error instanceof Error ? error.message : String(error);
          if (text === 'received interrupt') throw error;
          failures++;
          log(`ERROR: Backup of VM ${vmid} failed - ${text}`);
          log(`INFO: Failed at ${clock(world.seconds())}`);
        }
      }
      log(
        failures === 0 ? 'INFO: Backup job finished successfully' : 'INFO: Backup job finished with errors',
      );
      if (failures > 0) throw no('job errors');
      return undefined;
    },
  );
}

/** `GET /nodes/{node}/vzdump/extractconfig`: the config inside a backup, as text. */
function extractConfig(call: Call): string {
  const { world, params } = call;
  const volid = String(params.volume);
  demandVolume(call, volid);
  const storage = storageOf(world, volid.slice(0, volid.indexOf(':')));
  const volume = storage.get(params.node, volid);
  if (!volume?.saved) throw no(`volume '${volid}' does not exist`);
  const lines = Object.entries(volume.saved)
    .sort()
    .map(([key, value]) => `${key}: ${value}\n`);
  return lines.join('');
}

/** `GET /nodes/{node}/vzdump/defaults`: with nothing in `vzdump.conf`, and what the storage says of retention. */
function defaults(call: Call) {
  const { world, params, principal } = call;
  const id = params.storage ?? 'local';
  if (!['Datastore.Audit', 'Datastore.AllocateSpace'].some((one) => principal.may(`/storage/${id}`, one)))
    throw forbidden(`/storage/${id}`, 'Datastore.Audit|Datastore.AllocateSpace');
  const storage = storageOf(world, id);
  const prune = storage.config['prune-backups'] ?? 'keep-all=1';
  const auditor = principal.may(`/nodes/${params.node}`, 'Sys.Audit');
  return {
    ...{ all: 0, bwlimit: 0, compress: '0', fleecing: { enabled: 0 }, lockwait: 180, mode: 'snapshot' },
    ...{ mailnotification: 'always', 'notification-mode': 'auto', pigz: 0, 'prune-backups': prune, quiet: 0 },
    ...{ performance: { 'max-workers': 16, 'pbs-entries-max': 1_048_576 }, remove: 1, stdexcludes: 1 },
    ...{ stop: 0, stopwait: 10, storage: id, zstd: 1 },
    ...(auditor && { ionice: 7, ...(storage.files && { dumpdir: `${storage.config.path}/dump` }) }),
  };
}

export const backupRoutes: Routes = {
  'POST /nodes/{node}/vzdump': vzdump,
  'GET /nodes/{node}/vzdump/defaults': defaults,
  'GET /nodes/{node}/vzdump/extractconfig': extractConfig,
};
