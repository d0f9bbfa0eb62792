import type { World } from '../world/world.ts';
import { addContainer, addNode, addStorage, addVm } from './build.ts';
import { addLogins } from './logins.ts';

const each = 50;

/** A cluster of `count` guests, fifty to a node, from VMID 100: for benchmarks and for answers that must stay small. */
export function seedScale(world: World, count: number): void {
  world.clusterName = 'scale';
  const images = { type: 'lvmthin', vgname: 'pve', thinpool: 'data', content: 'images,rootdir' };
  addStorage(
    world,
    'local',
    { type: 'dir', path: '/var/lib/vz', content: 'iso,vztmpl,backup' },
    { total: 94 },
  );
  addStorage(world, 'local-lvm', images, { total: 4000 });
  const kinds = ['web', 'app', 'db', 'cache', 'queue', 'build', 'proxy', 'mail'];
  for (let number = 0; number < count; number++) {
    const node = `pve${Math.floor(number / each) + 1}`;
    if (number % each === 0) addNode(world, node);
    const seed = {
      ...{ vmid: 100 + number, node, name: `${kinds[number % kinds.length]}-${number}` },
      ...{
        cores: 1 + (number % 4),
        memory: 1024 * (1 + (number % 8)),
        disks: [`local-lvm:${8 + (number % 5) * 8}G`],
      },
      ...(number % 7 === 6 ? {} : { upHours: 1 + (number % 900) }),
      tags: number % 3 === 0 ? 'prod' : 'test',
      load: { cpu: ((number * 37) % 100) / 130 },
    };
    if (number % 3 === 2) addContainer(world, seed);
    else addVm(world, { ...seed, agent: number % 2 === 0 });
  }
  addLogins(world, { path: '/vms/100', role: 'PVEVMUser' });
}
