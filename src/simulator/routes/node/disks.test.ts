import { describe, expect, test } from 'vitest';
import { createSimulator } from '../../simulator.ts';
import { ask } from '../../testing.ts';
import { lab } from '../lab.ts';

const base = '/nodes/pve3/disks';

test('the one disk of the recorded machine, as it was recorded on PVE 9.2', async () => {
  const simulator = createSimulator({ seed: 'lab' });
  const { json } = await ask(simulator, 'GET /nodes/pve/disks/list', { as: 'root@pam!lab' });
  expect(json.data).toEqual([
    {
      ...{ model: 'unknown', osdid: -1, gpt: 0, used: 'mounted', type: 'unknown', vendor: '0x1af4' },
      ...{ size: 274877906944, devpath: '/dev/vda', wwn: 'unknown', mounted: 1, 'osdid-list': null },
      ...{ health: 'UNKNOWN', wearout: 'N/A', serial: 'unknown', rpm: -1 },
    },
  ]);
});

test('a node shows the disks and pools behind its storages', async () => {
  const { data } = lab('demo');
  const disks: { devpath: string; used: string }[] = await data(`GET ${base}/list`);
  expect(disks.map(({ devpath, used }) => [devpath, used])).toEqual([
    ['/dev/nvme0n1', 'LVM'],
    ['/dev/sda', 'ZFS'],
    ['/dev/sdb', 'ZFS'],
  ]);
  const [storage] = (await data('GET /nodes/pve3/storage')).filter(
    (one: { storage: string }) => one.storage === 'tank',
  );
  expect(await data(`GET ${base}/zfs`)).toMatchObject([
    { name: 'tank', health: 'DEGRADED', size: storage.total, alloc: storage.used },
  ]);
  expect(await data(`GET ${base}/lvmthin`)).toMatchObject([{ vg: 'pve', lv: 'data' }]);
  expect(await data(`GET ${base}/lvm`)).toMatchObject({ leaf: 0, children: [{ name: 'pve', leaf: 0 }] });
  const pool = await data(`GET ${base}/zfs/tank`);
  expect(pool.children[0].children[0].children.map(({ name }: { name: string }) => name)).toEqual([
    '/dev/sda1',
    '/dev/sdb1',
  ]);
  expect(await data('GET /nodes/pve1/disks/zfs')).toEqual([]);
});

test('what SMART says depends on the disk', async () => {
  const { data } = lab('demo');
  expect(await data(`GET ${base}/smart?disk=/dev/nvme0n1`)).toMatchObject({
    health: 'PASSED',
    type: 'text',
    wearout: 97,
  });
  expect(await data(`GET ${base}/smart?disk=/dev/sda`)).toMatchObject({
    type: 'ata',
    attributes: [{ value: 91 }],
  });
  expect(await data(`GET ${base}/smart?disk=/dev/sda&healthonly=1`)).toEqual({ health: 'PASSED' });
});

describe('a pool is removed in a task that fails: it is in use, or not there', () => {
  test.each([
    ['lvm/other', 'lvmremove', "no such volume group 'other'"],
    ['lvmthin/other?volume-group=pve', 'lvmthinremove', 'no such thin pool pve/other'],
    ['lvmthin/data?volume-group=pve', 'lvmthinremove', "command 'lvremove -y pve/data' failed: exit code 5"],
    ['zfs/tank', 'zfsremove', "command 'zpool destroy tank' failed: exit code 1"],
    ['directory/backup', 'dirremove', "command 'systemctl stop mnt-pve-backup.mount' failed: exit code 5"],
  ])('%s', async (path, type, exitstatus) => {
    const { task, data } = lab('demo');
    expect(await task(`DELETE ${base}/${path}`)).toMatchObject({ type, exitstatus });
    expect(await data(`GET ${base}/zfs`)).toHaveLength(1);
  });
});
