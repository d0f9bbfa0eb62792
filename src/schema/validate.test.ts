import { describe, expect, test } from 'vitest';
import type { Parameter } from './method.ts';
import { pveCatalog } from './pve-catalog.ts';
import { validate } from './validate.ts';

const UNKNOWN = 'property is not defined in schema and the schema does not allow additional properties';

function check(verb: string, path: string, params: Record<string, unknown>) {
  const found = pveCatalog().find(verb, path);
  if (!found) throw new Error(`${verb} ${path} is not in the catalog`);
  return validate(found.method, { ...found.pathParams, ...params });
}

const createVm = (params: Record<string, unknown>) =>
  check('POST', '/nodes/pve/qemu', { vmid: 100, ...params }).errors;
const createCt = (params: Record<string, unknown>) =>
  check('POST', '/nodes/pve/lxc', { vmid: 200, ostemplate: 'local:vztmpl/x.tar.zst', ...params }).errors;

/** One parameter of a made-up method, for what no single method of PVE shows. */
function checkOne(schema: Parameter, value: unknown): string | undefined {
  const method = { ...pveCatalog().methods[0], parameters: { x: schema } };
  return validate(method as never, { x: value }).errors?.x;
}

describe('values', () => {
  test('texts of a form become what the schema says', () => {
    const { values, errors } = check('PUT', '/nodes/pve/qemu/100/config', {
      cores: '4',
      onboot: '1',
      memory: '2048',
      cpulimit: '0.5',
      net0: 'virtio,bridge=vmbr0',
    });
    expect(errors).toBeUndefined();
    expect(values).toEqual({
      node: 'pve',
      vmid: 100,
      cores: 4,
      onboot: 1,
      memory: '2048',
      cpulimit: 0.5,
      net0: 'virtio,bridge=vmbr0',
    });
  });

  test('JSON values become the same', () => {
    const { values } = check('PUT', '/nodes/pve/qemu/100/config', { cores: 4, onboot: true, memory: 2048 });
    expect(values).toMatchObject({ cores: 4, onboot: 1, memory: '2048' });
    expect(check('PUT', '/nodes/pve/qemu/100/config', { onboot: false }).values.onboot).toBe(0);
  });

  test('defaults are not filled in, and null counts as not given', () => {
    expect(check('GET', '/cluster/resources', { type: null }).values).toEqual({});
  });

  test('where a list is wanted, one value makes one', () => {
    expect(check('POST', '/nodes/pve/qemu/100/agent/exec', { command: 'ls' }).values.command).toEqual(['ls']);
    expect(check('POST', '/nodes/pve/qemu/100/agent/exec', { command: ['ls', '-l'] }).values.command).toEqual(
      ['ls', '-l'],
    );
  });

  test('where a text of entries is wanted, several values make one', () => {
    const { values, errors } = check('PUT', '/access/acl', {
      path: '/vms',
      roles: ['PVEAdmin', 'PVEAuditor'],
      users: 'a@pve',
    });
    expect(errors).toBeUndefined();
    expect(values.roles).toBe('PVEAdmin,PVEAuditor');
  });
});

describe('types', () => {
  test.each(['true', 'yes', 'on', 'TRUE', '2', ''])('a form boolean may not be "%s"', (word) => {
    expect(createVm({ onboot: word })).toEqual({ onboot: `type check ('boolean') failed - got '${word}'` });
  });

  test.each(['1.0', '0x10', '1e3', ' 1', ''])('"%s" is no integer', (text) => {
    expect(createVm({ cores: text })).toEqual({ cores: `type check ('integer') failed - got '${text}'` });
  });

  test.each(['1', '-1.5', '.5', '5.', '1e3', '+2E-2'])('"%s" is a number', (text) => {
    expect(checkOne({ type: 'number' }, text)).toBeUndefined();
  });

  test('what Perl calls a value of the wrong kind', () => {
    expect(checkOne({ type: 'string' }, ['a'])).toBe("type check ('string') failed - got ARRAY");
    expect(checkOne({ type: 'string' }, { a: 1 })).toBe("type check ('string') failed - got HASH");
    expect(checkOne({ type: 'integer' }, true)).toBe("type check ('integer') failed - got JSON::PP::Boolean");
    expect(checkOne({ type: 'array' }, '')).toBe("type check ('array') failed");
  });
});

describe('bounds', () => {
  const one = { node: 'pve', vmid: '100' };
  const inBounds: [string, Parameter, unknown, string | undefined][] = [
    ['maximum', { type: 'integer', maximum: 5 }, '5', undefined],
    ['above', { type: 'integer', maximum: 5 }, '6', 'value must have a maximum value of 5'],
    ['minimum', { type: 'number', minimum: 0.5 }, '0.5', undefined],
    ['below', { type: 'number', minimum: 0.5 }, '0.4', 'value must have a minimum value of 0.5'],
    ['longest', { type: 'string', maxLength: 3 }, 'äöü', undefined],
    ['too long', { type: 'string', maxLength: 3 }, 'äöüß', 'value may only be 3 characters long'],
    ['too short', { type: 'string', minLength: 3 }, 'ab', 'value must be at least 3 characters long'],
  ];
  test.each(inBounds)('%s', (_name, schema, value, text) => expect(checkOne(schema, value)).toBe(text));

  test('a VMID ends at nine digits', () => {
    expect(check('GET', '/nodes/pve/qemu/999999999/config', {}).errors).toBeUndefined();
    expect(check('GET', '/nodes/pve/qemu/1000000000/config', one).errors).toBeUndefined();
    expect(check('GET', '/nodes/pve/qemu/99/config', {}).errors).toEqual({
      vmid: 'invalid format - value does not look like a valid VM ID\n',
    });
  });
});

describe('which parameters there are', () => {
  test.each([
    ['ide', 3],
    ['sata', 5],
    ['scsi', 30],
    ['virtio', 15],
  ])('%s ends at %i', (bus, last) => {
    expect(createVm({ [`${bus}${last}`]: 'local:8' })).toBeUndefined();
    expect(createVm({ [`${bus}${last + 1}`]: 'local:8' })).toEqual({ [`${bus}${last + 1}`]: UNKNOWN });
  });

  test('net ends at 31, for containers as for VMs; mp at 255', () => {
    expect(createVm({ net31: 'virtio' })).toBeUndefined();
    expect(createVm({ net32: 'virtio' })).toEqual({ net32: UNKNOWN });
    expect(createCt({ net31: 'name=eth0', mp255: 'local:8,mp=/data' })).toBeUndefined();
    expect(createCt({ net32: 'name=eth0', mp256: 'local:8,mp=/data' })).toEqual({
      net32: UNKNOWN,
      mp256: UNKNOWN,
    });
  });

  test.each(['net[n]', 'net', 'net01', 'constructor', '__proto__', 'toString'])('"%s" is not one', (name) => {
    const params = Object.fromEntries([
      ['vmid', 100],
      [name, 'x'],
    ]);
    expect(Object.entries(check('POST', '/nodes/pve/qemu', params).errors ?? {})).toEqual([[name, UNKNOWN]]);
  });

  test('a parameter may need another', () => {
    expect(createVm({ force: '1' })).toEqual({ archive: "missing property required by 'force'" });
    expect(createVm({ force: '1', unique: '1' })).toEqual({
      archive: "missing property required by 'force'\\nmissing property required by 'unique'",
    });
    expect(createVm({ force: '1', archive: 'local:backup/x.vma' })).toBeUndefined();
  });

  test('SDN fabrics let unknown parameters through', () => {
    expect(check('GET', '/cluster/sdn/fabrics/fabric', { foo: 'x' }).errors).toBeUndefined();
  });
});

describe('parameters that depend on a type', () => {
  const rule = { rule: 'r1', resources: 'vm:100' };

  test('HA rules: the variant is named where it is wrong', () => {
    const create = (params: object) => check('POST', '/cluster/ha/rules', { ...rule, ...params }).errors;
    expect(create({ type: 'node-affinity', nodes: 'pve1:2,pve2' })).toBeUndefined();
    expect(create({ type: 'node-affinity' })).toEqual({
      'oneOf[node-affinity].nodes': 'property is missing and it is not optional',
    });
    expect(create({ type: 'node-affinity', nodes: 'pve1', affinity: 'positive' })).toEqual({
      affinity: UNKNOWN,
    });
    expect(create({ type: 'resource-affinity', affinity: 'positive' })).toBeUndefined();
  });

  test('HA rules: without a type no other parameter is known', () => {
    expect(check('POST', '/cluster/ha/rules', rule).errors).toEqual({
      type: 'property is missing and it is not optional',
      resources: UNKNOWN,
    });
    expect(check('POST', '/cluster/ha/rules', { ...rule, type: 'x' }).errors).toEqual({
      type: "value 'x' does not have a value in the enumeration 'node-affinity, resource-affinity'",
      resources: UNKNOWN,
    });
  });

  test('SDN fabrics: each protocol has its own keys', () => {
    const node = (protocol: string, text: string) =>
      check('POST', '/cluster/sdn/fabrics/node/f1', { node_id: 'pve', protocol, interfaces: [text] }).errors;
    expect(node('openfabric', 'name=eth0,hello_multiplier=5')).toBeUndefined();
    expect(node('ospf', 'name=eth0,hello_multiplier=5')).toEqual({
      'interfaces[0]': `invalid format - format error\ninterfaces[0].hello_multiplier: ${UNKNOWN}\n`,
    });
  });
});

test('an error in a list carries its place', () => {
  expect(check('POST', '/cluster/bulk-action/guest/start', { vms: ['100', 'x'] }).errors).toEqual({
    'vms[1]': "type check ('integer') failed - got 'x'",
  });
});
