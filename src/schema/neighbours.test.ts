import { expect, test } from 'vitest';
import { childrenOf, nearestPaths, templateOf } from './neighbours.ts';
import { pveCatalog } from './pve-catalog.ts';

const catalog = pveCatalog();

test.each([
  ['a misspelt word', '/nodes/pve1/qemu/100/stauts/start', 'POST', '/nodes/{node}/qemu/{vmid}/status/start'],
  ['a word left out', '/nodes/pve1/qemu/100/start', 'POST', '/nodes/{node}/qemu/{vmid}/status/start'],
  ['the start left out', '/qemu/100/config', 'GET', '/nodes/{node}/qemu/{vmid}/config'],
  ['another word for it', '/nodes/pve1/vm/100/config', 'GET', '/nodes/{node}/qemu/{vmid}/config'],
  ['one for many', '/cluster/resource', 'GET', '/cluster/resources'],
  ['many for one', '/nodes/pve1/lxc/101/snapshots', 'POST', '/nodes/{node}/lxc/{vmid}/snapshot'],
  ['a longer word', '/nodes/pve1/qemu/100/agent/execute', 'POST', '/nodes/{node}/qemu/{vmid}/agent/exec'],
  ['parameters unfilled', '/nodes/{node}/qemu/{vmid}/confg', 'PUT', '/nodes/{node}/qemu/{vmid}/config'],
  ['only the end', '/users', 'GET', '/access/users'],
  ['a whole address', 'https://pve1:8006/api2/json/cluster/taks', 'GET', '/cluster/tasks'],
])('%s: %s', (_, path, verb, nearest) => {
  expect(nearestPaths(catalog, path, verb)[0]).toBe(nearest);
});

test('names a few, and with a verb only what has it', () => {
  for (const path of ['/', '', '/xyzzy', `/${'x/'.repeat(9_999)}`, '/nodes/pve1/qemu/100/disk']) {
    const near = nearestPaths(catalog, path, 'DELETE');
    expect(near.length).toBeGreaterThanOrEqual(3);
    expect(near.length).toBeLessThanOrEqual(5);
    for (const one of near) expect(catalog.find('DELETE', one)).toBeDefined();
  }
});

test('lists what is below a path, written as in a request or as in the description', () => {
  expect(childrenOf(catalog, '/').map(({ path }) => path)).toEqual([
    '/access',
    '/cluster',
    '/nodes',
    '/pools',
    '/storage',
    '/version',
  ]);
  const children = [{ path: '/nodes/{node}/qemu/{vmid}/snapshot/{snapname}', verbs: ['DELETE', 'GET'] }];
  expect(childrenOf(catalog, '/nodes/pve1/qemu/100/snapshot')).toEqual(children);
  expect(childrenOf(catalog, 'api2/json/nodes/{node}/qemu/{vmid}/snapshot/')).toEqual(children);
  expect(childrenOf(catalog, '/version')).toEqual([]);
  expect(childrenOf(catalog, '/nope')).toEqual([]);
});

test('a path that only leads further is a path too', () => {
  expect(templateOf(catalog, '/nodes/pve1/storage/local/file-restore')).toBe(
    '/nodes/{node}/storage/{storage}/file-restore',
  );
  expect(childrenOf(catalog, '/nodes/pve1/storage/local/file-restore')).toEqual([
    { path: '/nodes/{node}/storage/{storage}/file-restore/download', verbs: ['GET'] },
    { path: '/nodes/{node}/storage/{storage}/file-restore/list', verbs: ['GET'] },
  ]);
  expect(templateOf(catalog, '/')).toBe('/');
  expect(templateOf(catalog, '/nodes/pve1/qemus')).toBeUndefined();
});
