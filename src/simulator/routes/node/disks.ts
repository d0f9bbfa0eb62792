import type { Call, Routes } from '../../call.ts';
import type { SimNode } from '../../world/node.ts';
import { no, nodeOf } from '../find.ts';

const base = '/nodes/{node}/disks';

/** A node's only disk, as the recorded machine shows its own (PVE 9.2): mounted, and of no known make. */
function disksOf(node: SimNode) {
  const size = Math.ceil(node.hardware.rootfs / 1024 ** 3 / 64) * 64 * 1024 ** 3;
  return [
    {
      ...{ devpath: '/dev/vda', gpt: 0, health: 'UNKNOWN', model: 'unknown', mounted: 1, osdid: -1 },
      ...{ 'osdid-list': null, rpm: -1, serial: 'unknown', size, type: 'unknown', used: 'mounted' },
      ...{ vendor: '0x1af4', wearout: 'N/A', wwn: 'unknown' },
    },
  ];
}

/** The disk a call names; Perl resolves the path first, and an odd one is told apart from one that is not there. */
function diskOf(call: Call, name: string): { devpath: string } {
  if (!name.startsWith('/dev/')) throw no(`got unusual device path '${name}'`);
  const found = disksOf(nodeOf(call)).find(({ devpath }) => devpath === name);
  if (!found) throw no(`not a valid block device '${name}'`);
  return found;
}

/** Whatever would be made on a disk: the only one there is in use. */
function inUse(call: Call): never {
  const name = String(call.params.device ?? call.params.devices ?? call.params.disk).split(/[,;\s]/)[0] ?? '';
  throw no(`device '${diskOf(call, name).devpath}' is already in use`);
}

/** The disks of a node. Nothing is ever made on them: there is one, and the system is on it. */
export const nodeDiskRoutes: Routes = {
  [`GET ${base}`]: () =>
    ['list', 'initgpt', 'smart', 'lvm', 'lvmthin', 'directory', 'wipedisk', 'zfs'].map((name) => ({ name })),
  [`GET ${base}/list`]: (call) => disksOf(nodeOf(call)),
  [`GET ${base}/smart`]: (call) => {
    diskOf(call, call.params.disk);
    return { health: 'UNKNOWN' };
  },
  [`POST ${base}/initgpt`]: (call) => {
    throw no(`disk ${diskOf(call, call.params.disk).devpath} already in use`);
  },
  [`PUT ${base}/wipedisk`]: (call) => {
    throw no(`disk/partition '${diskOf(call, call.params.disk).devpath}' is mounted`);
  },
  [`GET ${base}/lvm`]: () => ({ leaf: 0, children: [] }),
  [`GET ${base}/lvmthin`]: () => [],
  [`GET ${base}/directory`]: () => [],
  [`GET ${base}/zfs`]: () => [],
  [`GET ${base}/zfs/{name}`]: ({ params }) => {
    throw no(`command '/sbin/zpool status -P ${params.name}' failed: exit code 1`);
  },
  [`POST ${base}/lvm`]: inUse,
  [`POST ${base}/lvmthin`]: inUse,
  [`POST ${base}/directory`]: inUse,
  [`POST ${base}/zfs`]: inUse,
};
