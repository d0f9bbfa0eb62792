import type { Point } from '../../pve/metrics.ts';

/** How a storage fills. */
export interface Growth {
  /** Bytes a day; below 0 where it empties. */
  perDay: number;
  /** Days that were measured. */
  days: number;
  /** Days until it is full, if it goes on like that; absent where it does not grow. */
  fullIn?: number;
}

const DAY = 86_400;
/** A shorter time says nothing. */
const LEAST_DAYS = 2;
/** How well a line must fit for its end to be worth telling (R²): what goes up and down by day has no end. */
const FIT = 0.3;

/** The straight line through what was measured of `used` and `total` bytes; undefined where that is too little. */
export function growthOf(
  points: readonly Point[],
  current: { used?: number; total?: number },
): Growth | undefined {
  const measured = points.flatMap(({ time, used }) =>
    used === undefined ? [] : [{ x: time / DAY, y: used }],
  );
  const [first, last] = [measured[0], measured.at(-1)];
  if (!first || !last || last.x - first.x < LEAST_DAYS) return undefined;
  const mean = (pick: (point: { x: number; y: number }) => number) =>
    measured.reduce((sum, point) => sum + pick(point), 0) / measured.length;
  const [mx, my] = [mean(({ x }) => x), mean(({ y }) => y)];
  const sxx = mean(({ x }) => (x - mx) ** 2);
  const sxy = mean(({ x, y }) => (x - mx) * (y - my));
  const syy = mean(({ y }) => (y - my) ** 2);
  const perDay = sxx === 0 ? 0 : sxy / sxx;
  const fit = syy === 0 ? 1 : sxy ** 2 / (sxx * syy);
  const { used = last.y, total = points.at(-1)?.total ?? 0 } = current;
  const fullIn = perDay > 0 && fit >= FIT && total > used ? (total - used) / perDay : undefined;
  return {
    perDay: Math.round(perDay),
    days: Math.round((last.x - first.x) * 10) / 10,
    // What is ten years away is no forecast.
    ...(fullIn !== undefined && fullIn < 3650 && { fullIn: Math.round(fullIn * 10) / 10 }),
  };
}
