import { expect, test } from 'vitest';
import { failureOf } from '../../test/failure-of.ts';
import { createSimulator } from '../simulator/simulator.ts';
import { Api } from './api.ts';
import { type TypedApi, typed } from './typed.ts';
import type { WireRequest } from './wire.ts';

/** A typed API in front of the small simulated cluster, and what it sent there. */
function simulated() {
  const simulator = createSimulator({ seed: 'tiny' });
  const sent: WireRequest[] = [];
  const send = (request: WireRequest) => {
    sent.push(request);
    return simulator.fetch(request);
  };
  const secret = simulator.logins['root@pam!full'] as string;
  const login = { kind: 'token', user: 'root@pam', tokenName: 'full', secret } as const;
  return { pve: typed(new Api({ send, login, clock: simulator.clock })), sent };
}

/** A typed API whose server answers `null` to everything, and the lines that it was sent. */
function recording() {
  const lines: string[] = [];
  const send = async ({ method, path, body }: WireRequest) => {
    lines.push([method, path.replace('/api2/json', ''), body].join(' ').trim());
    return { status: 200, reason: 'OK', headers: {}, body: '{"data":null}' };
  };
  const login = { kind: 'token', user: 'root@pam', tokenName: 'a', secret: 'secret' } as const;
  return { pve: typed(new Api({ send, login, clock: createSimulator().clock })), lines };
}

/** As somebody calls it who has no compiler. */
type Loose = Record<keyof TypedApi, (path: string, params?: object) => Promise<unknown>>;

test('reads what the simulated cluster has', async () => {
  const { pve, sent } = simulated();
  const [first] = await pve.get('/cluster/resources', { type: 'vm' });
  const { node, vmid } = first as { node: string; vmid: number };
  const config = await pve.get(`/nodes/{node}/${first?.type as 'qemu' | 'lxc'}/{vmid}/config`, {
    node,
    vmid,
    current: true,
  });
  expect(config.digest).toMatch(/^[0-9a-f]{40}$/);
  expect(sent.map(({ path }) => path)).toEqual([
    '/api2/json/cluster/resources?type=vm',
    `/api2/json/nodes/${node}/${first?.type}/${vmid}/config?current=1`,
  ]);
});

test('each verb is its own; what the path took is not sent again', async () => {
  const { pve, lines } = recording();
  const guest = { node: 'pve', vmid: 100 };
  await pve.get('/version');
  await pve.post('/nodes/{node}/qemu/{vmid}/status/start', guest);
  await pve.put('/nodes/{node}/qemu/{vmid}/config', { ...guest, memory: 2048, delete: ['net1', 'tags'] });
  await pve.delete('/nodes/{node}/qemu/{vmid}', { ...guest, purge: true });
  expect(lines).toEqual([
    'GET /version',
    'POST /nodes/pve/qemu/100/status/start',
    'PUT /nodes/pve/qemu/100/config memory=2048&delete=net1%2Ctags',
    'DELETE /nodes/pve/qemu/100?purge=1',
  ]);
});

test('a volume and a network keep their slashes; everything else is one segment', async () => {
  const { pve, lines } = recording();
  const volume = 'local:iso/a b.iso';
  await pve.get('/nodes/{node}/storage/{storage}/content/{volume}', {
    node: 'pve',
    storage: 'local',
    volume,
  });
  await pve.delete('/cluster/firewall/ipset/{name}/{cidr}', { name: 'lan', cidr: '10.0.0.0/8' });
  await pve.get('/access/users/{userid}', { userid: 'a?b#c%2F@pve' });
  expect(lines).toEqual([
    'GET /nodes/pve/storage/local/content/local%3Aiso/a%20b.iso',
    'DELETE /cluster/firewall/ipset/lan/10.0.0.0/8',
    'GET /access/users/a%3Fb%23c%252F%40pve',
  ]);
});

test.each([
  ['/nodes/{node}/status', { node: '../access' }],
  ['/nodes/{node}/status', { node: '..' }],
  ['/nodes/{node}/status', { node: '' }],
  ['/nodes/{node}/status', { node: 'a\nb' }],
  ['/nodes/{node}/storage/{storage}/content/{volume}', { node: 'pve', storage: 'a/b', volume: 'x' }],
  ['/nodes/{node}/storage/{storage}/content/{volume}', { node: 'pve', storage: 'a', volume: '../../../x' }],
  ['/nodes/{node}/status', {}],
  ['/nodes/{node}/status', { node: undefined }],
  ['/nodes/{node}/status', { node: ['pve'] }],
  ['/nodes/{toString}/status', {}],
  ['/nodes/{node}/{__proto__}', { node: 'pve' }],
  ['/nodes/../access/users', {}],
  ['/nodes/%2e%2e/access', {}],
  ['/version?a=b', {}],
  ['/version#', {}],
  ['//evil.example/version', {}],
  ['https://evil.example/version', {}],
  ['version', {}],
  ['', {}],
])('nothing is sent for %j with %j', async (path, params) => {
  const { pve, lines } = recording();
  const failure = await failureOf((pve as unknown as Loose).get(path, params));
  expect(failure).toMatchObject({ code: 'invalid_argument' });
  expect(failure.hint).not.toBe('');
  expect(lines).toEqual([]);
});

test('says which parameter a path lacks', async () => {
  const { pve } = recording();
  const given = { node: 'pve' };
  const failure = await failureOf((pve as unknown as Loose).get('/nodes/{node}/qemu/{vmid}/config', given));
  expect(failure.message).toBe('/nodes/{node}/qemu/{vmid}/config needs vmid.');
});

test('what was given is left as it was', async () => {
  const { pve } = recording();
  const given = Object.freeze({ node: 'pve', vmid: 100, current: true });
  await pve.get('/nodes/{node}/qemu/{vmid}/config', given);
  expect(given).toEqual({ node: 'pve', vmid: 100, current: true });
});
