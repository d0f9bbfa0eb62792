import type { World } from '../world/world.ts';
import { addContainer, addFile, addNode, addStorage, addVm } from './build.ts';
import { addLogins } from './logins.ts';

/** Two nodes, of which pve2 is away, and four guests: for tests that want to see everything at a glance. */
export function seedTiny(world: World): void {
  world.clusterName = 'tiny';
  addNode(world, 'pve1');
  addNode(world, 'pve2');
  world.setOnline('pve2', false);
  addStorage(
    world,
    'local',
    {
      type: 'dir',
      path: '/var/lib/vz',
      content: 'iso,vztmpl,backup,snippets',
      'prune-backups': 'keep-all=1',
    },
    { total: 94, otherUse: 15 },
  );
  addStorage(
    world,
    'local-lvm',
    { type: 'lvmthin', vgname: 'pve', thinpool: 'data', content: 'images,rootdir' },
    { total: 800 },
  );
  addVm(world, {
    ...{ vmid: 100, node: 'pve1', name: 'web1', cores: 2, memory: 2048, disks: ['local-lvm:16G'] },
    ...{ upHours: 75, tags: 'prod;web', agent: true, ip: '192.0.2.100' },
  });
  addContainer(world, {
    ...{
      vmid: 101,
      node: 'pve1',
      name: 'dns',
      cores: 1,
      memory: 256,
      disks: ['local-lvm:4G'],
      ip: '192.0.2.101',
    },
  });
  addVm(world, { vmid: 102, node: 'pve2', name: 'old', disks: ['local-lvm:8G'] });
  addVm(world, {
    ...{ vmid: 9000, node: 'pve1', name: 'debian-13', disks: ['local-lvm:8G'], template: true, agent: false },
  });
  addFile(world, 'pve1', 'local:iso/debian-13.2.0-amd64-netinst.iso', { content: 'iso', size: 783_000_000 });
  addFile(world, 'pve1', 'local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst', {
    content: 'vztmpl',
    size: 129_000_000,
  });
  addLogins(world, { path: '/vms/100', role: 'PVEVMUser' });
}
