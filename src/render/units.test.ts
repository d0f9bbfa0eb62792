import { expect, test } from 'vitest';
import { bytes, duration, percent, time, usage } from './units.ts';

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1 KiB'],
  [1536, '1.5 KiB'],
  [268435456, '256 MiB'],
  [47849472, '45.6 MiB'],
  [25276510208, '23.5 GiB'],
  [1024 ** 3 - 1, '1 GiB'],
  [5 * 1024 ** 5, '5 PiB'],
])('%d bytes are %s', (count, shown) => {
  expect(bytes(count)).toBe(shown);
});

test.each([
  [0, '0%'],
  [0.0274328707311883, '2.7%'],
  [0.755530973451327, '76%'],
  [0.0996, '10%'],
  [1, '100%'],
])('a load of %d is %s', (fraction, shown) => {
  expect(percent(fraction)).toBe(shown);
});

test('usage tells both sizes and the share, and no share of nothing', () => {
  expect(usage(34025103360, 270553174016)).toBe('31.7 GiB of 252 GiB, 13%');
  expect(usage(1024, 0)).toBe('1 KiB');
});

test.each([
  [0, '0s'],
  [57, '57s'],
  [637, '10m 37s'],
  [3600, '1h'],
  [3617, '1h'],
  [4283, '1h 11m'],
  [86_400 * 3 + 3600 * 4 + 59, '3d 4h'],
])('%d seconds are %s', (seconds, shown) => {
  expect(duration(seconds)).toBe(shown);
});

test('a moment names its zone', () => {
  expect(time(1795365695)).toBe('2026-11-22 16:41:35 UTC');
  expect(time(Number.MAX_VALUE)).toBe('unknown time');
});
