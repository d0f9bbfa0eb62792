import { expect, test } from 'vitest';
import { propertiesOf, writePropertyString } from './property-text.ts';
import { pveCatalog } from './pve-catalog.ts';
import { schemaIn, validate } from './validate.ts';

const create = pveCatalog().find('POST', '/nodes/pve1/qemu')?.method;
if (create === undefined) throw new Error('PVE creates VMs');

/** What becomes of an object given for a parameter of a new VM. */
function written(name: string, values: Record<string, unknown>): string | undefined {
  const properties = propertiesOf(schemaIn(create?.parameters ?? {}, name));
  return properties && writePropertyString(properties, values);
}

test.each([
  ['net0', { bridge: 'vmbr0', model: 'virtio', firewall: true }, 'virtio,bridge=vmbr0,firewall=1'],
  ['scsi0', { file: 'local-lvm:32', ssd: 1, discard: 'on', cache: null }, 'local-lvm:32,ssd=1,discard=on'],
  ['agent', { enabled: true }, '1'],
  ['ide2', { file: 'local:iso/a=b.iso', media: 'cdrom' }, 'file=local:iso/a=b.iso,media=cdrom'],
  ['hostpci0', { host: ['01:00.0', '01:00.1'] }, '01:00.0;01:00.1'],
])('%s %j', (name, values, text) => {
  expect(written(name, values)).toBe(text);
  expect(validate(create, { node: 'pve1', vmid: '100', [name]: text }).errors).toBeUndefined();
});

test('what no property string can hold is not written', () => {
  expect(written('net0', { model: { name: 'virtio' } })).toBeUndefined();
  expect(written('net0', { model: 'virtio', tag: 'a,b' })).toBeUndefined();
  expect(written('net0', { 'a=b': 1 })).toBeUndefined();
  expect(written('name', { first: 'web' })).toBeUndefined();
});
