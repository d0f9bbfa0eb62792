import type { World } from '../world/world.ts';
import { addContainer, addVm } from './build.ts';

/** The guests of the demo, its pools, and who HA looks after. */
export function seedDemoGuests(world: World): void {
  world.pools.create('shop', 'the web shop');
  world.pools.create('office', 'mail, files and names');
  addVm(world, {
    ...{
      vmid: 100,
      node: 'pve1',
      name: 'web1',
      cores: 4,
      memory: 4096,
      disks: ['local-lvm:32G'],
      upHours: 911,
    },
    ...{ tags: 'prod;web', agent: true, ip: '192.0.2.100', description: 'nginx, first of two' },
    load: { cpu: 0.22, mem: 0.6, netin: 180_000, netout: 620_000 },
  });
  addVm(world, {
    ...{
      vmid: 101,
      node: 'pve2',
      name: 'web2',
      cores: 4,
      memory: 4096,
      disks: ['local-lvm:32G'],
      upHours: 911,
    },
    ...{ tags: 'prod;web', agent: true, ip: '192.0.2.101', description: 'nginx, second of two' },
    load: { cpu: 0.2, mem: 0.58, netin: 170_000, netout: 600_000 },
  });
  addVm(world, {
    ...{
      vmid: 102,
      node: 'pve1',
      name: 'db1',
      cores: 8,
      memory: 16384,
      disks: ['local-lvm:64G', 'local-lvm:200G'],
    },
    ...{
      upHours: 1003,
      tags: 'db;prod',
      agent: true,
      ip: '192.0.2.102',
      options: { protection: 1, onboot: 1 },
    },
    load: { cpu: 0.71, mem: 0.92, diskread: 2_400_000, diskwrite: 5_100_000 },
  });
  addVm(world, {
    ...{ vmid: 103, node: 'pve2', name: 'mail', cores: 2, memory: 8192, disks: ['nas:120G'], upHours: 320 },
    ...{ tags: 'office;prod', agent: true, ip: '192.0.2.103', days: 420 },
    // Its disk lies on the full NFS storage.
    load: { waits: 34 },
  });
  addVm(world, {
    ...{ vmid: 104, node: 'pve3', name: 'win-dc', cores: 4, memory: 8192, disks: ['tank:80G'], upHours: 610 },
    ...{ tags: 'office;windows', ostype: 'win11', agent: true, ip: '192.0.2.104' },
  });
  addVm(world, {
    ...{ vmid: 105, node: 'pve3', name: 'build', cores: 16, memory: 32768, disks: ['tank:150G'], upHours: 4 },
    ...{ tags: 'lab', ip: '192.0.2.105', load: { cpu: 0.88, mem: 0.5 } },
  });
  addVm(world, {
    ...{
      vmid: 106,
      node: 'pve2',
      name: 'legacy-erp',
      memory: 4096,
      disks: ['local-lvm:60G'],
      ostype: 'win7',
    },
    description: 'switched off in spring; keep until the tax audit',
  });
  addContainer(world, {
    ...{
      vmid: 200,
      node: 'pve1',
      name: 'dns',
      cores: 1,
      memory: 256,
      disks: ['local-lvm:4G'],
      upHours: 1003,
    },
    ...{ tags: 'office;prod', ip: '192.0.2.53', options: { onboot: 1 } },
  });
  addContainer(world, {
    ...{
      vmid: 201,
      node: 'pve2',
      name: 'nextcloud',
      cores: 4,
      memory: 4096,
      disks: ['local-lvm:16G', 'local-lvm:400G'],
    },
    ...{ upHours: 77, tags: 'office;prod', ip: '192.0.2.201', load: { disk: 0.93, mem: 0.7 } },
  });
  addContainer(world, {
    ...{
      vmid: 202,
      node: 'pve3',
      name: 'monitoring',
      cores: 2,
      memory: 2048,
      disks: ['tank:32G'],
      upHours: 480,
    },
    ...{ tags: 'prod', ip: '192.0.2.202' },
  });
  addContainer(world, {
    vmid: 203,
    node: 'pve3',
    name: 'lab-ct',
    memory: 1024,
    disks: ['tank:8G'],
    tags: 'lab',
  });
  addContainer(world, {
    ...{
      vmid: 204,
      node: 'pve1',
      name: 'proxy',
      cores: 2,
      memory: 512,
      disks: ['local-lvm:4G'],
      upHours: 911,
    },
    ...{ tags: 'prod;web', ip: '192.0.2.204' },
  });
  addVm(world, {
    ...{
      vmid: 9000,
      node: 'pve1',
      name: 'debian-13-cloud',
      disks: ['local-lvm:3G'],
      template: true,
      agent: false,
    },
    ...{
      tags: 'template',
      options: { ciuser: 'debian', ipconfig0: 'ip=dhcp', ide2: 'local-lvm:vm-9000-cloudinit,media=cdrom' },
    },
  });
  addContainer(world, {
    ...{
      vmid: 9001,
      node: 'pve1',
      name: 'debian-13-ct',
      disks: ['local-lvm:4G'],
      template: true,
      tags: 'template',
    },
  });
  for (const vmid of [100, 101, 102, 204]) world.pools.assign(vmid, 'shop');
  for (const vmid of [103, 104, 200, 201]) world.pools.assign(vmid, 'office');
  world.pools.get('shop')?.storages.add('nas');
  world.ha.set('vm:103', { sid: 'vm:103', state: 'started', comment: 'mail must not sleep' });
  addSnapshots(world);
}

function addSnapshots(world: World): void {
  const guest = world.guests.get(100);
  if (!guest) return;
  const config = { ...guest.config };
  const ago = (days: number) => world.seconds() - days * 86_400;
  guest.snapshots.push(
    {
      ...{ name: 'before-upgrade', snaptime: ago(12), description: 'before the upgrade to trixie' },
      ...{ parent: undefined, vmstate: undefined, config },
    },
    {
      ...{ name: 'after-upgrade', snaptime: ago(11), description: '', parent: 'before-upgrade' },
      ...{ vmstate: undefined, config: { ...config } },
    },
  );
  guest.parent = 'after-upgrade';
  guest.touch();
  const mail = world.guests.get(103);
  if (!mail) return;
  // Made for an afternoon, and forgotten.
  mail.snapshots.push({
    ...{ name: 'before-dovecot', snaptime: ago(203), description: 'delete after a week' },
    ...{ parent: undefined, vmstate: undefined, config: { ...mail.config } },
  });
  mail.parent = 'before-dovecot';
  mail.touch();
}
