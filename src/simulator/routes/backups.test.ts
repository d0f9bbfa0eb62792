import { expect, test } from 'vitest';
import { lab } from './lab.ts';

// Texts and shapes recorded on PVE 9.2 unless a test says otherwise.
const dump = 'POST /nodes/pve1/vzdump';

test('a backup says what it does and lies on the storage afterwards', async () => {
  const { task, data } = lab();
  const { upid, log } = await task(dump, { vmid: '101', storage: 'local', compress: 'gzip' });
  expect(upid).toContain(':vzdump:101:');
  expect(log.slice(0, 2)).toEqual([
    'INFO: starting new backup job: vzdump 101 --node pve1 --compress gzip --storage local',
    'INFO: Starting Backup of VM 101 (lxc)',
  ]);
  expect(log.slice(3, 8)).toEqual([
    ...[
      'INFO: status = stopped',
      'INFO: backup mode: stop',
      'INFO: ionice priority: 7',
      'INFO: CT Name: dns',
    ],
    "INFO: including mount point rootfs ('/') in backup",
  ]);
  expect(log.slice(-2)).toEqual(['INFO: Backup job finished successfully', 'TASK OK']);
  const [backup] = await data('GET /nodes/pve1/storage/local/content?content=backup');
  expect(backup).toMatchObject({ content: 'backup', format: 'tar.gz', subtype: 'lxc', vmid: 101 });
  expect(backup.volid).toMatch(/^local:backup\/vzdump-lxc-101-\d{4}_\d\d_\d\d-\d\d_\d\d_\d\d\.tar\.gz$/);
});

test('a job without a guest is refused, one with a locked guest ends with errors', async () => {
  const { refusal, task, world } = lab();
  expect(await refusal(dump, { storage: 'local' })).toEqual([400, { vmid: 'property is missing' }]);
  world.guests.get(100)?.set({ lock: 'migrate' });
  const { exitstatus, log } = await task(dump, { vmid: '100,101', storage: 'local' });
  expect(exitstatus).toBe('job errors');
  expect(log).toContain('ERROR: Backup of VM 100 failed - VM is locked (migrate)');
  expect(log).toContain('INFO: Finished Backup of VM 101 (00:00:02)');
});

test('a protected backup is not deleted', async () => {
  const { task, call, data } = lab();
  await task(dump, { vmid: '100', storage: 'local' });
  const [{ volid }] = await data('GET /nodes/pve1/storage/local/content?content=backup');
  const line = `/nodes/pve1/storage/local/content/${volid}`;
  await call(`PUT ${line}`, { notes: 'keep me', protected: 1 });
  expect(await data(`GET ${line}`)).toMatchObject({ notes: 'keep me', protected: 1 });
  const name = volid.slice('local:'.length);
  expect((await task(`DELETE ${line}`)).log).toEqual([
    `TASK ERROR: cannot remove protected volume '${name}' on 'local'`,
  ]);
  const [mark] = await data('GET /nodes/pve1/storage/local/prunebackups?prune-backups=keep-last%3D1');
  expect(mark).toEqual({ volid, vmid: 100, type: 'qemu', mark: 'protected', ctime: expect.any(Number) });
});

test('a backup is restored as a new guest with new addresses, or over the old one', async () => {
  const { task, call, data, refusal, world } = lab();
  await task(dump, { vmid: '100', storage: 'local' });
  const [{ volid: archive }] = await data('GET /nodes/pve1/storage/local/content?content=backup');
  const { type, exitstatus } = await task('POST /nodes/pve1/qemu', { vmid: 110, archive, unique: 1 });
  expect([type, exitstatus]).toEqual(['qmrestore', 'OK']);
  const [old, made] = [
    await data('GET /nodes/pve1/qemu/100/config'),
    await data('GET /nodes/pve1/qemu/110/config'),
  ];
  expect(made).toMatchObject({ name: 'web1', scsi0: 'local-lvm:vm-110-disk-0,size=16G' });
  expect(made.net0).not.toBe(old.net0);
  expect((await refusal('POST /nodes/pve1/qemu', { vmid: 100, archive }))[0]).toBe(500);
  await task('POST /nodes/pve1/qemu/100/status/stop', {});
  await call('PUT /nodes/pve1/qemu/100/config', { name: 'broken' });
  await task('POST /nodes/pve1/qemu', { vmid: 100, archive, force: 1 });
  expect((await data('GET /nodes/pve1/qemu/100/config')).name).toBe('web1');
  expect(world.guest(100)?.lock).toBeUndefined();
});

test('jobs, and the guests that none of them covers', async () => {
  const { data, refusal } = lab('demo');
  expect(await data('GET /cluster/backup/backup-nightly')).toMatchObject({
    type: 'vzdump',
    storage: 'nas',
    enabled: 1,
  });
  expect(await refusal('GET /cluster/backup/none')).toEqual([400, { id: "No such job 'none'" }]);
  const missing = await data('GET /cluster/backup-info/not-backed-up');
  expect(missing[0]).toEqual({ vmid: 103, type: 'qemu', name: 'mail' });
  expect(missing.map(({ vmid }: { vmid: number }) => vmid)).not.toContain(100);
});
