/** What a row of numbers comes to. */
export interface Statistics {
  min: number;
  avg: number;
  p95: number;
  max: number;
  last: number;
  /** What the last quarter of it has more than the first, as a share of their mean; `undefined` where it is too short. */
  trend?: number;
}

/** Quarters of fewer values than this say nothing. */
const LEAST_QUARTER = 3;

/** `undefined` for no values at all. They come in the order of time. */
export function statistics(values: readonly number[]): Statistics | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? (sorted.at(-1) as number);
  const trend = trendOf(values);
  return {
    min: sorted[0] as number,
    avg: mean(values),
    p95: at(0.95),
    max: sorted.at(-1) as number,
    last: values.at(-1) as number,
    ...(trend !== undefined && { trend }),
  };
}

function trendOf(values: readonly number[]): number | undefined {
  const quarter = Math.floor(values.length / 4);
  if (quarter < LEAST_QUARTER) return undefined;
  const [first, last] = [mean(values.slice(0, quarter)), mean(values.slice(-quarter))];
  const middle = (first + last) / 2;
  return middle === 0 ? 0 : (last - first) / Math.abs(middle);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A trend in a word: what moves by less than a tenth is steady. */
export function trendWord(trend: number | undefined): string | undefined {
  if (trend === undefined) return undefined;
  if (Math.abs(trend) < 0.1) return 'steady';
  return `${trend > 0 ? 'up' : 'down'} ${Math.round(Math.abs(trend) * 100)}%`;
}

/** At most `count` means of equal stretches of a series, each with the time at which its stretch begins. */
export function thinned<Point extends { time: number }>(
  points: readonly Point[],
  value: (point: Point) => number | undefined,
  count: number,
): { time: number; value: number }[] {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return [];
  const span = Math.max(1, (last.time - first.time + 1) / count);
  const stretches = new Map<number, { time: number; values: number[] }>();
  for (const point of points) {
    const measured = value(point);
    if (measured === undefined) continue;
    const index = Math.floor((point.time - first.time) / span);
    const stretch = stretches.get(index) ?? { time: point.time, values: [] };
    stretch.values.push(measured);
    stretches.set(index, stretch);
  }
  return [...stretches.values()].map(({ time, values }) => ({ time, value: mean(values) }));
}
