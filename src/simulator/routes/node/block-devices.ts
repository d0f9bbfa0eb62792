import type { SimNode } from '../../world/node.ts';
import type { Storage } from '../../world/storage.ts';
import type { World } from '../../world/world.ts';

const GiB = 1024 ** 3;

/** A disk as `disks/list` shows it. */
export interface Disk {
  devpath: string;
  used: string;
  [fact: string]: unknown;
}

const storagesOn = (world: World, node: SimNode, type: string): Storage[] =>
  [...world.storages.values()].filter((storage) => storage.type === type && storage.enabledOn(node.name));

/** A node's only disk, as the recorded machine shows its own (PVE 9.2): mounted, and of no known make. */
function virtualDisk({ hardware }: SimNode): Disk {
  const size = Math.ceil(hardware.rootfs / GiB / 64) * 64 * GiB;
  return {
    ...{ devpath: '/dev/vda', gpt: 0, health: 'UNKNOWN', model: 'unknown', mounted: 1, osdid: -1 },
    ...{ 'osdid-list': null, rpm: -1, serial: 'unknown', size, type: 'unknown', used: 'mounted' },
    ...{ vendor: '0x1af4', wearout: 'N/A', wwn: 'unknown' },
  };
}

function realDisk(node: SimNode, name: string, size: number, used: string, wearout: number): Disk {
  const kind = name.startsWith('nvme')
    ? { type: 'nvme', model: 'SAMSUNG MZQL21T9' }
    : { type: 'ssd', model: 'INTEL SSDSC2KB' };
  const worn = node.wear.get(name);
  return {
    ...{
      devpath: `/dev/${name}`,
      gpt: 1,
      health: worn?.health ?? 'PASSED',
      ...kind,
      osdid: -1,
      'osdid-list': null,
      rpm: 0,
    },
    ...{ serial: `S${node.nodeid}${name.toUpperCase()}`, size, used, vendor: 'ATA', wwn: 'unknown' },
    wearout: worn?.wearout ?? wearout,
  };
}

/** The disks of a node: one for the system and its thin pool, two mirrored ones for each pool of ZFS. */
export function disksOf(world: World, node: SimNode): Disk[] {
  const thin = storagesOn(world, node, 'lvmthin');
  if (thin.length === 0) return [virtualDisk(node)];
  const system = thin.reduce((sum, { total }) => sum + total, node.hardware.rootfs + node.hardware.swap);
  const mirrors = storagesOn(world, node, 'zfspool').flatMap(({ total }, index) =>
    [0, 1].map((half) => {
      const letter = String.fromCharCode(97 + index * 2 + half);
      return realDisk(node, `sd${letter}`, total, 'ZFS', 91 - half);
    }),
  );
  return [realDisk(node, 'nvme0n1', system, 'LVM', 97), ...mirrors];
}

/** The thin pools of a node, as `disks/lvmthin` shows them. */
export function thinPoolsOf(world: World, node: SimNode) {
  return storagesOn(world, node, 'lvmthin').map((storage) => {
    const used = storage.used(node.name);
    const [lv, vg] = [String(storage.config.thinpool), String(storage.config.vgname)];
    const share = node.thinMetadata.get(`${vg}/${lv}`) ?? used / storage.total / 4;
    return {
      ...{ lv, vg, lv_size: storage.total, used },
      ...{ metadata_size: 16 * GiB, metadata_used: Math.floor(share * 16 * GiB) },
    };
  });
}

/** The volume groups of a node as the tree that `disks/lvm` shows: the system's, with everything in one disk. */
export function volumeGroupsOf(world: World, node: SimNode) {
  const groups = new Set(thinPoolsOf(world, node).map(({ vg }) => vg));
  const [disk] = disksOf(world, node);
  const size = Number(disk?.size);
  return [...groups].map((name) => ({
    ...{ name, size, free: 0, lvcount: 3, leaf: 0 },
    children: [{ name: `${disk?.devpath}p3`, size, free: 0, leaf: 1 }],
  }));
}

/** The pools of ZFS on a node, as `disks/zfs` shows them. */
export function zpoolsOf(world: World, node: SimNode) {
  return storagesOn(world, node, 'zfspool').map((storage) => {
    const alloc = storage.used(node.name);
    const name = String(storage.config.pool);
    return {
      ...{ name, size: storage.total, alloc, free: storage.total - alloc },
      ...{ frag: 11, dedup: 1, health: node.zpools.get(name)?.faulted ? 'DEGRADED' : 'ONLINE' },
    };
  });
}
