import { describe, expect, test } from 'vitest';
import { lab } from '../routes/lab.ts';
import { createVirtualClock } from '../virtual-clock.ts';
import { drivesOf } from '../world/drives.ts';
import { storageIdOf } from '../world/storage.ts';
import { seedWorld } from './seed.ts';

const make = (name: 'demo' | 'tiny' | 'lab', scale = 0) =>
  seedWorld(name, { clock: createVirtualClock(), scale });

test('tiny has one node that is away and a guest of every sort', () => {
  const world = make('tiny');
  expect([...world.nodes.values()].map(({ name, online }) => [name, online])).toEqual([
    ['pve1', true],
    ['pve2', false],
  ]);
  expect(world.guestsInOrder().map(({ vmid, name, kind, status }) => [vmid, name, kind, status])).toEqual([
    [100, 'web1', 'qemu', 'running'],
    [101, 'dns', 'lxc', 'stopped'],
    [102, 'old', 'qemu', 'stopped'],
    [9000, 'debian-13', 'qemu', 'stopped'],
  ]);
});

test('demo is three nodes, all there, with a failed backup in its history', () => {
  const world = make('demo');
  expect([...world.nodes.values()].every(({ online }) => online)).toBe(true);
  expect(
    world.tasks
      .of('pve1')
      .find(({ exitstatus }) => exitstatus === 'job errors')
      ?.log.at(-1),
  ).toBe('TASK ERROR: job errors');
  for (const node of world.nodes.values()) {
    const startedBeforeNode = world
      .guestsOn(node.name)
      .filter((one) => one.running && one.startedAt < node.bootedAt);
    expect(startedBeforeNode).toEqual([]);
  }
});

describe('what there is to find in demo:', () => {
  const room = lab('demo');
  const rows = (path: string): Promise<Record<string, unknown>[]> => room.data(`GET ${path}`);

  test('a storage that is nearly full, and the backup that failed for it', async () => {
    const { used, total, avail } = await room.data('GET /nodes/pve1/storage/nas/status');
    expect(used / total).toBeGreaterThan(0.98);
    expect(avail).toBeGreaterThan(0);
    const [failed] = await rows('/nodes/pve1/tasks?errors=1&typefilter=vzdump');
    const log = await rows(`/nodes/pve1/tasks/${encodeURIComponent(String(failed?.upid))}/log?limit=0`);
    expect(log.map(({ t }) => t)).toContain(
      'ERROR: Backup of VM 102 failed - job failed with err -28 - No space left on device',
    );
  });

  test('a snapshot that is half a year old, but not older than its guest', async () => {
    const [old] = await rows('/nodes/pve2/qemu/103/snapshot');
    const days = (room.world.seconds() - Number(old?.snaptime)) / 86_400;
    expect(old).toMatchObject({ name: 'before-dovecot', description: 'delete after a week' });
    const { meta } = await room.data('GET /nodes/pve2/qemu/103/config');
    const age = (room.world.seconds() - Number(/ctime=(\d+)/.exec(meta)?.[1])) / 86_400;
    expect([days > 180, age > days]).toEqual([true, true]);
  });

  test('disks of no guest, and one that its guest does not use', async () => {
    const guests = new Set((await rows('/cluster/resources?type=vm')).map(({ vmid }) => vmid));
    const orphans = async (node: string, storage: string) =>
      (await rows(`/nodes/${node}/storage/${storage}/content?content=images`))
        .filter(({ vmid }) => !guests.has(vmid))
        .map(({ volid }) => volid);
    expect(await orphans('pve2', 'local-lvm')).toEqual(['local-lvm:vm-151-disk-0']);
    expect(await orphans('pve1', 'nas')).toEqual(['nas:152/vm-152-disk-0.qcow2']);
    expect(await room.data('GET /nodes/pve2/qemu/106/config')).toMatchObject({
      unused0: 'local-lvm:vm-106-disk-1',
    });
  });

  test('a user who may do everything, without a second factor', async () => {
    expect(await rows('/access/acl')).toContainEqual({
      ...{ path: '/', type: 'user', ugid: 'bob@pve', roleid: 'Administrator', propagate: 1 },
    });
    expect(await room.data('GET /access/tfa/bob@pve', undefined, 'root@pam')).toEqual([]);
  });

  test('a token and a certificate that end within days, and updates that wait', async () => {
    const soon = (time: unknown, days: number) => Number(time) - room.world.seconds() < days * 86_400;
    const { expire } = await room.data('GET /access/users/ci@pve/token/deploy');
    expect(soon(expire, 7)).toBe(true);
    const bought = (await rows('/nodes/pve2/certificates/info')).find(
      ({ filename }) => filename === 'pveproxy-ssl.pem',
    );
    expect([soon(bought?.notafter, 14), soon(bought?.notbefore, 0)]).toEqual([true, true]);
    const updates = await rows('/nodes/pve2/apt/update');
    expect(updates.map(({ Package }) => Package)).toEqual(['openssl', 'proxmox-kernel-6.17', 'qemu-server']);
    expect(await rows('/nodes/pve1/apt/update')).toEqual([]);
  });

  test('a worn disk, half of a mirror that is lost, and a thin pool without room for metadata', async () => {
    const [worn] = await rows('/nodes/pve1/disks/list');
    expect(worn).toMatchObject({ devpath: '/dev/nvme0n1', health: 'PASSED', wearout: 9 });
    const smart = await room.data('GET /nodes/pve3/disks/smart?disk=/dev/sdb');
    expect(smart).toMatchObject({ health: 'FAILED!', attributes: [{ fail: 'NOW', raw: '1968' }, {}] });
    const pool = await room.data('GET /nodes/pve3/disks/zfs/tank');
    expect(pool).toMatchObject({ state: 'DEGRADED', scan: expect.stringContaining('on Sun Nov  8 ') });
    const [whole, lost] = pool.children[0].children[0].children;
    expect([whole.state, lost.state, lost.cksum]).toEqual(['ONLINE', 'FAULTED', 12]);
    const [thin] = await rows('/nodes/pve2/disks/lvmthin');
    expect(Number(thin?.metadata_used) / Number(thin?.metadata_size)).toBeCloseTo(0.91);
  });

  test('a kernel that waits for a boot, and a repository that refuses who has not paid', async () => {
    const versions = await rows('/nodes/pve1/apt/versions');
    expect(versions).toContainEqual(expect.objectContaining({ RunningKernel: '6.17.2-1-pve' }));
    expect(versions.map(({ Package }) => Package)).toContain('proxmox-kernel-6.17.4-1-pve-signed');
    const refused = await room.task('POST /nodes/pve3/apt/update');
    expect(refused.exitstatus).toBe("command 'apt-get update' failed: exit code 100");
    expect((await room.task('POST /nodes/pve2/apt/update')).exitstatus).toBe('OK');
  });
});

test.each(['demo', 'tiny', 'lab'] as const)('every disk of %s lies on its storage', (name) => {
  const world = make(name);
  for (const guest of world.guestsInOrder()) {
    for (const { volume, cdrom } of drivesOf(guest.kind, guest.config)) {
      if (cdrom) continue;
      const storage = world.storages.get(storageIdOf(volume) ?? '');
      expect(storage?.get(guest.node, volume)?.vmid, volume).toBe(guest.vmid);
    }
  }
});

test('lab is the recorded machine', () => {
  const world = make('lab');
  expect([...world.nodes.keys()]).toEqual(['pve']);
  expect(world.clusterName).toBeUndefined();
  expect(
    world
      .guestsInOrder()
      .map(({ vmid, name, kind, status, template }) => [vmid, name, kind, status, template]),
  ).toEqual([
    [100, 'web1', 'qemu', 'running', false],
    [101, 'kvmtest', 'qemu', 'stopped', false],
    [102, 'snapvm', 'qemu', 'stopped', false],
    [103, 'clone103', 'qemu', 'stopped', true],
    [105, 'ephemeral', 'qemu', 'stopped', false],
    [110, 'snapvm', 'qemu', 'stopped', false],
    [200, 'ct200', 'lxc', 'running', false],
    [201, 'ctclone', 'lxc', 'stopped', false],
  ]);
  expect(world.guests.get(102)?.snapshots.map(({ name }) => name)).toEqual(['before']);
  expect([...world.storages.keys()]).toEqual(['local']);
  const { access } = world;
  expect(access.may('root@pam!lab', '/', 'Sys.Modify')).toBe(true);
  expect(access.may('root@pam!priv', '/nodes/pve', 'Sys.Audit')).toBe(true);
  expect(access.may('root@pam!priv', '/vms/100', 'VM.Audit')).toBe(false);
  expect(access.may('alice@pve', '/vms/100', 'VM.PowerMgmt')).toBe(true);
  expect(access.may('alice@pve', '/storage/local', 'Datastore.AllocateSpace')).toBe(true);
});

test('the same seed is the same world, down to its MAC addresses', () => {
  const configs = (scale: number) =>
    make('demo', scale)
      .guestsInOrder()
      .map(({ config, digest }) => [config, digest]);
  expect(configs(20)).toEqual(configs(20));
});

test('a scaled world has exactly so many guests, fifty to a node, and its logins', () => {
  const world = make('tiny', 120);
  expect(world.guests.size).toBe(120);
  expect([...world.nodes.keys()]).toEqual(['pve1', 'pve2', 'pve3']);
  expect(world.guestsOn('pve1')).toHaveLength(50);
  expect(world.guestsOn('pve3')).toHaveLength(20);
  expect(world.access.users.get('root@pam')?.tokens.has('full')).toBe(true);
});

test('demo has guests whose backups are fine, old, failed, never made, and that no job covers', async () => {
  const room = lab('demo');
  const missing = await room.data('GET /cluster/backup-info/not-backed-up');
  expect(missing.map(({ vmid }: { vmid: number }) => vmid)).toEqual([103, 105, 106, 203, 204, 9000, 9001]);
  const [nightly, weekly] = await room.data('GET /cluster/backup');
  expect([nightly, weekly]).toMatchObject([{ schedule: '02:00' }, { schedule: 'sat 03:00' }]);
  expect(new Date(weekly['next-run'] * 1000).toISOString()).toMatch(/T03:00:00/);
  expect(new Date(weekly['next-run'] * 1000).getUTCDay()).toBe(6);
  const backups = await room.data('GET /nodes/pve3/storage/nas/content?content=backup&vmid=202');
  expect((room.world.seconds() - backups[0].ctime) / 86_400).toBeGreaterThan(7);
});
