import { ApiError, type Call, parameterErrors, type Routes } from '../call.ts';
import { drivesOf, isDriveKey, readDrive } from '../world/drives.ts';
import { type Config, Guest, type Kind } from '../world/guest.ts';
import { uuidOf } from '../world/random.ts';
import { storageIdOf } from '../world/storage.ts';
import type { Log, Work } from '../world/tasks.ts';
import type { World } from '../world/world.ts';
import { checkDisks, makeDisk, storageOf } from './config-disks.ts';
import { bridgeRights, demandOnGuest, lxcRights, qemuDeviceRights, qemuRights } from './config-rights.ts';
import { writtenValues } from './config-values.ts';
import { defaultBoot } from './default-boot.ts';
import { demand, names, no, nodeOf, startTask } from './find.ts';
import { fromOci } from './oci.ts';
import { startWork } from './power-work.ts';
import { restore } from './restore.ts';
import { demandVolume } from './volume-access.ts';

const notOptions = new Set(
  'node vmid archive force live-restore pool start storage unique bwlimit ha-managed ostemplate restore password ssh-public-keys ignore-unpack-errors import-working-storage'.split(
    ' ',
  ),
);

/** Refuses a VMID that is taken, wherever in the cluster its owner is (text recorded on PVE 9.2). */
export function checkNewVmid(world: World, vmid: number, text?: string): void {
  const owner = world.guests.get(vmid);
  if (!owner) return;
  throw no(text ?? `${names[owner.kind].short} ${vmid} already exists on node '${owner.node}'`);
}

/** Puts a new guest into the pool it was made for. */
export function joinPool(world: World, vmid: number, pool: string | undefined): void {
  if (pool !== undefined) world.pools.assign(vmid, pool);
}

/** What both kinds check first: the pool, the default storage, and the right to make a guest at all. */
function checkCreate(call: Call): void {
  const { world, params, principal } = call;
  const { vmid, pool, storage } = params;
  if (pool !== undefined && !world.pools.get(pool)) throw no(`pool '${pool}' does not exist`);
  if (storage !== undefined) demand(principal, `/storage/${storage}`, 'Datastore.AllocateSpace');
  if (params.start) demandOnGuest({ call, vmid, pool }, ['VM.PowerMgmt']);
  const allowed =
    principal.may(`/vms/${vmid}`, 'VM.Allocate') ||
    (pool !== undefined && principal.may(`/pool/${pool}`, 'VM.Allocate'));
  if (!allowed) throw new ApiError(403, 'Permission check failed');
}

const given = ({ params }: Call) =>
  Object.fromEntries(Object.entries(params).filter(([key]) => !notOptions.has(key)));

/** Makes the disks one by one; when one fails, those already made are taken away again. */
function makeDisks(call: Call, guest: Guest, values: Config, log: Log): void {
  const { world, params } = call;
  for (const [key, value] of Object.entries(values)) {
    if (isDriveKey(guest.kind, key))
      guest.set({ [key]: makeDisk(world, guest, key, String(value), log, params.storage ?? 'local') });
  }
}

/** The system of the image that a disk was imported from. It boots for a while before its agent answers. */
function importedSystem(world: World, { node, vmid }: Guest, values: Config): Guest['inside'] {
  for (const [key, value] of Object.entries(values)) {
    if (!isDriveKey('qemu', key)) continue;
    const source = readDrive('qemu', key, String(value)).options['import-from'];
    const system = world.storages.get(storageIdOf(source ?? '') ?? '')?.get(node, source ?? '')?.system;
    if (system) {
      const { agent, osinfo } = system;
      return { ip: `192.0.2.${vmid % 200}`, agent, osinfo, boots: 18_000 };
    }
  }
  return undefined;
}

function discard(world: World, guest: Guest): void {
  for (const { volume } of drivesOf(guest.kind, guest.config)) {
    const storage = world.storages.get(storageIdOf(volume) ?? '');
    if (storage?.get(guest.node, volume)?.vmid === guest.vmid) storage.remove(guest.node, volume);
  }
  world.removeGuest(guest.vmid);
}

function createTask(
  call: Call,
  kind: Kind,
  config: Config,
  build: (guest: Guest, log: Log) => Generator<number, void, void>,
  emsg: string,
): string {
  const { world, params } = call;
  const guest = new Guest(params.vmid, kind, params.node, { lock: 'create' });
  guest.born(world.now());
  world.addGuest(guest);
  joinPool(world, guest.vmid, params.pool);
  return startTask(call, nodeOf(call), `${names[kind].task}create`, guest.vmid, function* (log): Work {
    try {
      yield 200;
      guest.config = {};
      guest.set(config);
      yield* build(guest, log);
    } catch (error) {
      discard(world, guest);
      throw no(`${emsg} ${error instanceof Error ? error.message : error}`);
    }
    guest.set({ lock: undefined });
    if (params.start) {
      const { userid, tokenid, authid } = call.principal;
      const where = { node: guest.node, vmid: guest.vmid };
      world.tasks.start(
        nodeOf(call),
        { userid, tokenid, authid },
        `${names[kind].task}start`,
        guest.vmid,
        (lines) => startWork(world, kind, where, lines),
      );
    }
    return undefined;
  });
}

function createQemu(call: Call): string {
  const { world, params } = call;
  const scope = { call, vmid: params.vmid, pool: params.pool };
  checkCreate(call);
  const values = given(call) as Config;
  if (params.archive !== undefined) {
    for (const key of Object.keys(values)) {
      if (isDriveKey('qemu', key)) throw parameterErrors({ [key]: "option conflicts with option 'archive'" });
    }
    qemuRights(scope, Object.keys(values));
    return restore(call, 'qemu', params.archive, writtenValues('qemu', params.vmid, values, world.seconds()));
  }
  checkDisks(scope, 'qemu', values, params.storage);
  qemuRights(scope, Object.keys(values));
  qemuDeviceRights(
    scope,
    Object.fromEntries(Object.entries(values).filter(([key]) => !isDriveKey('qemu', key))),
    'set',
  );
  bridgeRights(scope, values);
  const emsg = `unable to create VM ${params.vmid} -`;
  const taken = world.guests.get(params.vmid);
  if (taken)
    checkNewVmid(
      world,
      params.vmid,
      `${emsg} ${names[taken.kind].short} ${params.vmid} already exists on node '${taken.node}'`,
    );
  const written = writtenValues('qemu', params.vmid, values, world.seconds());
  const plain = Object.fromEntries(Object.entries(written).filter(([key]) => !isDriveKey('qemu', key)));
  const text = `vm ${params.vmid} ${world.seconds()}`;
  const config: Config = {
    ...{ smbios1: `uuid=${uuidOf(text)}`, vmgenid: uuidOf(`${text} generation`) },
    ...plain,
    meta: `creation-qemu=10.0.13,ctime=${world.seconds()}`,
  };
  if (config.vmgenid === '1') config.vmgenid = uuidOf(`${text} generation`);
  return createTask(
    call,
    'qemu',
    config,
    function* (guest, log) {
      makeDisks(call, guest, written, log);
      yield 600;
      guest.inside = importedSystem(world, guest, written);
      const boot = guest.config.boot ?? defaultBoot(guest.config);
      guest.set({ boot });
    },
    emsg,
  );
}

function createLxc(call: Call): string {
  const { world, params } = call;
  if (!params.restore && params.unprivileged === 0) demand(call.principal, '/', 'Sys.Modify');
  if (!params.restore || !params.force) checkNewVmid(world, params.vmid);
  checkCreate(call);
  const values = given(call) as Config;
  if (params.restore) {
    return restore(
      call,
      'lxc',
      params.ostemplate,
      writtenValues('lxc', params.vmid, values, world.seconds()),
    );
  }
  const scope = { call, vmid: params.vmid, pool: params.pool };
  const disks = Object.keys(values).filter((key) => isDriveKey('lxc', key));
  if (disks.length > 0 && values.rootfs === undefined)
    throw no(`mount points configured, but 'rootfs' not set - aborting`);
  values.rootfs ??= `${params.storage ?? 'local'}:4`;
  lxcRights(scope, values, []);
  const template = String(params.ostemplate);
  demandVolume(call, template, params.vmid, 'vztmpl');
  checkDisks(scope, 'lxc', values, params.storage ?? 'local');
  const storage = storageOf(world, storageIdOf(template) ?? '');
  const written = writtenValues('lxc', params.vmid, values, world.seconds());
  const plain = Object.fromEntries(Object.entries(written).filter(([key]) => !isDriveKey('lxc', key)));
  const config: Config = {
    ...{ arch: 'amd64', hostname: `CT${params.vmid}`, memory: 512, swap: 512, ostype: ostypeOf(template) },
    ...plain,
  };
  if (params.unprivileged === undefined) config.unprivileged = 1;
  if (config.unprivileged === 0) delete config.unprivileged;
  return createTask(
    call,
    'lxc',
    config,
    function* (guest, log) {
      const archive = storage.get(guest.node, template);
      if (!archive) throw no(`volume '${template}' does not exist`);
      makeDisks(call, guest, written, log);
      if (archive.oci) guest.config = { ...fromOci(archive.oci, log), ...guest.config };
      else extract(String(storage.config.path ?? '/var/lib/vz'), archive, log);
      yield 700;
      guest.inside = { ip: `192.0.2.${guest.vmid % 200}`, agent: false, osinfo: {} };
    },
    `unable to create CT ${params.vmid} -`,
  );
}

function extract(base: string, { volid, size }: { volid: string; size: number }, log: Log): void {
  log(`extracting archive '${pathOf(base, volid)}'`);
  log(`Total bytes read: ${size * 3} (${Math.round((size * 3) / 1024 ** 2)}MiB, 210MiB/s)`);
}

const ostypeOf = (template: string) =>
  /vztmpl\/(alpine|archlinux|centos|debian|devuan|fedora|gentoo|nixos|opensuse|ubuntu)/.exec(template)?.[1] ??
  'unmanaged';

const pathOf = (base: string, volid: string) =>
  `${base}/template/cache/${volid.slice(volid.lastIndexOf('/') + 1)}`;

export const createRoutes: Routes = {
  'POST /nodes/{node}/qemu': createQemu,
  'POST /nodes/{node}/lxc': createLxc,
};
