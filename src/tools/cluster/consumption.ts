import type { Metrics, Point } from '../../pve/metrics.ts';
import type { Resource } from '../../pve/resources.ts';
import type { Sight } from '../../pve/sight.ts';
import { bytes, percent } from '../../render/units.ts';
import { statistics } from './statistics.ts';

export const CONSUMED = ['cpu', 'memory', 'disk', 'io', 'network'] as const;
export type Consumed = (typeof CONSUMED)[number];

/** How much one guest or node takes. */
export interface Consumer {
  resource: Resource;
  /** Cores, bytes, or bytes a second; over a window the mean. */
  value: number;
  /** What share of its own limit that is. */
  share?: number;
  /** Over a window: the most it was. */
  peak?: number;
}

/** How many series are asked for at most: each is a request. */
export const MOST_SERIES = 200;

interface Kind {
  /** What `/cluster/resources` knows of it now; undefined where that has no such figure. */
  now?(resource: Resource): number | undefined;
  of(point: Point): number | undefined;
  limit(resource: Resource): number | undefined;
  say(value: number): string;
}

const sum = (a: string, b: string) => (point: Point) =>
  point[a] === undefined && point[b] === undefined ? undefined : (point[a] ?? 0) + (point[b] ?? 0);
const rate = (value: number) => `${bytes(value)}/s`;

export const KINDS: Record<Consumed, Kind> = {
  cpu: {
    now: ({ cpu, maxcpu }) => (cpu === undefined || maxcpu === undefined ? undefined : cpu * maxcpu),
    of: ({ cpu, maxcpu }) => (cpu === undefined || maxcpu === undefined ? undefined : cpu * maxcpu),
    limit: ({ maxcpu }) => maxcpu,
    say: (value) => `${value.toFixed(2)} cores`,
  },
  memory: {
    now: ({ mem }) => mem,
    of: (point) => point.mem ?? point.memused,
    limit: ({ maxmem }) => maxmem,
    say: bytes,
  },
  disk: {
    // Proxmox does not look into the disks of VMs: what they may take stands for what they take.
    now: ({ type, disk, maxdisk }) => (type === 'qemu' ? maxdisk : disk),
    of: (point) => point.disk || point.maxdisk || point.rootused,
    limit: ({ maxdisk }) => maxdisk,
    say: bytes,
  },
  io: { of: sum('diskread', 'diskwrite'), limit: () => undefined, say: rate },
  network: { of: sum('netin', 'netout'), limit: () => undefined, say: rate },
};

/** Who takes most at the moment, most first, from what one request has said of all. */
export function consumersNow(resources: readonly Resource[], by: Consumed): Consumer[] {
  return resources.flatMap((resource) => asConsumer(resource, KINDS[by].now?.(resource), by)).sort(mostFirst);
}

/** Who took most over a window. One request for each; what could not be read is in `sight`. */
export async function consumersOver(
  resources: readonly Resource[],
  by: Consumed,
  window: { since: number; until: number; now: number },
  metrics: Metrics,
  { signal, sight }: { signal: AbortSignal; sight: Sight },
): Promise<Consumer[]> {
  const asked = await Promise.all(
    resources.map(async (resource) => {
      const { type, node = '', vmid } = resource;
      const of = vmid === undefined ? { node } : { node, type: type as 'qemu' | 'lxc', vmid };
      const what = vmid === undefined ? `metrics of ${node}` : `metrics of ${vmid}`;
      const points = await sight.of(what, metrics.between(of, window, { signal }));
      const values = (points ?? []).map(KINDS[by].of).filter((value) => value !== undefined);
      const found = statistics(values);
      return found === undefined ? [] : asConsumer(resource, found.avg, by, found.max);
    }),
  );
  return asked.flat().sort(mostFirst);
}

function asConsumer(resource: Resource, value: number | undefined, by: Consumed, peak?: number): Consumer[] {
  if (value === undefined || value === 0) return [];
  const limit = KINDS[by].limit(resource);
  const share =
    limit === undefined || limit === 0 || (by === 'disk' && resource.type === 'qemu')
      ? undefined
      : value / limit;
  return [{ resource, value, ...(share !== undefined && { share }), ...(peak !== undefined && { peak }) }];
}

function mostFirst(a: Consumer, b: Consumer): number {
  return b.value - a.value || (a.resource.vmid ?? 0) - (b.resource.vmid ?? 0);
}

/** `2.1 GiB`, `0.4 cores (10% of its own)`. */
export function amountText(
  { value, share, peak }: Consumer,
  by: Consumed,
): { value: string; share?: string; peak?: string } {
  return {
    value: KINDS[by].say(value),
    ...(share !== undefined && { share: percent(share) }),
    ...(peak !== undefined && { peak: KINDS[by].say(peak) }),
  };
}
