import { type Call, parameterErrors } from '../call.ts';
import { readDrive } from '../world/drives.ts';
import type { Guest, Kind } from '../world/guest.ts';
import { readProperties, writeProperties } from '../world/property-string.ts';
import { storageIdOf } from '../world/storage.ts';
import type { Work } from '../world/tasks.ts';
import { checkLock, demand, loadGuest, no, nodeOf, startTask, withLock } from './find.ts';

/** The words of each kind; containers have other ones for the same. */
const words = {
  qemu: {
    ...{ short: 'VM', long: 'VM', many: 'VMs', thing: 'Disk', key: 'disk' },
    ...{ task: 'qmmove', another: 'VM', first: 'file' },
    running: 'Cannot move disk to another VM while the source VM is running - detach first',
    cd: `CD drive contents can't be moved to another VM`,
  },
  lxc: {
    ...{ short: 'CT', long: 'Container', many: 'containers', thing: 'volume', key: 'volume' },
    ...{ task: 'move_volume', another: 'container', first: 'volume' },
    running: 'Cannot move in-use volume while the source CT is running - detach or shutdown first',
    cd: 'Cannot move a bindmount or device mount to another container',
  },
} as const;

const isUnused = (key: string) => /^unused\d+$/.test(key);

interface Plan {
  source: Guest;
  target: Guest;
  key: string;
  into: string;
  volume: string;
}

function load(call: Call, kind: Kind, vmid: number, role: string): Guest {
  const guest = call.world.guests.get(vmid);
  if (!guest) throw no(`could not find ${role}${words[kind].short} ${vmid}`);
  return guest;
}

function unchanged({ digest }: Guest, wanted: string | undefined, text: string): void {
  if (wanted !== undefined && wanted !== digest)
    throw no(`${text}: checksum mismatch (file change by other user?)`);
}

/** Everything that PVE 9.2 refuses, in its order and words. */
function plan(call: Call, kind: Kind): Plan {
  const { params, world } = call;
  const { long, many, thing, another, running, cd } = words[kind];
  const key = String(params.disk ?? params.volume);
  const into = String(params['target-disk'] ?? params['target-volume'] ?? key);
  if (kind === 'lxc' && (key === 'rootfs' || into === 'rootfs')) throw no(`Cannot move to/from 'rootfs'`);
  if (kind === 'lxc' && isUnused(key) && !isUnused(into))
    throw no('Moving an unused volume to a used one is not possible');
  const [vmid, targetVmid] = [Number(params.vmid), Number(params['target-vmid'])];
  const places = [
    load(call, kind, vmid, ''),
    load(call, kind, targetVmid, kind === 'qemu' ? 'target ' : ''),
  ].map(({ node }) => node);
  if (places[0] !== places[1])
    throw no(`Both ${many} need to be on the same node (${places[0]} != ${places[1]})`);
  const [source, target] = [vmid, targetVmid].map((id) => loadGuest(world, kind, params.node, id)) as [
    Guest,
    Guest,
  ];
  checkLock(source);
  checkLock(target);
  if (source.template || target.template)
    throw no(
      kind === 'qemu'
        ? `Can't move disks from or to template VMs`
        : `Can't move volumes from or to template CT`,
    );
  unchanged(source, params.digest, `${long} ${vmid}`);
  unchanged(target, params['target-digest'], `${long} ${targetVmid}`);
  if (source.config[key] === undefined)
    throw no(`${thing} '${key}' for ${kind === 'qemu' ? 'VM' : 'container'} '${vmid}' does not exist`);
  if (target.config[into] !== undefined)
    throw no(`Target ${words[kind].key} key '${into}' is already in use for ${another} '${targetVmid}'`);
  const { volume, cdrom } = readDrive(kind, key, String(source.config[key]));
  if (cdrom || volume.startsWith('/')) throw no(cd);
  const used = source.snapshots.some(({ config }) =>
    Object.values(config).some((value) => String(value).includes(volume)),
  );
  if (used)
    throw no(
      `${kind === 'qemu' ? `Can't move disk` : 'Cannot move volume'} used by a snapshot to another ${another}`,
    );
  if (source.running && !isUnused(key)) throw no(running);
  return { source, target, key, into, volume };
}

function hand(call: Call, kind: Kind, { source, target, key, into, volume }: Plan): void {
  const storage = call.world.storages.get(storageIdOf(volume) ?? '');
  const old = storage?.remove(source.node, volume);
  if (!storage || !old) throw no(`volume '${volume}' does not exist`);
  const { size, ctime, format } = old;
  const made = storage.allocate(target.node, { vmid: target.vmid, kind, size, ctime, format });
  const { first } = words[kind];
  const options = { ...readProperties(String(source.config[key]), first), [first]: made.volid };
  source.set({ [key]: undefined });
  const order = /^order=(.*)$/.exec(String(source.config.boot ?? ''))?.[1]?.split(';');
  if (order?.includes(key)) {
    const rest = order.filter((device) => device !== key).join(';');
    source.set({ boot: `order=${rest}` });
  }
  source.touch();
  target.set({ [into]: isUnused(into) ? made.volid : writeProperties(options, first) });
  target.touch();
}

/** `POST …/move_disk` and `…/move_volume` with a `target-vmid`: the volume is renamed and changes hands. */
export function reassign(call: Call, kind: Kind): string {
  const { params, principal, world } = call;
  const { task, key: name } = words[kind];
  demand(principal, `/vms/${params['target-vmid']}`, 'VM.Config.Disk');
  if (kind === 'qemu' && params.vmid === params['target-vmid'])
    throw parameterErrors({ 'target-vmid': 'must be different than source VMID to reassign disk' });
  const { source, target, key, into, volume } = plan(call, kind);
  demand(principal, `/storage/${storageIdOf(volume)}`, 'Datastore.AllocateSpace');
  const id = `${source.vmid}-${key}>${target.vmid}-${into}`;
  return startTask(call, nodeOf(call), task, id, (log) =>
    withLock(world, source, log, function* (): Work {
      const now = plan(call, kind);
      log(
        kind === 'qemu'
          ? `reassign disk '${key}' from VM '${source.vmid}' as '${into}' to VM '${target.vmid}'`
          : `moving volume '${key}' from container '${source.vmid}' to '${target.vmid}'`,
      );
      yield 200;
      hand(call, kind, now);
      log(`removing ${name} '${key}' from ${words[kind].another} '${source.vmid}' config`);
      return undefined;
    }),
  );
}
