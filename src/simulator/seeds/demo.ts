import type { World } from '../world/world.ts';
import { addNode, addStorage } from './build.ts';
import { seedDemoFiles } from './demo-files.ts';
import { seedDemoFirewall } from './demo-firewall.ts';
import { seedDemoGuests } from './demo-guests.ts';
import { seedDemoHistory } from './demo-history.ts';
import { seedDemoTroubles } from './demo-troubles.ts';
import { addLogins } from './logins.ts';

/** Three nodes of a small company: web shop, office services, a lab, with the small troubles such a place has. */
export function seedDemo(world: World): void {
  world.clusterName = 'demo';
  for (const name of ['pve1', 'pve2', 'pve3']) addNode(world, name);
  addStorage(
    world,
    'local',
    {
      type: 'dir',
      path: '/var/lib/vz',
      content: 'iso,vztmpl,backup,snippets,import',
      'prune-backups': 'keep-all=1',
    },
    { total: 94, otherUse: 15 },
  );
  addStorage(
    world,
    'local-lvm',
    { type: 'lvmthin', vgname: 'pve', thinpool: 'data', content: 'images,rootdir' },
    { total: 1600 },
  );
  addStorage(
    world,
    'nas',
    {
      ...{
        type: 'nfs',
        server: '192.0.2.5',
        export: '/volume1/proxmox',
        path: '/mnt/pve/nas',
        options: 'vers=4.2',
      },
      ...{ content: 'images,iso,vztmpl,backup', 'prune-backups': 'keep-daily=7,keep-weekly=4', shared: 1 },
    },
    // What the failed backup left free.
    { total: 8000, otherUse: 7740 },
  );
  addStorage(
    world,
    'tank',
    { type: 'zfspool', pool: 'tank', content: 'images,rootdir', sparse: 1, nodes: 'pve3' },
    { total: 3500 },
  );
  seedDemoGuests(world);
  seedDemoFiles(world);
  addLogins(world, { path: '/pool/shop', role: 'PVEVMUser' });
  seedDemoTroubles(world);
  seedDemoFirewall(world);
  seedDemoHistory(world);
}
