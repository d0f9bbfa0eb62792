import { path } from '../../api/path.ts';
import { Failure } from '../../failure.ts';
import { disksOf } from '../../pve/guest-disks.ts';
import type { Guest } from '../../pve/guests.ts';
import { row } from '../../pve/read.ts';
import { canSnapshot, snapshotPath, snapshotsOf } from '../../pve/snapshots.ts';
import { line } from '../../render/untrusted.ts';
import { demandOnline, nameOf } from '../guests/many-guests.ts';
import type { Step } from '../steps.ts';
import type { ToolContext } from '../tool.ts';
import { datedName, nearestName, refusedName } from './snapshot-name.ts';

export interface Asked {
  name?: string | undefined;
  ram: boolean;
  description?: string | undefined;
}

/** The storage types that can snapshot any disk (Proxmox's storage plugins); files can where they are qcow2 of a VM. */
const ABLE: ReadonlySet<string> = new Set(['lvmthin', 'zfspool', 'zfs', 'rbd', 'btrfs']);

/** What takes a snapshot of one guest, or why that can't be: found out before anything is begun. */
export async function planSnapshot(
  guest: Guest,
  { name, ram, description }: Asked,
  { pve, clock, signal }: ToolContext,
): Promise<{ snapshot: string; ram: boolean; step: Step }> {
  demandOnline(guest);
  const whom = nameOf(guest);
  if (guest.template)
    throw new Failure(
      'wrong_state',
      `${whom} is a template: it has no snapshots.`,
      'It never changes; clone it with clone_guest.',
    );
  if (ram && guest.type === 'lxc')
    throw new Failure(
      'invalid_argument',
      `${whom} is a container: its snapshots have no RAM.`,
      'Leave ram out.',
    );
  if (name !== undefined) checkName(name, guest);
  const [existing, able] = await Promise.all([
    snapshotsOf(pve.api, guest, { signal }),
    canSnapshot(pve.api, guest, { signal }),
  ]);
  const names = existing.map((each) => each.name);
  if (!able) throw await unable(guest, { pve, signal });
  if (name !== undefined && names.includes(name))
    throw new Failure(
      'exists',
      `${whom} has a snapshot ${name} already.`,
      `Choose another name, or leave it out. It has: ${line(names.join(', '))}.`,
    );
  const snapshot = name ?? datedName(clock.now(), names);
  const withRam = ram && guest.status === 'running';
  return {
    snapshot,
    ram: withRam,
    step: {
      name: `snapshot ${guest.vmid} as ${snapshot}`,
      verb: 'POST',
      path: snapshotPath(guest),
      params: { snapname: snapshot, ...(withRam && { vmstate: 1 }), ...(description && { description }) },
    },
  };
}

function checkName(name: string, { type }: Guest): void {
  const why = refusedName(name, type);
  if (why === undefined) return;
  const nearest = nearestName(name);
  const better = refusedName(nearest, type) === undefined ? nearest : `${nearest}-1`;
  throw new Failure(
    'invalid_argument',
    line(`The name ${JSON.stringify(name.slice(0, 60))} ${why}.`),
    `Write ${better}, or leave it out and it gets the day's date.`,
  );
}

/** Which disk stands in the way, as far as that can be read. */
async function unable(guest: Guest, { pve, signal }: Pick<ToolContext, 'pve' | 'signal'>): Promise<Failure> {
  const to = path`/nodes/${guest.node}/${guest.type}/${guest.vmid}/config`;
  const [config, storages] = await Promise.all([
    pve.api.get<unknown>(to, {}, { signal }),
    pve.resources.list('storage', { signal }),
  ]);
  const types = new Map(storages.map(({ name, plugintype }) => [name, plugintype]));
  const disks = disksOf(row(config)).filter(
    ({ volume, storage }) =>
      !ABLE.has(types.get(storage) ?? '') && !(guest.type === 'qemu' && /\.qcow2$/.test(volume)),
  );
  const told = disks.map(({ key, volume, storage }) =>
    storage === undefined
      ? `${key} is bound to ${volume}`
      : `${key} lies on ${storage} (${types.get(storage) ?? 'unknown type'})`,
  );
  return new Failure(
    'wrong_state',
    line(
      `${nameOf(guest)} can't have snapshots${told.length > 0 ? `: ${told.join(', ')}` : ': one of its disks lies where that is not possible'}.`,
    ),
    `Make a backup instead: backup_guest guests=${guest.vmid}. Snapshots need LVM-thin, ZFS, Ceph, or qcow2 for a VM: configure_guest moves a disk.`,
  );
}
