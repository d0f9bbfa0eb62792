import { expect, test } from 'vitest';
import { datedName, nearestName, refusedName } from './snapshot-name.ts';

test('names as Proxmox takes them: its format of config ids, 40 characters at most', () => {
  expect(refusedName('before-upgrade', 'qemu')).toBeUndefined();
  expect(refusedName('1 bad name', 'qemu')).toMatch(/begin with a letter/);
  expect(refusedName('current', 'qemu')).toBe('is reserved');
  expect(refusedName('vzdump', 'lxc')).toBe('is reserved');
  expect(refusedName('vzdump', 'qemu')).toBeUndefined();
  expect(refusedName('x'.repeat(41), 'lxc')).toMatch(/longer/);
});

test.each(['1 bad name', 'vor dem Übergang!', 'x'.repeat(60)])('the nearest name to %s is taken', (name) => {
  expect(refusedName(nearestName(name), 'lxc')).toBeUndefined();
});

test('a name is made of the day, and numbered where it is taken', () => {
  const now = Date.parse('2026-11-23T01:02:03Z');
  expect(datedName(now, [])).toBe('snap-2026-11-23');
  expect(datedName(now, ['snap-2026-11-23', 'snap-2026-11-23-2'])).toBe('snap-2026-11-23-3');
});
