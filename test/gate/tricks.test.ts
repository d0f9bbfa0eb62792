import { expect, test } from 'vitest';
import type { Params } from '../../src/api/form.ts';
import { readCall } from '../../src/api/gate/call.ts';
import type { WireRequest } from '../../src/api/wire.ts';
import { Failure } from '../../src/failure.ts';
import { gated } from './gated.ts';

const denied = () => gated({ deny: ['DELETE /nodes/*/qemu/100/**'], protect: ['101'] });

// Each is a way to write "DELETE VM 100", or to make a program believe that it is none.
test.each([
  '/nodes/pve1/qemu/100',
  '/nodes/pve1/qemu/100/',
  '/api2/json/nodes/pve1/qemu/100',
  '/api2/extjs/nodes/pve1/qemu/100',
  '/api2/html/nodes/pve1/qemu/100',
  '/API2/json/nodes/pve1/qemu/100',
  '//nodes/pve1/qemu/100',
  '/nodes//pve1/qemu/100',
  '/nodes/pve1/qemu//100',
  '/nodes/pve1/./qemu/100',
  '/nodes/pve1/qemu/101/../100',
  '/nodes/pve1/qemu/101/%2e%2e/100',
  '/nodes/pve1/qemu/101/%252e%252e/100',
  '/nodes/pve1/qemu%2F100',
  '/nodes/pve1%2fqemu/100',
  '/nodes/pve1/qemu/%31%30%30',
  '/nodes/pve1/qemu/%2531%2530%2530',
  '/%6eodes/pve1/qemu/100',
  '/nodes/pve1/qemu/100;x',
  '/nodes/pve1/qemu/100;/x',
  '/nodes/pve1/qemu/100#/config',
  '/nodes/pve1/qemu/100?',
  '/nodes/pve1/qemu/100?x#',
  '/nodes/pve1/qemu/100\\config',
  '/nodes/pve1/qemu/100%0a',
  '/nodes/pve1/qemu/100%00',
  '/nodes/pve1/qemu/100\u200b',
  '/nodes/pve1/qemu/１００',
  '/nodes/pve1/qemu/100%c0%80',
  '/nodes/pve1/qemu/+100',
  '/nodes/pve1/qemu/0100',
  '/nodes/pve1/QEMU/100',
  '/Nodes/pve1/qemu/100',
  'https://elsewhere/api2/json/nodes/pve1/qemu/100',
  'DELETE /nodes/pve1/qemu/100',
  '/nodes/pve1/qemu/100 HTTP/1.1\r\nX: y',
  '/nodes/localhost/qemu/100',
])('%j deletes no VM that must stay', async (path) => {
  const house = denied();
  await house.call(`DELETE ${path}`);
  const reached = house.simulator.received.filter(({ path: at }) => /\/qemu\/\/*100(?:\/|$)/i.test(at));
  expect(reached).toEqual([]);
  expect((await house.open.get<unknown[]>('/nodes/pve1/qemu' as never)).length).toBeGreaterThan(0);
  expect(house.simulator.world.guests.has(100)).toBe(true);
});

test.each<[string, Params]>([
  ['POST /nodes/pve1/qemu/100/status/start?vmid=101', {}],
  ['POST /nodes/pve1/qemu/100/status/start', { vmid: 101 }],
  ['PUT /pools?poolid=shop', { vms: ['100', '101'] }],
  ['PUT /pools', { poolid: 'shop', vms: '100;101' }],
  ['PUT /pools', { poolid: 'shop', vms: '100 101' }],
  ['PUT /pools', { poolid: 'shop', vms: '0101' }],
  ['POST /cluster/bulk-action/guest/start', { vms: [101] }],
  ['POST /cluster/bulk-action/guest/start', { vms: ['100', '101'] }],
  ['POST /cluster/bulk-action/guest/start', { vms: [] }],
  ['POST /cluster/bulk-action/guest/start', { vms: null }],
])('parameters of any type, in the query or not, reach no protected guest: %s %j', async (call, params) => {
  const house = denied();
  expect(await house.call(call, params)).toMatchObject({ code: 'not_allowed' });
  expect(house.sent).toEqual([]);
});

test('an item that Proxmox would take for "no list" is refused', async () => {
  const house = denied();
  const failure = await house.call('POST /cluster/bulk-action/guest/start', { vms: ['100', ''] });
  expect(failure).toMatchObject({ code: 'invalid_argument', message: 'The list vms has an empty item.' });
  expect(house.sent).toEqual([]);
});

test.each(['get', 'Post', 'DELETE ', 'PATCH', 'HEAD', 'DELETE\r\nX: y', '__proto__'])(
  'a method of the spelling %j is not sent',
  async (method) => {
    const house = gated();
    const path = '/nodes/pve1/qemu/100' as Parameters<typeof house.api.request>[1];
    await expect(house.api.request(method as 'GET', path)).rejects.toBeInstanceOf(Failure);
    expect(house.sent).toEqual([]);
  },
);

test.each<[string, Partial<WireRequest>]>([
  ['an encoded slash', { path: '/api2/json/nodes/pve1%2Fqemu' }],
  ['two slashes', { path: '/api2/json/nodes//qemu' }],
  ['a slash at the end', { path: '/api2/json/nodes/' }],
  ['dots', { path: '/api2/json/nodes/../x' }],
  ['encoded dots', { path: '/api2/json/nodes/%2e%2E/x' }],
  ['another format', { path: '/api2/extjs/nodes' }],
  ['another host', { path: '//elsewhere/api2/json/nodes' }],
  ['a bare space', { path: '/api2/json/nodes/a b' }],
  ['bare unicode', { path: '/api2/json/nodes/ü' }],
  ['a code that is no UTF-8', { path: '/api2/json/nodes/%FF' }],
  ['half a code', { path: '/api2/json/nodes/%4' }],
  ['a line end', { path: '/api2/json/nodes/a%0A' }],
  ['a fragment', { path: '/api2/json/nodes#x' }],
  ['a semicolon between parameters', { path: '/api2/json/nodes?a=1;b=2' }],
  ['a plus for a space', { path: '/api2/json/nodes?a=1+2' }],
  ['a second equals sign', { path: '/api2/json/nodes?a=1=2' }],
  ['a name without a value', { path: '/api2/json/nodes?a' }],
  ['an empty pair', { path: '/api2/json/nodes?a=1&&b=2' }],
  ['a second question mark', { path: '/api2/json/nodes?a=1?b=2' }],
  ['an empty name', { path: '/api2/json/nodes?=1' }],
  ['a value that is no UTF-8', { path: '/api2/json/nodes?a=%C3' }],
  ['a query beside a body', { method: 'PUT', path: '/api2/json/pools?vms=100', body: 'vms=101' }],
  ['a body of a DELETE', { method: 'DELETE', path: '/api2/json/pools', body: 'poolid=a' }],
])('%s is not ours, so it goes nowhere', (_, odd) => {
  const request = { method: 'GET', path: '/api2/json/nodes', headers: {}, ...odd } as WireRequest;
  expect(() => readCall(request, '/api2/json')).toThrow(Failure);
});

test('a request is read as it was meant', () => {
  const body = 'scsi0=local-lvm%3A8%2Cssd%3D1&net%5Bn%5D=a%20b&link=1&link=2&__proto__=x&note=';
  const call = readCall(
    { method: 'PUT', path: '/api2/json/nodes/pve1/qemu/100/config', headers: {}, body },
    '/api2/json',
  );
  expect({ ...call, params: Object.entries(call.params) }).toEqual({
    verb: 'PUT',
    path: '/nodes/pve1/qemu/100/config',
    params: [
      ['scsi0', 'local-lvm:8,ssd=1'],
      ['net[n]', 'a b'],
      ['link', ['1', '2']],
      ['__proto__', 'x'],
      ['note', ''],
    ],
  });
});

test('what streams is an upload, or is not sent', async () => {
  const house = gated();
  const path = '/nodes/pve1/qemu/100/config' as Parameters<typeof house.api.request>[1];
  const stream = { contentType: 'text/plain', length: 0, chunks: (async function* () {})(), complete: false };
  await expect(house.api.request('POST', path, {}, { stream })).rejects.toMatchObject({ code: 'internal' });
  expect(house.sent).toEqual([]);
});

test('of an upload is judged what it says, and what it says twice is not sent', async () => {
  const house = gated();
  const path = '/nodes/pve1/storage/local/upload' as Parameters<typeof house.api.request>[1];
  const upload = (fields: [string, string][]) => {
    const chunks = (async function* () {})();
    const stream = {
      contentType: 'multipart/form-data; boundary=x',
      fields,
      length: 0,
      chunks,
      complete: false,
    };
    return house.api.request('POST', path, {}, { stream }).then(
      () => undefined,
      (failure: Failure) => failure.code,
    );
  };
  await upload([
    ['content', 'iso'],
    ['filename', 'a.iso'],
  ]);
  expect(house.judged()?.verdict.call.params).toEqual({ content: 'iso', filename: 'a.iso' });
  const sent = house.sent.length;
  for (const odd of [
    ['content', 'vztmpl'],
    ['x"; filename="y', 'z'],
    ['note', 'a\r\nb'],
  ] as [string, string][])
    expect(await upload([['content', 'iso'], odd])).toBe('internal');
  expect(house.sent).toHaveLength(sent);
});
