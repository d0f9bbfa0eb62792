import type { Params } from '../../api/form.ts';
import { Failure } from '../../failure.ts';
import type { Guest } from '../../pve/guests.ts';
import { flag, type Row, text } from '../../pve/read.ts';
import { bytes } from '../../render/units.ts';
import { line } from '../../render/untrusted.ts';
import { addressConfig, fixedAddress } from './network.ts';
import type { Rooms } from './places.ts';

/** A disk of the guest that is cloned. */
export interface Disk {
  key: string;
  storage: string;
  /** Bytes; 0 where the config does not say. */
  size: number;
}

export interface CloneWish {
  full?: boolean | undefined;
  snapshot?: string | undefined;
  node?: string | undefined;
  storage?: string | undefined;
  cores?: number | undefined;
  memory?: number | undefined;
  user?: string | undefined;
  keys?: string | undefined;
  ip?: string | undefined;
  gateway?: string | undefined;
}

const DISK = { qemu: /^(?:scsi|virtio|sata|ide|efidisk|tpmstate)\d+$/, lxc: /^(?:rootfs|mp\d+)$/ };
const UNITS: Readonly<Record<string, number>> = { K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

/** Its disks, the cloud-init drive among them, since that is copied too. */
export function disksOf({ type }: Pick<Guest, 'type'>, config: Row): Disk[] {
  return Object.entries(config).flatMap(([key, value]) => {
    const written = String(value);
    const [, storage] = /^([A-Za-z][\w.-]*):/.exec(written) ?? [];
    const isDrive = DISK[type].test(key) && !(/media=cdrom/.test(written) && !/cloudinit/.test(written));
    if (!isDrive || storage === undefined) return [];
    const [, amount = '0', unit = ''] = /(?:^|,)size=([\d.]+)([KMGT]?)/.exec(written) ?? [];
    return [{ key, storage, size: Number(amount) * (UNITS[unit] ?? 1) }];
  });
}

/** The disk that the system is on. */
export function systemDisk(
  { type }: Pick<Guest, 'type'>,
  config: Row,
  disks: readonly Disk[],
): Disk | undefined {
  if (type === 'lxc') return disks.find(({ key }) => key === 'rootfs');
  const order = /order=([^,]*)/.exec(String(config.boot ?? ''))?.[1]?.split(';') ?? [];
  const data = disks.filter(
    ({ key }) => /^(?:scsi|virtio|sata|ide)/.test(key) && !/cloudinit/.test(String(config[key])),
  );
  return order.map((key) => data.find((disk) => disk.key === key)).find((disk) => disk) ?? data[0];
}

export const whose = ({ vmid, name }: Pick<Guest, 'vmid' | 'name'>) =>
  line(`${vmid}${name === undefined ? '' : ` ${name}`}`);

/** @throws Failure for what Proxmox would refuse, before it is asked */
export function checkClone(
  source: Guest,
  config: Row,
  { full, storage, snapshot }: CloneWish,
  { canLink, disks, rooms }: { canLink: boolean; disks: readonly Disk[]; rooms: Rooms },
): void {
  const who = whose(source);
  const lock = text(config.lock) ?? source.lock;
  if (lock !== undefined)
    throw new Failure(
      'locked',
      `${who} is locked (${line(lock, 40)}).`,
      'A job holds this lock: wait for its task to end (list_tasks), then clone.',
    );
  if (full === false && !flag(config.template))
    throw new Failure(
      'wrong_state',
      `Only a template can be cloned linked, and ${who} is none.`,
      'Leave full out: then the whole of it is copied.',
    );
  if (full === false && storage !== undefined)
    throw new Failure(
      'invalid_argument',
      'A linked clone stays on the storage of its template.',
      'Leave storage out, or give full=true.',
    );
  if (full === false && !canLink)
    throw new Failure(
      'wrong_state',
      `A disk of ${who} lies where nothing can be linked (${[...new Set(disks.map((disk) => disk.storage))].join(', ')}).`,
      'Linked clones need qcow2, LVM-thin, ZFS or Ceph: leave full out, and all of it is copied.',
    );
  if (source.type === 'lxc' && !canLink && snapshot === undefined && source.status === 'running')
    throw new Failure(
      'wrong_state',
      `${who} runs, and a running container can't be copied.`,
      `Shut it down first (power_guest guests=${source.vmid} action=shutdown), or clone a snapshot of it (snapshot_guest, then snapshot=…).`,
    );
  for (const id of storage === undefined ? new Set(disks.map((disk) => disk.storage)) : [])
    checkFull(rooms, source.node, id);
}

/** Thin storages take more than they have room for; only one that is full is certain to refuse. */
function checkFull({ places }: Rooms, node: string, storage: string): void {
  const place = places.find((each) => each.storage === storage && each.node === node);
  if (place === undefined || place.free > 0) return;
  throw new Failure(
    'wrong_state',
    `The storage ${storage} is full on ${node}.`,
    'Free space there (storage_report shows what takes it up), or give another storage with full=true.',
  );
}

/** The node that the clone shall stand on. @throws Failure where its disks can't be had there */
export function checkTarget(
  source: Guest,
  target: string,
  storage: string | undefined,
  disks: readonly Disk[],
  { places }: Rooms,
): void {
  if (target === source.node) return;
  const isLocal = (id: string) => places.some((place) => place.storage === id && !place.shared);
  const local = [
    ...new Set([...disks.map((disk) => disk.storage), ...(storage === undefined ? [] : [storage])]),
  ].filter(isLocal);
  if (local.length > 0)
    throw new Failure(
      'wrong_state',
      `The copy can't be made on ${target}: ${local.join(', ')} is local to ${source.node}.`,
      `Clone it on ${source.node} (leave node out), then migrate_guest the copy.`,
    );
}

/** What of its config the clone is to have otherwise. @throws Failure for what this kind of guest does not have */
export function changesOf(source: Guest, config: Row, wish: CloneWish): Params {
  const { cores, memory, user, keys, ip, gateway } = wish;
  const network = ip === undefined ? undefined : addressConfig(ip, gateway);
  if (ip === undefined && gateway !== undefined)
    throw new Failure(
      'invalid_argument',
      'A gateway without ip says too little.',
      'Give ip, such as 192.0.2.9/24.',
    );
  if (source.type === 'lxc') {
    if ((user ?? keys) !== undefined)
      throw new Failure(
        'invalid_argument',
        'user and ssh_keys are for VMs with cloud-init; a container has those of the one it is cloned from.',
        'Leave them out, or make a new container with create_container.',
      );
    return { cores, memory, ...(network !== undefined && { net0: newCard(source, config, network) }) };
  }
  const hasDrive = Object.values(config).some((value) => /cloudinit/.test(String(value)));
  if ((user ?? keys ?? network) !== undefined && !hasDrive)
    throw new Failure(
      'wrong_state',
      `${whose(source)} has no cloud-init drive, so user, ssh_keys and ip would not reach the copy.`,
      'Leave them out, or add a drive to it first: ide2=<storage>:cloudinit.',
    );
  return { cores, memory, ciuser: user, sshkeys: keys, ipconfig0: network };
}

/** Without its MAC address, so that it gets one of its own. */
function newCard(source: Guest, { net0 }: Row, network: string): string {
  if (net0 === undefined)
    throw new Failure('wrong_state', `${whose(source)} has no network card net0.`, 'Leave ip out.');
  const rest = String(net0)
    .split(',')
    .filter((part) => !/^(?:hwaddr|ip|gw|type)=/.test(part));
  return [...rest, network].join(',');
}

/** The address that the copy would have in common with what it is made from. */
export function sameAddress({ type, template }: Guest, config: Row): string | undefined {
  return template ? undefined : fixedAddress(String(config[type === 'qemu' ? 'ipconfig0' : 'net0'] ?? ''));
}

/** @throws Failure for less than there is */
export function growth(source: Guest, disk: Disk | undefined, gib: number | undefined): Disk | undefined {
  if (gib === undefined) return undefined;
  const wanted = gib * 1024 ** 3;
  if (disk === undefined)
    throw new Failure('wrong_state', `${whose(source)} has no disk that could be grown.`, 'Leave disk out.');
  if (wanted < disk.size)
    throw new Failure(
      'invalid_argument',
      `Disks only grow: ${disk.key} of ${whose(source)} has ${bytes(disk.size)} already.`,
      'Give a larger disk, or leave it out.',
    );
  return wanted === disk.size ? undefined : disk;
}
