import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { FileSchemaCache } from './schema-cache.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'schema-cache-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
});

const files = () => (existsSync(join(dir, 'schema')) ? readdirSync(join(dir, 'schema')) : []);

test('what was written is read by the next one', async () => {
  await new FileSchemaCache(dir).write('pve-https://pve1.example.com:8006', 'one');
  const next = new FileSchemaCache(dir);
  expect(await next.read('pve-https://pve1.example.com:8006')).toBe('one');
  expect(await next.read('pbs-https://pve1.example.com:8006')).toBeUndefined();
  expect(await next.read('pve-https://pve2.example.com:8006')).toBeUndefined();
});

test('a newer one takes its place, and nothing is left over', async () => {
  const cache = new FileSchemaCache(dir);
  await Promise.all(['one', 'two', 'three'].map((text) => cache.write('pve-a', text)));
  await cache.write('pve-a', 'last');
  expect(await cache.read('pve-a')).toBe('last');
  expect(files()).toHaveLength(1);
});

test('only this user can read it', async () => {
  await new FileSchemaCache(join(dir, 'deeper')).write('pve-a', 'x');
  const folder = join(dir, 'deeper', 'schema');
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, readdirSync(folder)[0] ?? '')).mode & 0o777).toBe(0o600);
});

test('its name says whose it is, and no host leads out of the folder', async () => {
  const cache = new FileSchemaCache(dir);
  for (const host of [
    'https://[2001:db8::1]:8006',
    '../../../etc/cron.d/x',
    'a/b',
    'a_b',
    'x'.repeat(500),
    '\0',
  ]) {
    await cache.write(`pve-${host}`, host);
    expect(await cache.read(`pve-${host}`)).toBe(host);
  }
  expect(files()).toHaveLength(6);
  for (const name of files()) expect(name).toMatch(/^pve-[\w.-]{0,80}-[0-9a-f]{8}\.json$/);
});

test('a state directory that can not be written costs nothing but the cache', async () => {
  writeFileSync(join(dir, 'file'), '');
  const cache = new FileSchemaCache(join(dir, 'file'));
  await expect(cache.write('pve-a', 'x')).resolves.toBeUndefined();
  expect(await cache.read('pve-a')).toBeUndefined();
});

test('what lies there instead of a file, or is far too large, is not there', async () => {
  const cache = new FileSchemaCache(dir);
  await cache.write('pve-a', 'x');
  const file = join(dir, 'schema', files()[0] ?? '');
  truncateSync(file, 25 * 1024 * 1024);
  expect(await cache.read('pve-a')).toBeUndefined();
  rmSync(file);
  mkdirSync(file);
  expect(await cache.read('pve-a')).toBeUndefined();
  await expect(cache.write('pve-a', 'y')).resolves.toBeUndefined();
  expect(files()).toHaveLength(1);
});
