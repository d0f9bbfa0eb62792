import { expect, test } from 'vitest';
import type { Resource } from '../../pve/resources.ts';
import { chooseNode, choosePlace, roomsIn } from './places.ts';

const GiB = 1024 ** 3;
const node = (name: string, maxmem: number, status = 'online'): Resource => ({
  ...{ id: `node/${name}`, type: 'node', node: name, status, maxmem: maxmem * GiB, mem: 1 },
});
const storage = (on: string, name: string, total: number, used: number, content = 'images'): Resource => ({
  ...{ id: `storage/${on}/${name}`, type: 'storage', node: on, name, status: 'available', content },
  ...{ maxdisk: total * GiB, disk: used * GiB, shared: false },
});
const vm = (vmid: number, on: string, maxmem: number, status = 'running'): Resource => ({
  ...{ id: `qemu/${vmid}`, type: 'qemu', vmid, node: on, status, maxmem: maxmem * GiB },
});

test('the node with most memory that no running guest was promised, of those that have what it needs', () => {
  const rooms = roomsIn([
    ...[node('a', 64), node('b', 64), node('c', 128, 'offline'), node('d', 256)],
    ...[vm(100, 'a', 40), vm(101, 'b', 8), vm(102, 'b', 60, 'stopped')],
    ...[storage('a', 'fast', 100, 0), storage('b', 'fast', 100, 0), storage('c', 'fast', 100, 0)],
  ]);
  expect(chooseNode(rooms, undefined, [{ content: 'images' }])).toBe('b');
  expect(chooseNode(rooms, 'A', [])).toBe('a');
  expect(() => chooseNode(rooms, 'c', [])).toThrow('The node c is not online.');
  expect(() => chooseNode(rooms, undefined, [{ content: 'images', size: 200 * GiB }])).toThrow(
    'No storage has 200 GiB free.',
  );
});

test('the place with most room, and one that is nearly full last', () => {
  const rooms = roomsIn([
    node('a', 64),
    ...[
      storage('a', 'big', 8000, 7700),
      storage('a', 'small', 200, 10),
      storage('a', 'files', 900, 0, 'iso'),
    ],
  ]);
  expect(choosePlace(rooms, { content: 'images' }, 'a').storage).toBe('small');
  expect(choosePlace(rooms, { content: 'images', size: 250 * GiB }, 'a').storage).toBe('big');
  expect(choosePlace(rooms, { content: 'iso' }).storage).toBe('files');
  expect(() => choosePlace(rooms, { content: 'images', storage: 'files' })).toThrow(
    'takes iso, but no images',
  );
});
