import type { World } from '../world/world.ts';
import { addFile, GiB } from './build.ts';

const stamp = (seconds: number) =>
  new Date(seconds * 1000)
    .toISOString()
    .slice(0, 19)
    .replaceAll('-', '_')
    .replace('T', '-')
    .replaceAll(':', '_');

/** ISO images, container templates and last week's backups of the demo. */
export function seedDemoFiles(world: World): void {
  const iso = (name: string, size: number, daysAgo = 30) =>
    addFile(world, 'pve1', `nas:iso/${name}`, { content: 'iso', size, daysAgo });
  iso('debian-13.2.0-amd64-netinst.iso', 783_286_272);
  // Fetched for a try-out that never came.
  iso('ubuntu-24.04.3-live-server-amd64.iso', 3_303_444_480, 214);
  iso('virtio-win-0.1.285.iso', 790_872_064);
  const template = (name: string, size: number) =>
    addFile(world, 'pve1', `nas:vztmpl/${name}`, { content: 'vztmpl', size });
  template('debian-13-standard_13.1-2_amd64.tar.zst', 129_710_398);
  template('alpine-3.22-default_20250617_amd64.tar.xz', 3_276_452);
  const backup = (vmid: number, kind: 'qemu' | 'lxc', days: number, gib: number, more = {}) => {
    const time = stamp(world.seconds() - Math.floor(days * 86_400));
    const ending = kind === 'qemu' ? 'vma.zst' : 'tar.zst';
    addFile(world, 'pve1', `nas:backup/vzdump-${kind}-${vmid}-${time}.${ending}`, {
      ...{ content: 'backup', size: Math.floor(gib * GiB), daysAgo: days, vmid, subtype: kind },
      notes: world.guests.get(vmid)?.name ?? '',
      ...more,
    });
  };
  for (const days of [0.6, 1.6, 2.6]) {
    backup(100, 'qemu', days, 9.1);
    backup(101, 'qemu', days, 8.8);
    backup(200, 'lxc', days, 0.6);
  }
  backup(102, 'qemu', 1.6, 88, { protected: true, notes: 'db1 before the migration' });
  backup(103, 'qemu', 24, 41);
  backup(104, 'qemu', 1.55, 12);
  // It stands in the weekly job, which passed it by.
  backup(202, 'lxc', 8.55, 2);
  world.backupJobs.set('backup-nightly', {
    ...{
      id: 'backup-nightly',
      type: 'vzdump',
      schedule: '02:00',
      enabled: 1,
      storage: 'nas',
      mode: 'snapshot',
    },
    ...{ vmid: '100,101,102,200,201', compress: 'zstd', 'notes-template': '{{guestname}}' },
  });
  world.backupJobs.set('backup-weekly', {
    ...{ id: 'backup-weekly', type: 'vzdump', schedule: 'sat 03:00', enabled: 1, storage: 'nas' },
    ...{ mode: 'snapshot', vmid: '104,202', compress: 'zstd', comment: 'what changes little' },
  });
}
