import { expect, test } from 'vitest';
import { beginsTask } from './begins-task.ts';
import type { Method } from './method.ts';
import { pveCatalog } from './pve-catalog.ts';

const of = (verb: string, path: string) => beginsTask(pveCatalog().find(verb, path)?.method as Method);

// As PVE 9.2's own sources have it; the first two are recorded.
test.each([
  ['POST', '/nodes/pve/qemu/100/status/start', 'always'],
  ['DELETE', '/nodes/pve/lxc/200', 'always'],
  ['POST', '/nodes/pve/qemu/100/config', 'sometimes'],
  ['PUT', '/nodes/pve/qemu/100/config', undefined],
  ['GET', '/nodes/pve/tasks', undefined],
  ['POST', '/nodes/pve/qemu/100/monitor', undefined],
  ['POST', '/cluster/sdn/lock', undefined],
])('%s %s: %s', (verb, path, begins) => {
  expect(of(verb, path)).toBe(begins);
});

test("PBS says it in the answer's pattern", () => {
  const verify: Method = {
    path: '/admin/datastore/{store}/verify',
    method: 'POST',
    name: '',
    parameters: {},
    returns: { type: 'string', pattern: '/^UPID:(?P<node>[a-zA-Z0-9]+):/' },
    permissions: null,
    protected: 1,
    allowtoken: 1,
  };
  expect(beginsTask(verify)).toBe('always');
  expect(beginsTask({ ...verify, returns: { type: 'string' } })).toBeUndefined();
});
