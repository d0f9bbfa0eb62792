import { expect, test } from 'vitest';
import { statistics, thinned, trendWord } from './statistics.ts';

test('min, mean, p95, max and last of a series', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
  expect(statistics(hundred)).toMatchObject({ min: 1, avg: 50.5, p95: 95, max: 100, last: 100 });
  expect(statistics([7])).toEqual({ min: 7, avg: 7, p95: 7, max: 7, last: 7 });
  expect(statistics([])).toBeUndefined();
});

test('a trend compares the last quarter with the first, and needs enough to compare', () => {
  const rising = [1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3];
  expect(statistics(rising)?.trend).toBeCloseTo(1);
  expect(statistics(rising.slice(0, 8))?.trend).toBeUndefined();
  expect(statistics(rising.map(() => 0))?.trend).toBe(0);
  expect([1, -0.5, 0.05, undefined].map(trendWord)).toEqual(['up 100%', 'down 50%', 'steady', undefined]);
});

test('a long series is thinned to means of equal stretches, and gaps stay gaps', () => {
  const points = Array.from({ length: 60 }, (_, index) => ({ time: index * 60, value: index < 30 ? 1 : 3 }));
  const thin = thinned(points, ({ value, time }) => (time >= 1200 && time < 1800 ? undefined : value), 6);
  expect(thin.map(({ value }) => value)).toEqual([1, 1, 3, 3, 3]);
  expect(thin[2]?.time).toBe(1800);
});
