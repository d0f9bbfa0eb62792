import { expect, test } from 'vitest';
import { readChecksum, readImage } from './image.ts';
import { findTemplate } from './template-list.ts';

test.each([
  ['https://x.example/a.iso', { kind: 'url', content: 'iso', filename: 'a.iso' }],
  ['https://x.example/a%20b.iso?x=1', { content: 'iso', filename: 'a b.iso' }],
  ['https://x.example/a.iso.gz', { content: 'iso', filename: 'a.iso', compression: 'gz' }],
  ['https://x.example/a.img', { content: 'iso', filename: 'a.img' }],
  [
    'https://x.example/noble-server-cloudimg-amd64.img',
    { content: 'import', filename: 'noble-server-cloudimg-amd64.qcow2' },
  ],
  ['https://x.example/rootfs.tar.xz', { content: 'vztmpl', filename: 'rootfs.tar.xz' }],
  ['https://x.example/a.qcow2', { content: 'import', filename: 'a.qcow2' }],
  ['nas:iso/a.iso', { kind: 'volume', storage: 'nas', content: 'iso' }],
  ['debian-13-standard', { kind: 'template', name: 'debian-13-standard' }],
  ['nginx:1.29', { kind: 'oci', reference: 'nginx:1.29', filename: 'nginx_1.29.tar' }],
  [
    'oci:ghcr.io/owner/app',
    { kind: 'oci', reference: 'ghcr.io/owner/app:latest', filename: 'app_latest.tar' },
  ],
  ['localhost:5000/app:2', { kind: 'oci', reference: 'localhost:5000/app:2', filename: 'app_2.tar' }],
])('%s is read', (text, expected) => {
  expect(readImage(text)).toMatchObject(expected);
});

test.each(['a b', '', 'nginx/UPPER:1', 'https://x.example/', 'https://x.example/a.zip'])(
  '%j is no image',
  (text) => {
    expect(() => readImage(text)).toThrow();
  },
);

test('a checksum with its algorithm, or told by its length', () => {
  expect(readChecksum(`SHA512:${'a'.repeat(128)}`)).toEqual({ algorithm: 'sha512', value: 'a'.repeat(128) });
  expect(readChecksum(` ${'b'.repeat(32)} `)).toEqual({ algorithm: 'md5', value: 'b'.repeat(32) });
});

test('the newest template of a name is found', () => {
  const list = [
    'debian-13-standard_13.1-2',
    'debian-13-standard_13.1-10',
    'debian-13-turnkey-core_19.0-1',
    'alpine-3.9-default_1',
  ].map((name) => ({ template: `${name}_amd64.tar.zst` }));
  expect(findTemplate(list, 'debian-13')).toBe('debian-13-standard_13.1-10_amd64.tar.zst');
  expect(findTemplate(list, 'debian-13-turnkey')).toBe('debian-13-turnkey-core_19.0-1_amd64.tar.zst');
  expect(findTemplate(list, 'Alpine')).toBe('alpine-3.9-default_1_amd64.tar.zst');
  expect(findTemplate(list, 'gentoo')).toBeUndefined();
});
