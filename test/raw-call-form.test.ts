import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pveCatalog } from '../src/schema/pve-catalog.ts';
import { validate } from '../src/schema/validate.ts';
import { createSimulator } from '../src/simulator/simulator.ts';
import { decodeForm } from '../src/simulator/wire/parameters.ts';
import { connect } from './connect.ts';

const PATH = '/nodes/pve1/qemu/100/config';
const method = pveCatalog().find('PUT', PATH)?.method;
if (method === undefined) throw new Error('PVE configures VMs');

const names = fc.constantFrom(
  ...['cores', 'cpulimit', 'memory', 'name', 'description', 'onboot', 'boot', 'tags', 'delete', 'digest'],
  ...['net0', 'scsi0', 'agent', 'sshkeys', 'ostype', 'startup', 'hotplug', 'foo', 'vmid', 'lock', 'cpu'],
);
const text = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    '1',
    'virtio,bridge=vmbr0',
    'local:1',
    'a;b',
    'x=1',
    '2.5',
    ' 1',
    '1\n',
    'name=a,b',
  ),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
);
const scalar = fc.oneof(text, fc.integer(), fc.double(), fc.boolean(), fc.constant(null));
const value = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom('model', 'bridge', 'tag', 'file', 'enabled', 'a=b'), scalar, { maxKeys: 3 }),
);

test('whatever is given: what is sent has parameters that Proxmox does not refuse by its schema', async () => {
  const simulator = createSimulator({ seed: 'tiny' });
  const bodies: string[] = [];
  const { call, mistakes } = await connect({
    simulator,
    send: async (request) => {
      if (request.method !== 'PUT') return simulator.fetch(request);
      bodies.push(request.body ?? '');
      return { status: 200, reason: 'OK', headers: {}, body: '{"data":null}' };
    },
  });
  let sent = 0;
  await fc.assert(
    fc.asyncProperty(fc.dictionary(names, value, { maxKeys: 4 }), async (data) => {
      bodies.length = 0;
      const { isError, text: said } = await call('proxmox_api_call', { method: 'PUT', path: PATH, data });
      expect(mistakes).toEqual([]);
      expect(bodies.length, said).toBe(isError ? 0 : 1);
      if (isError) return;
      sent += 1;
      const params = { node: 'pve1', vmid: '100', ...decodeForm(bodies[0] ?? '') };
      expect(validate(method, params).errors).toBeUndefined();
    }),
    { numRuns: 200 },
  );
  expect(sent).toBeGreaterThan(10);
});
