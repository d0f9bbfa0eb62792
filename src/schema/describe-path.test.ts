import { expect, test } from 'vitest';
import type { Failure } from '../failure.ts';
import { Catalog } from './catalog.ts';
import { describePath, locate, pathText } from './describe-path.ts';
import type { Method } from './method.ts';
import { pveCatalog } from './pve-catalog.ts';
import { summaryOf } from './summaries.ts';

const catalog = pveCatalog();
const textOf = (path: string) => pathText(describePath(catalog, locate(catalog, path)));

test.each([
  ['/nodes/pve1/qemu/100/config', { node: 'pve1', vmid: '100' }],
  ['nodes/pve1/qemu/100/config/', { node: 'pve1', vmid: '100' }],
  ['/api2/json/nodes/pve1/qemu/100/config?current=1', { node: 'pve1', vmid: '100' }],
  ['/nodes/{node}/qemu/{vmid}/config', {}],
  ['/nodes/{node}/qemu/100/config', { vmid: '100' }],
])('%s is the config of a VM', (path, pathParams) => {
  const located = locate(catalog, path);
  expect(located.template).toBe('/nodes/{node}/qemu/{vmid}/config');
  expect(located.pathParams).toEqual(pathParams);
  expect(located.methods.map(({ method }) => method)).toEqual(['GET', 'POST', 'PUT']);
});

test('a volume may have its slash either way', () => {
  for (const volume of ['local:iso/a.iso', 'local%3Aiso%2Fa.iso']) {
    const { pathParams } = locate(catalog, `/nodes/pve1/storage/local/content/${volume}`);
    expect(pathParams.volume).toBe('local:iso/a.iso');
  }
});

test('several methods: one line each, and what is below', () => {
  const path = '/nodes/pve1/lxc/101/snapshot';
  const summary = (verb: string) => summaryOf(catalog.find(verb, path)?.method as Method).text;
  expect(textOf(path)).toBe(
    [
      '/nodes/{node}/lxc/{vmid}/snapshot',
      `GET: ${summary('GET')} (read)`,
      `POST: ${summary('POST')} (change)`,
      'Below: {snapname} DELETE,GET',
      'For what one needs: api_describe with its method.',
    ].join('\n'),
  );
});

test('a path without methods lists what is below it', () => {
  expect(textOf('/nodes/pve1/storage/local/file-restore')).toBe(
    '/nodes/{node}/storage/{storage}/file-restore\nBelow: download GET; list GET',
  );
  expect(textOf('/')).toContain('Below: access GET; cluster GET; nodes GET; pools DELETE,GET,POST,PUT;');
});

test('every path of the API fits 600 tokens', () => {
  for (const path of new Set(catalog.methods.map((method) => method.path))) {
    expect(Buffer.byteLength(textOf(path)) / 4).toBeLessThan(600);
  }
});

test('an unknown path gets its nearest', () => {
  let failure: Failure | undefined;
  try {
    locate(catalog, '/nodes/pve1/qemu/100/confg');
  } catch (error) {
    failure = error as Failure;
  }
  expect(failure?.code).toBe('not_implemented');
  expect(failure?.hint).toMatch(/^Nearest: \/nodes\/pve1\/qemu\/100\/config, /);
});

test('of an API without a description nothing is near', () => {
  expect(() => locate(new Catalog([]), '/nodes')).toThrow(
    expect.objectContaining({
      code: 'not_implemented',
      hint: 'Nothing is known of this API: its description could not be read.',
    }),
  );
});
