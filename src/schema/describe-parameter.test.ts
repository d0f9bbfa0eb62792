import { expect, test } from 'vitest';
import type { Failure } from '../failure.ts';
import { describeParameter, parameterText } from './describe-parameter.ts';
import type { Method } from './method.ts';
import { propertiesOf } from './property-text.ts';
import { pveCatalog } from './pve-catalog.ts';
import { validate } from './validate.ts';

const catalog = pveCatalog();

function of(verb: string, path: string): Method {
  const found = catalog.find(verb, path);
  if (!found) throw new Error(`no ${verb} ${path}`);
  return found.method;
}

const createVm = of('POST', '/nodes/pve1/qemu');
const createContainer = of('POST', '/nodes/pve1/lxc');
const textOf = (method: Method, name: string) => parameterText(method, describeParameter(method, name));

const everyParameter = catalog.methods.flatMap((method) =>
  Object.entries(method.parameters).map(([name, schema]) => ({ method, name, schema })),
);

function complaintOf(method: Method, name: string, given: Record<string, string>): string | undefined {
  const { errors = {} } = validate(method, given);
  return Object.entries(errors).find(([key]) => key === name || key.endsWith(`.${name}`))?.[1];
}

test('every example is one that Proxmox takes', () => {
  const refused: string[] = [];
  for (const { method, name } of everyParameter) {
    for (const value of describeParameter(method, name).examples) {
      const given = name.replace('[n]', '0');
      const complaints = (method.parameters.type?.enum ?? ['']).map((type) =>
        complaintOf(method, given, method.allOf ? { type, [given]: value } : { [given]: value }),
      );
      if (complaints.every((complaint) => complaint !== undefined))
        refused.push(`${method.method} ${method.path} ${given}=${value}: ${complaints}`);
    }
  }
  expect(refused).toEqual([]);
});

test('nearly every property string has an example, and every description fits 600 tokens', () => {
  const without = everyParameter.filter(
    ({ method, name, schema }) =>
      propertiesOf(schema) !== undefined && describeParameter(method, name).examples.length === 0,
  );
  expect(without.map(({ name }) => name).sort()).toEqual(['target-endpoint', 'target-endpoint', 'u2f']);
  for (const { method, name } of everyParameter) {
    expect(Buffer.byteLength(textOf(method, name)) / 4).toBeLessThan(600);
  }
});

test('a network card: what must be there, what may, and how it is written', () => {
  const text = textOf(createVm, 'net0');
  expect(text).toMatch(/^net\[n\] \(optional, net0 to net31\) of POST \/nodes\/\{node\}\/qemu\n/);
  expect(text).toContain('a value without key is model\nRequired keys:\nmodel: e1000|');
  expect(text).toContain('\ntag: integer 1-4094\n');
  expect(text).toContain('\nAlso: <model>=<macaddr> for model=<model>,macaddr=<macaddr>\n');
  expect(text).toContain('\nExamples: virtio,bridge=vmbr0  |  virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=10');
});

test('a disk: defaults, enumerations, other names of keys', () => {
  const text = textOf(createVm, 'scsi[n]');
  expect(text).toContain('\nmedia: cdrom|disk, default disk\n');
  expect(text).toContain('volume for file');
  expect(text).toContain('Examples: local-lvm:32,discard=on,ssd=1,iothread=1');
  expect(textOf(createContainer, 'rootfs')).toContain('\nExamples: local-lvm:8');
});

test('a plain value in full', () => {
  expect(textOf(createVm, 'ostype')).toBe(
    [
      'ostype (optional) of POST /nodes/{node}/qemu',
      'Value: other|wxp|w2k|w2k3|w2k8|wvista|win7|win8|win10|win11|l24|l26|solaris, default other',
    ].join('\n'),
  );
  expect(textOf(createVm, 'vmid')).toContain('vmid (required)');
});

test('prose of the server is there where it describes itself', () => {
  const schema = { type: 'string', description: 'First of all.\nThen   more.' } as const;
  const method: Method = { ...createVm, parameters: { x: schema } };
  expect(textOf(method, 'x')).toContain('\nFirst of all. Then more.\n');
});

test.each([
  ['net', 'net[n]'],
  ['net31', 'net[n]'],
  ['net[n]', 'net[n]'],
  ['rootfs', 'rootfs'],
])('%s is found', (asked, name) => {
  expect(describeParameter(createContainer, asked).name).toBe(name);
});

test.each([
  ['scsi31', 'scsi[n] goes from scsi0 to scsi30.'],
  ['nett0', 'Did you mean net0?'],
  ['os-type', 'Did you mean ostype?'],
  ['__proto__', 'It takes: acpi, affinity, '],
])('%s is not there: %s', (asked, hint) => {
  let failure: Failure | undefined;
  try {
    describeParameter(createVm, asked);
  } catch (error) {
    failure = error as Failure;
  }
  expect(failure?.code).toBe('invalid_argument');
  expect(failure?.hint).toContain(hint);
});

test.each([
  ['mem', 'memory'],
  ['discription', 'description'],
  ['nett0', 'net0'],
])('no %s: %s was likely meant', (asked, meant) => {
  const config = of('PUT', '/nodes/pve1/qemu/100/config');
  const hint = expect.stringContaining(`Did you mean ${meant}`);
  expect(() => describeParameter(config, asked)).toThrow(expect.objectContaining({ hint }));
});
