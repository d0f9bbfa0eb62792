import { expect, test } from 'vitest';
import type { StoragePlace, Volume } from '../../pve/volumes.ts';
import { storageFindings } from './storage-findings.ts';
import { growthOf } from './storage-growth.ts';
import { type SeenVolumes, wasteOf } from './storage-waste.ts';

const NOW = 1_800_000_000;
const DAY = 86_400;
const GiB = 1024 ** 3;

const local = (node: string, type = 'lvmthin'): StoragePlace => ({
  storage: 'local-lvm',
  node,
  shared: false,
  type,
});
const nas: StoragePlace = { storage: 'nas', node: 'pve1', shared: true, type: 'nfs' };
const disk = (volid: string, vmid: number, more: Partial<Volume> = {}): Volume => ({
  ...{ volid, vmid, content: 'images', size: 10 * GiB, protected: false },
  ...more,
});
const config = (values: Record<string, string>) => new Map(Object.entries(values));
const guest = (
  vmid: number,
  node: string,
  values: Record<string, string>,
  snapshots: Record<string, string>[] = [],
) => ({
  ...{ vmid, node, config: config(values) },
  snapshots: snapshots.map(config),
});
const seen = (more: Partial<SeenVolumes>): SeenVolumes => ({
  ...{ places: [], backings: new Map(), guests: [], gone: new Set<number>(), replicas: new Set<string>() },
  ...more,
});
const wasted = (all: SeenVolumes) => wasteOf(all, NOW).map(({ kind, volume }) => `${kind} ${volume.volid}`);

test('disks of guests that are gone, unused ones, and those that nothing refers to', () => {
  const volumes = [
    disk('local-lvm:vm-100-disk-0', 100),
    disk('local-lvm:vm-100-disk-1', 100),
    disk('local-lvm:vm-100-disk-2', 100),
    disk('local-lvm:vm-100-disk-3', 100),
    disk('local-lvm:vm-100-state-s', 100),
    disk('local-lvm:vm-100-cloudinit', 100),
    disk('local-lvm:vm-151-disk-0', 151),
    disk('local-lvm:vm-152-disk-0', 152),
    disk('local-lvm:vm-153-disk-0', 153),
  ];
  const one = guest(
    100,
    'pve1',
    {
      scsi0: 'local-lvm:vm-100-disk-0,size=10G',
      unused0: 'local-lvm:vm-100-disk-1',
      ide2: 'local-lvm:vm-100-cloudinit,media=cdrom',
      // Somebody took the disk of a guest that is gone.
      scsi1: 'local-lvm:vm-153-disk-0,size=10G',
    },
    [{ scsi0: 'local-lvm:vm-100-disk-2', vmstate: 'local-lvm:vm-100-state-s' }],
  );
  const all = seen({ places: [{ place: local('pve1'), volumes }], guests: [one], gone: new Set([151, 153]) });
  // Nothing is said of 152: it may be a guest that this login does not see.
  expect(wasted(all)).toEqual([
    'unused local-lvm:vm-100-disk-1',
    'unreferenced local-lvm:vm-100-disk-3',
    'orphan local-lvm:vm-151-disk-0',
  ]);
  const blind = seen({ ...all, guests: [{ ...one, snapshots: undefined }] });
  expect(wasted(blind)).not.toContain('unreferenced local-lvm:vm-100-disk-3');
});

test('what a migration left on another node is found; a copy that replication keeps is not', () => {
  const place = (type: string) => [
    { place: local('pve2', type), volumes: [disk('local-lvm:vm-100-disk-0', 100)] },
  ];
  const guests = [guest(100, 'pve1', { scsi0: 'local-lvm:vm-100-disk-0' })];
  expect(wasted(seen({ places: place('lvmthin'), guests }))).toEqual([
    'unreferenced local-lvm:vm-100-disk-0',
  ]);
  const replicas = new Set(['100 pve2']);
  expect(wasted(seen({ places: place('zfspool'), guests, replicas }))).toEqual([]);
  expect(wasted(seen({ places: place('zfspool'), guests, replicas: undefined }))).toEqual([]);
});

test('linked clones and two names of one storage are the same thing', () => {
  const linked = disk('nas:9000/base-9000-disk-0.qcow2/100/vm-100-disk-0.qcow2', 100);
  const guests = [guest(100, 'pve1', { scsi0: 'other:100/vm-100-disk-0.qcow2,size=10G' })];
  const places = [{ place: nas, volumes: [linked] }];
  expect(
    wasted(
      seen({
        places,
        guests,
        backings: new Map([
          ['nas', 'x'],
          ['other', 'x'],
        ]),
      }),
    ),
  ).toEqual([]);
  expect(wasted(seen({ places, guests }))).toEqual([`unreferenced ${linked.volid}`]);
});

test('old images that nobody mounts, and backups of guests that are gone', () => {
  const file = (volid: string, content: string, days: number, vmid?: number): Volume => ({
    ...{ volid, content, size: GiB, ctime: NOW - days * DAY, protected: false },
    ...(vmid !== undefined && { vmid }),
  });
  const volumes = [
    file('nas:iso/new.iso', 'iso', 10),
    file('nas:iso/old.iso', 'iso', 100),
    file('nas:iso/mounted.iso', 'iso', 100),
    file('nas:vztmpl/a.tar.zst', 'vztmpl', 100),
    file('nas:vztmpl/b.tar.zst', 'vztmpl', 400),
    file('nas:backup/x', 'backup', 5, 100),
    file('nas:backup/y', 'backup', 5, 151),
  ];
  const guests = [guest(100, 'pve2', { ide2: 'nas:iso/mounted.iso,media=cdrom' })];
  expect(wasted(seen({ places: [{ place: nas, volumes }], guests, gone: new Set([151]) }))).toEqual([
    'image nas:iso/old.iso',
    'image nas:vztmpl/b.tar.zst',
    'backup nas:backup/y',
  ]);
});

test('growth is a line through what was measured, and its end is told only where it fits', () => {
  const points = (used: (day: number) => number) =>
    Array.from({ length: 31 }, (_, day) => ({
      time: NOW - (30 - day) * DAY,
      used: used(day),
      total: 100 * GiB,
    }));
  expect(
    growthOf(
      points((day) => (40 + day) * GiB),
      { used: 70 * GiB, total: 100 * GiB },
    ),
  ).toEqual({
    ...{ perDay: GiB, days: 30, fullIn: 30 },
  });
  expect(
    growthOf(
      points((day) => (70 - day) * GiB),
      {},
    )?.fullIn,
  ).toBeUndefined();
  expect(
    growthOf(
      points((day) => (day % 2 === 0 ? 40 : 41) * GiB),
      {},
    )?.fullIn,
  ).toBeUndefined();
  expect(growthOf(points(() => GiB).slice(0, 2), {})).toBeUndefined();
});

test('severity: full or soon full, promised too much, old snapshots', () => {
  const state = (used: number, more = {}) => ({
    ...local('pve1'),
    used: used * GiB,
    total: 100 * GiB,
    provisioned: 0,
    ...more,
  });
  const said = (...args: Parameters<typeof state>) =>
    storageFindings([state(...args)], [], [], NOW).map(({ severity, what }) => `${severity} ${what}`);
  const growth = (fullIn: number) => ({ growth: { perDay: GiB, days: 30, fullIn } });
  expect(said(50)).toEqual([]);
  expect(said(86)).toEqual(['warning local-lvm on pve1 is 86% full']);
  expect(said(95)).toEqual(['critical local-lvm on pve1 is 95% full']);
  expect(said(50, growth(20))).toEqual([
    'warning local-lvm on pve1 is 50% full, and full in 20 days as it grows now',
  ]);
  expect(said(50, growth(5))[0]).toMatch(/^critical /);
  expect(said(20, { provisioned: 250 * GiB })).toEqual([
    'note local-lvm on pve1 has promised its disks 2.5 times what it has',
  ]);
  const old = { vmid: 103, guest: 'mail', name: 'before', snaptime: NOW - 40 * DAY };
  expect(storageFindings([], [], [old], NOW)).toMatchObject([
    {
      severity: 'note',
      evidence: 'before of 103 mail, 40d',
      fix: expect.stringContaining('delete_snapshot'),
    },
  ]);
});
