import { expect, test } from 'vitest';
import { Api } from '../api/api.ts';
import { realClock } from '../clock.ts';
import { Failure } from '../failure.ts';
import { Pve } from './pve.ts';
import { kindOf } from './resources.ts';

/** A cluster whose `/cluster/resources` has these rows. */
function clusterWith(rows: Record<string, unknown>[]) {
  const api = new Api({
    send: async () => ({ status: 200, reason: 'OK', headers: {}, body: JSON.stringify({ data: rows }) }),
    clock: realClock,
    login: { kind: 'token', user: 'root@pam', tokenName: 'lab', secret: 's' },
  });
  return new Pve(api, realClock);
}

// The shapes are recorded on PVE 9.2; the second node is not.
const web = {
  ...{ id: 'qemu/100', type: 'qemu', vmid: 100, name: 'web1', node: 'pve1', status: 'running', template: 0 },
  ...{ cpu: 0.0274328707311883, maxcpu: 1, mem: 48009216, maxmem: 268435456, disk: 0, maxdisk: 2147483648 },
  ...{ uptime: 637, tags: 'prod;web', pool: 'prod', netin: 4133, memhost: 235966464 },
};
const away = { ...web, id: 'qemu/101', vmid: 101, name: 'db', node: 'pve2', tags: undefined };
const template = { ...web, id: 'qemu/103', vmid: 103, name: 'base', template: 1, status: 'stopped' };
const fresh = { id: 'lxc/104', type: 'lxc', vmid: 104, node: 'pve1', status: 'unknown' };
const node = {
  id: 'node/pve1',
  type: 'node',
  node: 'pve1',
  status: 'online',
  level: '',
  maxcpu: 2,
  cpu: 0.5,
};
const lost = { id: 'node/pve2', type: 'node', node: 'pve2', status: 'offline', cpu: 0, maxcpu: 0, mem: 0 };
const cluster = [web, away, template, fresh, lost, node];

test('a guest of an offline node says so, whatever Proxmox last heard of it', async () => {
  const resources = await clusterWith(cluster).resources.list();
  const statuses = Object.fromEntries(resources.map(({ id, status }) => [id, status]));
  expect(statuses).toMatchObject({
    'qemu/100': 'running',
    'qemu/101': 'unknown (node offline)',
    'lxc/104': 'unknown',
  });
});

test('reads types as they drift and leaves out what is not there', async () => {
  const [read] = await clusterWith([
    { ...fresh, vmid: '104', maxcpu: '2', mem: '', template: '1', shared: 1 },
  ]).resources.list();
  expect(read).toEqual({
    ...{ id: 'lxc/104', type: 'lxc', vmid: 104, node: 'pve1', status: 'unknown', maxcpu: 2, template: true },
  });
});

test('tags are a list, and every kind of row has a name', async () => {
  const rows = [
    web,
    { id: '/pool/prod', pool: 'prod', type: 'pool' },
    { id: 'storage/pve/local', storage: 'local', node: 'pve', type: 'storage', shared: 0 },
    {
      id: 'network/pve/zone/localnetwork',
      network: 'localnetwork',
      node: 'pve',
      type: 'network',
      status: 'ok',
    },
    node,
  ];
  const read = await clusterWith(rows).resources.list();
  expect(read[0]?.tags).toEqual(['prod', 'web']);
  expect(read.map(({ name }) => name)).toEqual(['web1', 'prod', 'local', 'localnetwork', 'pve1']);
});

test('nodes are sorted, with their guests counted, and an offline one has no figures', async () => {
  expect(await clusterWith(cluster).nodes.list()).toEqual([
    { node: 'pve1', status: 'online', cpu: 0.5, maxcpu: 2, guests: { running: 1, total: 2 } },
    { node: 'pve2', status: 'offline', guests: { running: 0, total: 1 } },
  ]);
});

test('finds a guest by VMID, by VMID as text and by its name in any case', async () => {
  const { guests } = clusterWith(cluster);
  for (const guest of [100, '100', ' 100 ', 'web1', 'WEB1']) {
    expect(await guests.find(guest)).toMatchObject({ vmid: 100, node: 'pve1', type: 'qemu' });
  }
});

test('an unknown guest names the known ones, a shared name the VMIDs', async () => {
  const unknown = await clusterWith(cluster)
    .guests.find(999)
    .catch((error: unknown) => error);
  expect(unknown).toBeInstanceOf(Failure);
  expect(unknown).toMatchObject({ code: 'not_found', hint: 'It sees: 100 web1, 101 db, 103 base, 104.' });
  const twins = clusterWith([web, { ...away, name: 'web1' }]);
  await expect(twins.guests.find('web1')).rejects.toMatchObject({
    code: 'invalid_argument',
    hint: 'Give a VMID: 100 (qemu on pve1), 101 (qemu on pve2).',
  });
  await expect(clusterWith([node]).guests.find(100)).rejects.toMatchObject({
    code: 'not_found',
    hint: expect.stringContaining('VM.Audit'),
  });
});

test('a row of a type that nobody knows, even one that every object has a property for, is an other', async () => {
  for (const type of ['constructor', '__proto__', 'toString', 'moon']) {
    const [read] = await clusterWith([{ id: `${type}/x`, type, node: 'pve1' }]).resources.list();
    expect(kindOf(read as { type: string })).toBe('other');
    expect(read).toEqual({ id: `${type}/x`, type, node: 'pve1' });
  }
});
