import type { World } from '../world/world.ts';
import { addContainer, addNode, addVm } from './build.ts';

const each = 50;

/** Adds `count` guests, fifty to a node, from VMID 10000: for benchmarks and for answers that must stay small. */
export function seedScale(world: World, count: number): void {
  const kinds = ['web', 'app', 'db', 'cache', 'queue', 'build', 'proxy', 'mail'];
  for (let number = 0; number < count; number++) {
    const node = `node${String(Math.floor(number / each) + 1).padStart(3, '0')}`;
    if (number % each === 0) addNode(world, node);
    const seed = {
      ...{ vmid: 10_000 + number, node, name: `${kinds[number % kinds.length]}-${number}` },
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
}
