import { Guest, type Kind, type Load } from '../world/guest.ts';
import { applianceList } from '../world/internet.ts';
import { SimNode } from '../world/node.ts';
import { macOf, uuidOf } from '../world/random.ts';
import { readSize } from '../world/size.ts';
import { type Content, Storage } from '../world/storage.ts';
import type { World } from '../world/world.ts';

export const GiB = 1024 ** 3;
const day = 86_400_000;

/** Adds a node that has been up for `days`. */
export function addNode(
  world: World,
  name: string,
  facts: { days?: number; memory?: number; cores?: number } = {},
): SimNode {
  const number = world.nodes.size + 1;
  const cores = facts.cores ?? 16;
  const node = new SimNode({
    ...{ name, nodeid: number, ip: `192.0.2.${10 + number}` },
    hardware: {
      ...{ sockets: 1, cores, cpus: cores * 2, model: 'AMD EPYC 7313P 16-Core Processor', mhz: '2994.376' },
      ...{
        memory: (facts.memory ?? 128) * GiB,
        swap: 8 * GiB,
        rootfs: 94 * GiB,
        rootfsUsed: (14 + number) * GiB,
      },
    },
    bootedAt: world.now() - (facts.days ?? 60 + number) * day,
  });
  node.appliances = applianceList();
  node.interfaces.seed('eno1', {
    ...{ type: 'eth', exists: 1, active: 1, method: 'manual', method6: 'manual' },
    ...{ families: ['inet'], priority: 3 },
  });
  node.interfaces.seed('vmbr0', {
    ...{ type: 'bridge', method: 'static', method6: 'manual', active: 1, autostart: 1 },
    ...{ address: node.ip, netmask: '24', cidr: `${node.ip}/24`, gateway: '192.0.2.1', families: ['inet'] },
    ...{ bridge_ports: 'eno1', bridge_stp: 'off', bridge_fd: '0', priority: 4 },
  });
  world.nodes.set(name, node);
  return node;
}

/** Adds an entry of `storage.cfg`. Sizes in GiB. */
export function addStorage(
  world: World,
  id: string,
  config: Record<string, string | number>,
  size: { total: number; otherUse?: number },
): Storage {
  const storage = new Storage(id, config, { total: size.total * GiB, otherUse: (size.otherUse ?? 0) * GiB });
  world.storages.set(id, storage);
  return storage;
}

/** Adds an ISO image, a container template or a backup. */
export function addFile(
  world: World,
  node: string,
  volid: string,
  file: {
    content: Content;
    size: number;
    daysAgo?: number;
    vmid?: number;
    subtype?: Kind;
    notes?: string;
    protected?: boolean;
  },
): void {
  const { daysAgo = 30, size, ...rest } = file;
  const storage = world.storages.get(volid.slice(0, volid.indexOf(':')));
  const format = formatOf(volid, file.content);
  const ctime = world.seconds() - Math.floor(daysAgo * 86_400);
  const owner = file.content === 'backup' ? world.guests.get(file.vmid ?? 0) : undefined;
  const saved = owner ? { saved: { ...owner.config } } : {};
  storage?.add(node, { volid, format, size, used: size, ctime, ...rest, ...saved });
}

/** `iso`, `vma.zst`, `tar.zst`; a template's is written `tzst`. */
function formatOf(volid: string, content: Content): string {
  const ending = /\.((?:tar|vma)(?:\.\w+)?|iso|\w+)$/.exec(volid)?.[1] ?? 'raw';
  return content === 'vztmpl' ? ending.replace('tar.', 't') : ending;
}

export interface GuestSeed {
  vmid: number;
  node: string;
  name: string;
  cores?: number;
  /** MiB */
  memory?: number;
  /** `storage:size`, the boot disk first: `local-lvm:32G`. */
  disks?: string[];
  /** Hours since it was started; absent for a stopped one. */
  upHours?: number;
  tags?: string;
  description?: string;
  ostype?: string;
  ip?: string;
  /** For a VM: whether the agent inside answers. */
  agent?: boolean;
  template?: boolean;
  load?: Partial<Load>;
  options?: Record<string, string | number>;
  /** How long ago it was made; 40 days unless told otherwise. */
  days?: number;
}

function start(world: World, guest: Guest, seed: GuestSeed): Guest {
  guest.load = { ...guest.load, ...seed.load };
  guest.inside = {
    ip: seed.ip ?? `192.0.2.${seed.vmid % 200}`,
    agent: seed.agent ?? false,
    osinfo: osinfo(seed.ostype ?? 'l26'),
  };
  world.addGuest(guest);
  if (seed.upHours === undefined) return guest;
  const node = world.nodes.get(seed.node);
  guest.power('running', world.now() - seed.upHours * 3_600_000, node?.nextPid() ?? 1);
  return guest;
}

function osinfo(ostype: string): Record<string, string> {
  if (ostype.startsWith('win')) {
    return {
      ...{ id: 'mswindows', name: 'Microsoft Windows', 'pretty-name': 'Windows Server 2022 Standard' },
      ...{
        version: 'Microsoft Windows Server 2022',
        'version-id': '2022',
        variant: 'server',
        'variant-id': 'server',
      },
      ...{ 'kernel-release': '20348', 'kernel-version': '10.0', machine: 'x86_64' },
    };
  }
  return {
    ...{ id: 'debian', name: 'Debian GNU/Linux', 'pretty-name': 'Debian GNU/Linux 13 (trixie)' },
    ...{ version: '13 (trixie)', 'version-id': '13', 'kernel-release': '6.12.57+deb13-amd64' },
    ...{ 'kernel-version': '#1 SMP PREEMPT_DYNAMIC Debian 6.12.57-1 (2025-11-05)', machine: 'x86_64' },
  };
}

const age = ({ days = 40 }: GuestSeed) => days * 86_400;

function allocate(world: World, seed: GuestSeed, kind: Kind): string[] {
  return (seed.disks ?? ['local-lvm:8G']).map((disk) => {
    const [storageid = '', size = '8G'] = disk.split(':');
    const storage = world.storages.get(storageid);
    if (!storage) throw new Error(`no storage '${storageid}' in this seed`);
    const place = { vmid: seed.vmid, kind, size: readSize(size) ?? 0, ctime: world.seconds() - age(seed) };
    const format = storage.files && kind === 'qemu' ? { format: 'qcow2' } : {};
    const prefix = seed.template ? { prefix: 'base' } : {};
    const volume = storage.allocate(seed.node, { ...place, ...format, ...prefix });
    return `${volume.volid},size=${size}`;
  });
}

/** Adds a VM with its disks. */
export function addVm(world: World, seed: GuestSeed): Guest {
  const { vmid } = seed;
  const text = `vm ${vmid}`;
  const disks = allocate(world, seed, 'qemu');
  const config: Record<string, string | number> = {
    ...(seed.agent === undefined ? {} : { agent: 'enabled=1' }),
    boot: 'order=scsi0;net0',
    cores: seed.cores ?? 2,
    ...(seed.description === undefined ? {} : { description: seed.description }),
    memory: String(seed.memory ?? 2048),
    meta: `creation-qemu=10.0.13,ctime=${world.seconds() - age(seed)}`,
    name: seed.name,
    net0: `virtio=${macOf(text)},bridge=vmbr0`,
    ostype: seed.ostype ?? 'l26',
    ...Object.fromEntries(disks.map((disk, index) => [`scsi${index}`, disk])),
    scsihw: 'virtio-scsi-single',
    smbios1: `uuid=${uuidOf(text)}`,
    ...(seed.tags === undefined ? {} : { tags: seed.tags }),
    ...(seed.template ? { template: 1 } : {}),
    vmgenid: uuidOf(`${text} generation`),
    ...seed.options,
  };
  return start(world, new Guest(vmid, 'qemu', seed.node, config), seed);
}

/** Adds a container with its root disk. */
export function addContainer(world: World, seed: GuestSeed): Guest {
  const { vmid } = seed;
  const [rootfs = '', ...more] = allocate(world, seed, 'lxc');
  const config: Record<string, string | number> = {
    arch: 'amd64',
    ...(seed.cores === undefined ? {} : { cores: seed.cores }),
    ...(seed.description === undefined ? {} : { description: seed.description }),
    hostname: seed.name,
    memory: seed.memory ?? 512,
    ...Object.fromEntries(more.map((disk, index) => [`mp${index}`, `${disk},mp=/data${index || ''}`])),
    net0: `name=eth0,bridge=vmbr0,hwaddr=${macOf(`ct ${vmid}`)},ip=${seed.ip ?? '192.0.2.200'}/24,type=veth`,
    ostype: seed.ostype ?? 'debian',
    rootfs,
    swap: 512,
    ...(seed.tags === undefined ? {} : { tags: seed.tags }),
    ...(seed.template ? { template: 1 } : {}),
    unprivileged: 1,
    ...seed.options,
  };
  return start(world, new Guest(vmid, 'lxc', seed.node, config), seed);
}
