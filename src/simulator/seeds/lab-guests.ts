import { type Config, Guest, type Inside, type Kind } from '../world/guest.ts';
import type { World } from '../world/world.ts';

const node = 'pve';

function add(world: World, vmid: number, kind: Kind, config: Config, inside?: Inside): Guest {
  const guest = new Guest(vmid, kind, node, config);
  guest.inside = inside;
  return world.addGuest(guest);
}

/** It was started with the machine, so there are figures for all of the machine's time. */
function run(world: World, guest: Guest): void {
  const host = world.nodes.get(node);
  if (host) guest.power('running', host.bootedAt, host.nextPid());
}

/** A disk that lies on `local`; the bytes it really takes are as recorded. */
function addDisk(world: World, volid: string, size: number, used: number): void {
  const [, vmid = '', format = ''] = /:(\d+)\/.*\.(\w+)$/.exec(volid) ?? [];
  const content = format === 'subvol' ? 'rootdir' : 'images';
  const ctime = world.seconds() - 3600;
  world.storages.get('local')?.add(node, { volid, content, format, size, used, ctime, vmid: Number(vmid) });
}

const GiB = 1024 ** 3;
const meta = (ctime: number) => `creation-qemu=10.0.13,ctime=${ctime}`;
const ctNet = (mac: string, ip: string) =>
  `name=eth0,bridge=vmbr0,hwaddr=BC:24:11:${mac},ip=${ip}/24,type=veth`;

/** What the agent in web1 says of its system: next to nothing is installed there. */
export const labGuest: Readonly<Inside> = {
  ...{ ip: '198.51.100.77', agent: true, lacks: ['chpasswd', 'fstrim'] },
  osinfo: {
    ...{ id: 'lab', name: 'Lab Guest', 'pretty-name': 'Lab Guest 1.0', 'version-id': '1.0' },
    ...{ 'kernel-release': '6.12.107+deb13-cloud-amd64', machine: 'x86_64' },
    'kernel-version': '#1 SMP PREEMPT_DYNAMIC Debian 6.12.107-1 (2026-08-29)',
  },
};

const snapvm: Config = {
  ...{ agent: '1', boot: 'order=scsi0;net0', memory: '64', meta: meta(1_795_365_256), name: 'snapvm' },
  ...{ net0: 'virtio=BC:24:11:43:17:EB,bridge=vmbr0', scsi0: 'local:102/vm-102-disk-0.qcow2,size=1G' },
  ...{ scsihw: 'virtio-scsi-single', smbios1: 'uuid=c6c0ab55-4202-4ef3-9f3a-85e2df8f2139' },
  vmgenid: 'ea98ed9a-37dc-4250-9b8d-2339ae748993',
};

/** The guests of the recorded machine. */
export function seedLabGuests(world: World): void {
  addDisk(world, 'local:100/vm-100-disk-0.raw', 2 * GiB, 4096);
  addDisk(world, 'local:102/vm-102-disk-0.qcow2', GiB, 352_256);
  addDisk(world, 'local:103/base-103-disk-0.qcow2', GiB, 331_776);
  addDisk(world, 'local:110/vm-110-disk-0.qcow2', GiB, 331_776);
  addDisk(world, 'local:200/subvol-200-disk-0.subvol', 0, 0);
  addDisk(world, 'local:201/vm-201-disk-0.raw', 4 * GiB, 4096);
  addVms(world);
  const snapshot = { ...snapvm };
  delete snapshot.agent;
  const guest = add(world, 102, 'qemu', { ...snapvm });
  guest.snapshots.push({
    ...{ name: 'before', snaptime: world.seconds() - 3000, description: 'first snap' },
    ...{ parent: undefined, vmstate: undefined, config: snapshot },
  });
  guest.parent = 'before';
  addContainers(world);
}

function addVms(world: World): void {
  const web1 = add(
    world,
    100,
    'qemu',
    {
      ...{ agent: 'enabled=1', boot: 'order=scsi0;net0;ide2', cores: 1, description: 'first vm' },
      ...{ ide2: 'local:iso/labguest.iso,media=cdrom,size=16186K', memory: '256', meta: meta(1_795_364_730) },
      ...{ name: 'web1', net0: 'virtio=BC:24:11:76:79:97,bridge=vmbr0', ostype: 'l26' },
      ...{ scsi0: 'local:100/vm-100-disk-0.raw,size=2G', scsihw: 'virtio-scsi-single', serial0: 'socket' },
      ...{ smbios1: 'uuid=3d5d53ed-92c0-4f8b-bcce-870e4b7f3692', tags: 'prod;web' },
      vmgenid: 'e7a8cc12-cb2d-449a-9822-5f467aa4f8bd',
    },
    { ...labGuest },
  );
  run(world, web1);
  add(world, 101, 'qemu', {
    ...{ boot: 'order=ide0', ide0: 'none,media=cdrom', ide2: 'none,media=cdrom' },
    ...{ meta: meta(1_795_364_761), name: 'kvmtest', net0: 'virtio=BC:24:11:5F:F8:FA,bridge=vmbr0' },
    ...{ smbios1: 'uuid=af13f646-8a59-4d8b-9350-b042c7194699' },
    vmgenid: 'feade09a-87aa-4861-8e0f-b5e0d9b991bb',
  });
  add(world, 103, 'qemu', {
    ...{ boot: 'order=scsi0;net0', memory: '64', meta: meta(1_795_365_256), name: 'clone103' },
    ...{ net0: 'virtio=BC:24:11:9A:3C:03,bridge=vmbr0', scsi0: 'local:103/base-103-disk-0.qcow2,size=1G' },
    ...{ scsihw: 'virtio-scsi-single', smbios1: 'uuid=6dbeb1a2-8d3c-4c0e-8bb9-6d62a2a10103', template: 1 },
    vmgenid: '0d83e4a4-57f9-4d6c-a1ae-1e4f5b7c0103',
  });
  add(world, 105, 'qemu', {
    ...{ boot: '', memory: '64', meta: meta(1_795_365_300), name: 'ephemeral' },
    ...{ smbios1: 'uuid=3a3b0a38-6a35-4d6e-9c51-0f3c1d2e0105' },
    vmgenid: '6c1f3a52-7a94-4b7e-b3a0-5f2d8e9a0105',
  });
  add(world, 110, 'qemu', {
    ...snapvm,
    scsi0: 'local:110/vm-110-disk-0.qcow2,size=1G',
    vmgenid: '7906575e-8512-4dc3-9659-81433a8c5273',
  });
}

function addContainers(world: World): void {
  const shared = { arch: 'amd64', memory: 128, ostype: 'unmanaged', swap: 0 };
  const inside = { ip: '198.51.100.88', agent: false, osinfo: {} };
  const ct200 = add(
    world,
    200,
    'lxc',
    {
      ...{ ...shared, hostname: 'ct200', net0: ctNet('41:FD:AB', '198.51.100.88') },
      rootfs: 'local:200/subvol-200-disk-0.subvol,size=0T',
    },
    inside,
  );
  run(world, ct200);
  add(
    world,
    201,
    'lxc',
    {
      ...{ ...shared, hostname: 'ctclone', net0: ctNet('41:FD:AC', '198.51.100.88') },
      rootfs: 'local:201/vm-201-disk-0.raw,size=4G',
    },
    inside,
  );
}
