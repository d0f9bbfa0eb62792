import { expect, test } from 'vitest';
import { Failure } from '../../failure.ts';
import type { Resource } from '../../pve/resources.ts';
import { filter, page, readCursor } from './resource-query.ts';

const guest = (vmid: number, more: Partial<Resource> = {}): Resource => ({
  ...{ id: `qemu/${vmid}`, type: 'qemu', vmid, name: `vm${vmid}`, node: 'pve1', status: 'running', cpu: 0.1 },
  ...more,
});

const cluster: Resource[] = [
  { id: 'storage/pve1/local', type: 'storage', name: 'local', node: 'pve1', status: 'available', disk: 5 },
  guest(200, { type: 'lxc', id: 'lxc/200', name: 'DNS', tags: ['Prod'], cpu: 0.5, mem: 10 }),
  guest(100, { name: 'web1', tags: ['prod', 'web'], pool: 'shop', cpu: 0.9, mem: 30, maxdisk: 9 }),
  guest(101, { name: 'db', node: 'pve2', status: 'unknown (node offline)' }),
  { id: 'node/pve1', type: 'node', name: 'pve1', node: 'pve1', status: 'online', cpu: 0.2 },
  { id: '/pool/shop', type: 'pool', name: 'shop' },
  { id: 'network/pve1/zone/localnetwork', type: 'network', name: 'localnetwork', node: 'pve1', status: 'ok' },
];
const ids = (resources: readonly Resource[]) => resources.map(({ id }) => id);

test.each([
  [{ type: 'vm' }, ['lxc/200', 'qemu/100', 'qemu/101']],
  [{ type: 'qemu' }, ['qemu/100', 'qemu/101']],
  [{ type: 'sdn' }, ['network/pve1/zone/localnetwork']],
  [{ type: 'pool' }, ['/pool/shop']],
  [{ node: 'PVE2' }, ['qemu/101']],
  [{ status: 'running', type: 'lxc' }, ['lxc/200']],
  [{ status: 'unknown' }, ['qemu/101']],
  [{ tag: 'prod' }, ['lxc/200', 'qemu/100']],
  [{ pool: 'shop' }, ['qemu/100', '/pool/shop']],
  [{ text: 'dns' }, ['lxc/200']],
  [{ text: '10', type: 'vm' }, ['qemu/100', 'qemu/101']],
  [{ tag: 'nothing' }, []],
] as const)('%j finds %j', (wanted, found) => {
  expect(ids(filter(cluster, wanted))).toEqual(found);
});

test('the order is nodes, guests by VMID, storage, SDN, pools; and the same whatever order they came in', () => {
  const order = ids(page(cluster, {}, 50, undefined).rows);
  expect(order).toEqual([
    ...['node/pve1', 'qemu/100', 'qemu/101', 'lxc/200'],
    ...['storage/pve1/local', 'network/pve1/zone/localnetwork', '/pool/shop'],
  ]);
  expect(ids(page([...cluster].reverse(), {}, 50, undefined).rows)).toEqual(order);
});

test('load sorts largest first, names by the alphabet, and what has none comes last', () => {
  const top = (sort: 'cpu' | 'mem' | 'disk' | 'name' | 'vmid') =>
    ids(page(cluster, { sort }, 3, undefined).rows);
  expect(top('cpu')).toEqual(['qemu/100', 'lxc/200', 'node/pve1']);
  expect(top('mem').slice(0, 2)).toEqual(['qemu/100', 'lxc/200']);
  expect(top('disk').slice(0, 2)).toEqual(['qemu/100', 'storage/pve1/local']);
  expect(top('name')).toEqual(['qemu/101', 'lxc/200', 'storage/pve1/local']);
  expect(top('vmid')).toEqual(['qemu/100', 'qemu/101', 'lxc/200']);
});

test('pages follow each other without a gap, also while rows come and go', () => {
  const many = Array.from({ length: 25 }, (_, index) => guest(100 + index, { cpu: (index % 5) / 10 }));
  for (const sort of [undefined, 'cpu', 'name'] as const) {
    const wanted = { type: 'vm' as const, ...(sort ? { sort } : {}) };
    const seen: string[] = [];
    let next = page(many, wanted, 10, undefined);
    seen.push(...ids(next.rows));
    while (next.nextCursor) {
      const cursor = readCursor(next.nextCursor, {});
      expect(cursor.query).toEqual(wanted);
      // The rows of the pages before are gone by now.
      next = page(
        many.filter(({ id }) => !seen.includes(id)),
        cursor.query,
        10,
        cursor.after,
      );
      seen.push(...ids(next.rows));
    }
    expect([...seen].sort()).toEqual(ids(many).sort());
    expect(next.before).toBe(0);
  }
});

test('a cursor carries its question; another question or a broken one is refused', () => {
  const { nextCursor = '' } = page(cluster, { type: 'vm' }, 1, undefined);
  expect(readCursor(nextCursor, { type: 'vm' }).query).toEqual({ type: 'vm' });
  for (const call of [
    () => readCursor(nextCursor, { type: 'lxc' }),
    () => readCursor(nextCursor, { node: 'pve1' }),
    () => readCursor(nextCursor.slice(0, -3), {}),
    () => readCursor('bogus', {}),
    () => readCursor(Buffer.from('{"query":{"evil":1},"after":[0,0,0,""]}').toString('base64url'), {}),
  ]) {
    expect(call).toThrow(Failure);
  }
});
