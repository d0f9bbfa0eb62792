import type { Call, Routes } from '../../call.ts';
import type { PoolState } from '../../world/node.ts';
import type { Work } from '../../world/tasks.ts';
import { demand, no, nodeOf, startTask } from '../find.ts';
import { type Disk, disksOf, thinPoolsOf, volumeGroupsOf, zpoolsOf } from './block-devices.ts';

const base = '/nodes/{node}/disks';

/** The disk a call names; Perl resolves the path first, and an odd one is told apart from one that is not there. */
function diskOf(call: Call, name: string): Disk {
  if (!name.startsWith('/dev/')) throw no(`got unusual device path '${name}'`);
  const found = disksOf(call.world, nodeOf(call)).find(({ devpath }) => devpath === name);
  if (!found) throw no(`not a valid block device '${name}'`);
  return found;
}

/** Whatever would be made on a disk: all there are are in use. */
function inUse(call: Call): never {
  const name = String(call.params.device ?? call.params.devices ?? call.params.disk).split(/[,;\s]/)[0] ?? '';
  throw no(`device '${diskOf(call, name).devpath}' is already in use`);
}

/** `GET …/smart`: nothing of a virtual disk, a table of a disk behind ATA, a text of one behind NVMe. */
function smart(call: Call) {
  const { health, type, wearout } = diskOf(call, call.params.disk);
  if (type === 'unknown' || call.params.healthonly) return { health };
  if (type === 'nvme')
    return { health, wearout, type: 'text', text: `Percentage Used: ${100 - Number(wearout)}%\n` };
  const attribute = {
    id: '233',
    name: 'Media_Wearout_Indicator',
    value: wearout,
    worst: wearout,
    threshold: 0,
  };
  const shown = { ...attribute, flags: '-O--CK', fail: '-', normalized: wearout, raw: '0' };
  const sectors = nodeOf(call).wear.get(String(call.params.disk).slice('/dev/'.length))?.reallocated;
  return { health, wearout, type: 'ata', attributes: [...(sectors ? [reallocated(sectors)] : []), shown] };
}

/** The attribute by which a disk fails: its spare sectors are used up. */
const reallocated = (sectors: number) => ({
  ...{ id: '  5', name: 'Reallocated_Sector_Ct', flags: 'PO--CK', value: 1, normalized: 1, worst: 1 },
  ...{ threshold: 10, fail: 'NOW', raw: String(sectors) },
});

/** What `zpool status` says of a pool that has lost one half of a mirror. */
const DEGRADED = {
  status:
    'One or more devices are faulted in response to persistent errors. Sufficient replicas exist for the pool to continue functioning in a degraded state.',
  action: "Replace the faulted device, or use 'zpool clear' to mark the device repaired.",
};

const lost = ({ read, write, cksum }: NonNullable<PoolState['faulted']>) => ({
  ...{ state: 'FAULTED', msg: 'too many errors', read, write, cksum },
});

function zpool({ world, params, ...call }: Call) {
  const node = nodeOf({ world, params, ...call });
  const pool = zpoolsOf(world, node).find(({ name }) => name === params.name);
  if (!pool) throw no(`command '/sbin/zpool status -P ${params.name}' failed: exit code 1`);
  const { faulted, scan = 'none requested' } = node.zpools.get(pool.name) ?? {};
  const vdev = (name: string, lvl: number, children: object[]) => ({
    ...{
      name,
      lvl,
      msg: '',
      state: children.length > 0 ? pool.health : 'ONLINE',
      read: 0,
      write: 0,
      cksum: 0,
    },
    ...(children.length > 0 ? { leaf: 0, children } : { leaf: 1 }),
    ...(faulted && name === `/dev/${faulted.disk}1` && lost(faulted)),
  });
  const parts = disksOf(world, node).filter(({ used }) => used === 'ZFS');
  const mirror = vdev(
    'mirror-0',
    2,
    parts.map(({ devpath }) => vdev(`${devpath}1`, 3, [])),
  );
  return {
    ...{
      name: pool.name,
      state: pool.health,
      scan,
      errors: 'No known data errors',
      ...(faulted && DEGRADED),
    },
    ...{ lvl: 0, leaf: 0, children: [vdev(pool.name, 1, [mirror])] },
  };
}

/** A pool is taken down in a task. Here each that is there is in use, and so it stays. */
function remover(type: string, problem: (call: Call, name: string) => string) {
  return (call: Call): string => {
    const { name, 'volume-group': group, 'cleanup-config': config } = call.params;
    if (config) demand(call.principal, '/storage', 'Datastore.Allocate');
    const id = group === undefined ? name : `${group}-${name}`;
    return startTask(call, nodeOf(call), type, id, function* (): Work {
      yield 300;
      throw no(problem(call, name));
    });
  };
}

const failed = (command: string, code = 1) => `command '${command}' failed: exit code ${code}`;

/** The disks of a node and what lies on them. Nothing is ever made on them or taken off: all are in use. */
export const nodeDiskRoutes: Routes = {
  [`GET ${base}`]: () =>
    ['list', 'initgpt', 'smart', 'lvm', 'lvmthin', 'directory', 'wipedisk', 'zfs'].map((name) => ({ name })),
  [`GET ${base}/list`]: (call) =>
    disksOf(call.world, nodeOf(call)).filter(({ used }) => call.params.type !== 'unused' || !used),
  [`GET ${base}/smart`]: smart,
  [`POST ${base}/initgpt`]: (call) => {
    throw no(`disk ${diskOf(call, call.params.disk).devpath} already in use`);
  },
  [`PUT ${base}/wipedisk`]: (call) => {
    const { devpath, used } = diskOf(call, call.params.disk);
    const [part, why] = used === 'mounted' ? [devpath, 'is mounted'] : [`${devpath}1`, 'has a holder'];
    throw no(`disk/partition '${part}' ${why}`);
  },
  [`GET ${base}/lvm`]: (call) => ({ leaf: 0, children: volumeGroupsOf(call.world, nodeOf(call)) }),
  [`GET ${base}/lvmthin`]: (call) => thinPoolsOf(call.world, nodeOf(call)),
  [`GET ${base}/directory`]: () => [],
  [`GET ${base}/zfs`]: (call) => zpoolsOf(call.world, nodeOf(call)),
  [`GET ${base}/zfs/{name}`]: zpool,
  [`POST ${base}/lvm`]: inUse,
  [`POST ${base}/lvmthin`]: inUse,
  [`POST ${base}/directory`]: inUse,
  [`POST ${base}/zfs`]: inUse,
  [`DELETE ${base}/directory/{name}`]: remover('dirremove', (_call, name) =>
    failed(`systemctl stop mnt-pve-${name.replaceAll('-', '\\x2d')}.mount`, 5),
  ),
  [`DELETE ${base}/lvm/{name}`]: remover('lvmremove', (call, name) =>
    volumeGroupsOf(call.world, nodeOf(call)).some((group) => group.name === name)
      ? `unable to remove volume group ${name}: ${failed(`vgremove -y ${name}`, 5)}`
      : `no such volume group '${name}'`,
  ),
  [`DELETE ${base}/lvmthin/{name}`]: remover('lvmthinremove', (call, name) => {
    const path = `${call.params['volume-group']}/${name}`;
    const known = thinPoolsOf(call.world, nodeOf(call)).some(({ vg, lv }) => `${vg}/${lv}` === path);
    return known ? failed(`lvremove -y ${path}`, 5) : `no such thin pool ${path}`;
  }),
  [`DELETE ${base}/zfs/{name}`]: remover('zfsremove', (_call, name) => failed(`zpool destroy ${name}`)),
};
