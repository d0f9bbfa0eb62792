import { expect, test } from 'vitest';
import { Catalog } from './catalog.ts';
import { pveCatalog } from './pve-catalog.ts';

const found = (verb: string, path: string) => {
  const { method, pathParams } = pveCatalog().find(verb, path) ?? {};
  return method && [method.path, pathParams];
};

test('holds every method of PVE 9.2', () => {
  const { methods } = pveCatalog();
  const count = (verb: string) => methods.filter(({ method }) => method === verb).length;
  expect(new Set(methods.map(({ path }) => path)).size).toBe(439);
  expect([count('GET'), count('POST'), count('DELETE'), count('PUT')]).toEqual([333, 172, 76, 80]);
});

test('every method is found by its own path', () => {
  const { methods } = pveCatalog();
  const lost = methods.filter((method) => pveCatalog().find(method.method, method.path)?.method !== method);
  expect(lost).toEqual([]);
});

test('names what stands for the parameters of a path', () => {
  expect(found('GET', '/nodes/pve/qemu/100/config')).toEqual([
    '/nodes/{node}/qemu/{vmid}/config',
    { node: 'pve', vmid: '100' },
  ]);
});

test('a literal word wins over a parameter', () => {
  const method = (path: string) => ({ ...pveCatalog().methods[0], path, method: 'GET' }) as never;
  const catalog = new Catalog([method('/things/{id}'), method('/things/special')]);
  expect(catalog.find('GET', '/things/special')?.pathParams).toEqual({});
  expect(catalog.find('GET', '/things/other')?.pathParams).toEqual({ id: 'other' });
});

test('double and trailing slashes count for nothing', () => {
  expect(found('GET', '//nodes//pve/status/')?.[0]).toBe('/nodes/{node}/status');
});

test('a volume and a network keep their slashes', () => {
  expect(found('DELETE', '/nodes/pve/storage/local/content/local:101/vm-101-disk-7.raw')?.[1]).toEqual({
    node: 'pve',
    storage: 'local',
    volume: 'local:101/vm-101-disk-7.raw',
  });
  for (const scope of ['/cluster', '/nodes/pve/qemu/100', '/nodes/pve/lxc/200']) {
    expect(found('GET', `${scope}/firewall/ipset/lan/10.0.0.0/8`)?.[1]).toMatchObject({ cidr: '10.0.0.0/8' });
  }
});

test.each([
  ['GET', '/nope'],
  ['GET', '/nodes/pve/nope'],
  ['DELETE', '/version'],
  ['HEAD', '/version'],
  ['GET', '/nodes/pve/qemu/100/agent/foo'],
  ['GET', '/nodes/a b/status'],
  ['GET', '/__proto__'],
])('%s %s is not implemented', (verb, path) => {
  expect(pveCatalog().find(verb, path)).toBeUndefined();
});

test('lists the methods of a path, as written or as called', () => {
  const verbs = (path: string) =>
    pveCatalog()
      .methodsAt(path)
      .map(({ method }) => method);
  expect(verbs('/pools/{poolid}')).toEqual(['DELETE', 'GET', 'PUT']);
  expect(verbs('/nodes/pve/qemu/100/config')).toEqual(['GET', 'POST', 'PUT']);
  expect(verbs('/nope')).toEqual([]);
});

test('HA rules show every parameter of every type', () => {
  const create = pveCatalog().find('POST', '/cluster/ha/rules')?.method;
  expect(Object.keys(create?.parameters ?? {}).sort()).toEqual([
    'affinity',
    'comment',
    'disable',
    'nodes',
    'resources',
    'rule',
    'strict',
    'type',
  ]);
  expect(create?.parameters.nodes?.optional).toBe(1);
  expect(create?.parameters.rule?.optional).toBe(0);
});
