import type { Clock } from '../world/clock.ts';
import { World } from '../world/world.ts';
import { seedDemo } from './demo.ts';
import { seedLab } from './lab.ts';
import { seedScale } from './scale.ts';
import { seedTiny } from './tiny.ts';

export type SeedName = 'demo' | 'tiny' | 'lab';

/**
 * A cluster to start from. `demo` looks like a small company's; `tiny` has two nodes, one of them away; `lab` is the lone
 * node that the recordings were taken on. With `scale` it is a cluster of so many guests instead, fifty to a node. The same name, scale and starting time give the same world,
 * down to its MAC addresses.
 */
export function seedWorld(name: SeedName, { clock, scale = 0 }: { clock: Clock; scale?: number }): World {
  const world = new World({ clock });
  if (scale > 0) seedScale(world, scale);
  else if (name === 'demo') seedDemo(world);
  else if (name === 'lab') seedLab(world);
  else seedTiny(world);
  return world;
}
