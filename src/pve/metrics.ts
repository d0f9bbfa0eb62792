import type { Api } from '../api/api.ts';
import { type ApiPath, path } from '../api/path.ts';
import { number, rows } from './read.ts';

/**
 * What PVE 9 keeps, and how fine: an hour and a day by the minute, a week and a month by the half hour, a year by six
 * hours (recorded on PVE 9.2). Only nodes have a decade, by the week.
 */
const FRAMES = [
  ['hour', 3_600],
  ['day', 86_400],
  ['week', 7 * 86_400],
  ['month', 30 * 86_400],
  ['year', 360 * 86_400],
] as const;

/** One moment of a series: `time` in seconds since 1970, and what was measured then. Rates are per second. */
export type Point = { time: number } & Readonly<Record<string, number>>;

/** Whose metrics. */
export type Measured =
  | { node: string }
  | { node: string; type: 'qemu' | 'lxc'; vmid: number }
  | { node: string; storage: string };

/** The series that pvestatd writes for nodes, guests and storages (`rrddata`). */
export class Metrics {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /**
   * The points between two moments (seconds since 1970), oldest first, in the finest grid that reaches back so far; those
   * at which nothing was measured are left out. `now` in seconds too.
   */
  async between(
    of: Measured,
    { since, until, now }: { since: number; until: number; now: number },
    options: { signal?: AbortSignal } = {},
  ): Promise<Point[]> {
    const [timeframe] = FRAMES.find(([, reach]) => now - since <= reach) ?? ['year'];
    const data = await this.#api.get<unknown>(pathOf(of), { timeframe, cf: 'AVERAGE' }, options);
    const points: Point[] = [];
    for (const { time, ...values } of rows(data)) {
      const at = number(time);
      if (at === undefined || at < since || at > until) continue;
      const point: Record<string, number> & { time: number } = { time: at };
      for (const [name, value] of Object.entries(values)) {
        const read = number(value);
        if (read !== undefined) point[name] = read;
      }
      if (Object.keys(point).length > 1) points.push(point);
    }
    return points.sort((a, b) => a.time - b.time);
  }
}

function pathOf(of: Measured): ApiPath {
  if ('vmid' in of) return path`/nodes/${of.node}/${of.type}/${of.vmid}/rrddata`;
  if ('storage' in of) return path`/nodes/${of.node}/storage/${of.storage}/rrddata`;
  return path`/nodes/${of.node}/rrddata`;
}
