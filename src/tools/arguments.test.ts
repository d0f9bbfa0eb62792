import { expect, test } from 'vitest';
import { proxmoxApiCall } from './api/proxmox-api-call.ts';
import { getClusterResources } from './cluster/get-cluster-resources.ts';
import { listNodes } from './cluster/list-nodes.ts';

/** What a caller would be told about wrong arguments: the name and the sentence. */
function complaint(tool: { input: { safeParse(value: unknown): unknown } }, input: unknown): string[] {
  const parsed = tool.input.safeParse(input) as {
    error?: { issues: { path: unknown[]; message: string }[] };
  };
  return (parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

test('a call needs its path alone', () => {
  expect(proxmoxApiCall.input.parse({ path: '/version' })).toEqual({
    path: '/version',
    method: 'GET',
    wait: true,
  });
});

test('arguments are taken as models send them', () => {
  const parse = (rest: object) => proxmoxApiCall.input.parse({ path: '/x', ...rest });
  expect(parse({ method: 'post' }).method).toBe('POST');
  expect(parse({ data: '{"force": 1, "net0": "virtio"}' }).data).toEqual({ force: 1, net0: 'virtio' });
  expect(parse({ data: null }).data).toBeUndefined();
  expect(parse({ data: '' }).data).toBeUndefined();
  expect(parse({ wait: 'false' }).wait).toBe(false);
  expect(parse({ wait: 0 }).wait).toBe(false);
  const resources = getClusterResources.input.parse({ limit: '5', type: 'Guest', pool: 7, sort: 'CPU' });
  expect(resources).toEqual({ limit: 5, type: 'vm', pool: '7', sort: 'cpu' });
});

const expected =
  'data: data must be an object of parameters by name, such as {"force": 1}, or that object as JSON text';

test.each([
  [{ data: [1, 2] }, [expected]],
  [{ data: 'force=1' }, [expected]],
  [{ data: '[1]' }, [expected]],
  [{ data: 5 }, [expected]],
  [{ data: '{"__proto__": 1}' }, ['data: data has a parameter __proto__, which Proxmox never has']],
  [
    { data: JSON.parse('{"__proto__": {"a": 1}, "b": 2}') },
    ['data: data has a parameter __proto__, which Proxmox never has'],
  ],
  [{ wait: 'constructor' }, ['wait: wait must be true or false']],
  [{ method: '__proto__' }, ['method: method must be one of: GET, POST, PUT, DELETE']],
  [{ method: 'PATCH' }, ['method: method must be one of: GET, POST, PUT, DELETE']],
  [{ wait: 'maybe' }, ['wait: wait must be true or false']],
  [{ path: { a: 1 } }, ['path: path must be text']],
])('%j is refused by name', (wrong, complaints) => {
  expect(complaint(proxmoxApiCall, { path: '/nodes', ...wrong })).toEqual(complaints);
});

test('numbers, words and unknown names are refused by name', () => {
  const limit = 'limit: limit must be a whole number from 1 to 500';
  for (const wrong of [0, 501, 1.5, 'many', null]) {
    expect(complaint(getClusterResources, { limit: wrong })).toEqual([limit]);
  }
  for (const type of ['cow', 'constructor', '__proto__']) {
    expect(complaint(getClusterResources, { type })).toEqual([
      'type: type must be one of: vm, qemu, lxc, storage, node, sdn, pool',
    ]);
  }
  expect(complaint(listNodes, { node: 'pve1' })).toEqual([expect.stringContaining('"node"')]);
});
