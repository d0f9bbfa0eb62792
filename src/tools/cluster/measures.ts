import type { Point } from '../../pve/metrics.ts';
import { bytes, percent } from '../../render/units.ts';

/** Something that is measured: how it is read from a point, and how its values are said. */
export interface Measure {
  name: string;
  of(point: Point): number | undefined;
  say(value: number): string;
}

const share = (part: string, whole: string) => (point: Point) => {
  const [of, all] = [point[part], point[whole]];
  return of === undefined || all === undefined || all === 0 ? undefined : of / all;
};
const plain = (name: string) => (point: Point) => point[name];
const rate = (value: number) => `${bytes(value)}/s`;
/** Pressure comes as a percentage of time in which something had to wait. */
const waiting = (value: number) => percent(value / 100);

/** Of a node, a VM, a container or a storage; each has those of them that Proxmox measures there. */
export const MEASURES: readonly Measure[] = [
  { name: 'cpu', of: plain('cpu'), say: percent },
  {
    name: 'memory',
    of: (point) => share('mem', 'maxmem')(point) ?? share('memused', 'memtotal')(point),
    say: percent,
  },
  { name: 'swap', of: share('swapused', 'swaptotal'), say: percent },
  { name: 'load', of: plain('loadavg'), say: (value) => value.toFixed(1) },
  { name: 'iowait', of: plain('iowait'), say: percent },
  { name: 'disk', of: containerDisk, say: percent },
  { name: 'rootfs', of: share('rootused', 'roottotal'), say: percent },
  { name: 'used', of: share('used', 'total'), say: percent },
  { name: 'diskread', of: plain('diskread'), say: rate },
  { name: 'diskwrite', of: plain('diskwrite'), say: rate },
  { name: 'netin', of: plain('netin'), say: rate },
  { name: 'netout', of: plain('netout'), say: rate },
  { name: 'pressurecpu', of: plain('pressurecpusome'), say: waiting },
  { name: 'pressureio', of: plain('pressureiosome'), say: waiting },
  { name: 'pressurememory', of: plain('pressurememorysome'), say: waiting },
];

/** Proxmox does not look into the disks of VMs: their share is always 0. */
function containerDisk(point: Point): number | undefined {
  return point.disk === 0 ? undefined : share('disk', 'maxdisk')(point);
}
