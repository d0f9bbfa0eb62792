import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Failure } from '../failure.ts';
import { encodeForm } from './form.ts';

test('booleans become 1 and 0, numbers digits; null and undefined are left out', () => {
  expect(encodeForm({ start: true, full: false, cores: 2, a: null, b: undefined, comment: '' })).toBe(
    'start=1&full=0&cores=2&comment=',
  );
});

test('a list is a repeated key, as recorded for the command of agent/exec', () => {
  expect(encodeForm({ command: ['echo', 'a b'] })).toBe('command=echo&command=a%20b');
  expect(encodeForm({ command: [], x: [true, 1] })).toBe('x=1&x=1');
});

test('everything but unreserved characters is percent-encoded', () => {
  expect(encodeForm({ net0: 'virtio,bridge=vmbr0', tags: "b;a,c!'()*", comment: 'ä€' })).toBe(
    'net0=virtio%2Cbridge%3Dvmbr0&tags=b%3Ba%2Cc%21%27%28%29%2A&comment=%C3%A4%E2%82%AC',
  );
  expect(encodeForm({ x: '-._~' })).toBe('x=-._~');
});

test('any text comes back the same through a form parser', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      fc.pre(!text.includes('\0'));
      const form = encodeForm({ v: text });
      return !/[;+]/.test(form) && new URLSearchParams(form).get('v') === text;
    }),
  );
});

test('ssh keys are encoded once more, but not a third time', () => {
  const once = 'ssh-ed25519%20AAAA%2Bb%2Fc%20me%40pc%0A';
  const twice = 'sshkeys=ssh-ed25519%2520AAAA%252Bb%252Fc%2520me%2540pc%250A';
  expect(encodeForm({ sshkeys: 'ssh-ed25519 AAAA+b/c me@pc\n' })).toBe(twice);
  expect(encodeForm({ sshkeys: once })).toBe(twice);
});

test.each([
  ['an object', { a: 1 }],
  ['a list in a list', [['a']]],
  ['an empty item', ['a', null]],
  ['no number', Number.NaN],
  ['a NUL, which Proxmox splits lists at', 'a\0b'],
  ['half a surrogate pair', '\ud800'],
])('refuses %s and names the parameter', (_, value) => {
  expect(() => encodeForm({ net0: value as string })).toThrowError(
    expect.objectContaining({
      code: 'invalid_argument',
      message: expect.stringContaining('net0'),
    }) as Failure,
  );
});
