import { expect, test } from 'vitest';
import { matchesPath, wordsOf } from './path-pattern.ts';

const matches = (pattern: string, path: string) => matchesPath(wordsOf(pattern), wordsOf(path));

test.each([
  ['/nodes/*/qemu', '/nodes/pve1/qemu'],
  ['/nodes/*/qemu|lxc/*', '/nodes/pve1/lxc/101'],
  ['/nodes/**', '/nodes'],
  ['/nodes/**', '/nodes/pve1/qemu/100/config'],
  ['/nodes/**/status/stop', '/nodes/pve1/qemu/100/status/stop'],
  ['/**/stop', '/stop'],
  ['/**/a/**/b', '/x/a/y/z/b'],
  ['/**/**', '/'],
  // A star in the path is a word that nobody knows.
  ['/nodes/pve1/qemu/100', '/nodes/*/qemu/100'],
])('%s has %s', (pattern, path) => {
  expect(matches(pattern, path)).toBe(true);
});

test.each([
  ['/nodes/*', '/nodes'],
  ['/nodes/*', '/nodes/pve1/qemu'],
  ['/nodes/qemu|lxc', '/nodes/qemu|lxc/100'],
  ['/nodes/**/stop', '/nodes/pve1/stopall'],
  ['/**/a/**/b', '/x/b/y/a'],
])('%s does not have %s', (pattern, path) => {
  expect(matches(pattern, path)).toBe(false);
});

test('many double stars take no time', () => {
  const pattern = Array.from({ length: 12 }, () => ['**', 'a']).flat();
  expect(
    matchesPath(
      [...pattern, 'b'],
      Array.from({ length: 40 }, () => 'a'),
    ),
  ).toBe(false);
});
