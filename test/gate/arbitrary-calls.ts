import fc from 'fast-check';
import type { Params } from '../../src/api/form.ts';
import { pveCatalog } from '../../src/schema/pve-catalog.ts';

/** A call as somebody writes it who wants it to pass for another one. */
export interface WrittenCall {
  written: string;
  params: Params;
}

const names = [
  'pve1',
  'pve2',
  'localhost',
  'PVE1',
  '100',
  '101',
  '102',
  '0100',
  '9000',
  'local',
  'local-lvm',
  'root@pam',
  'a',
];
const odd = [
  ...[
    '..',
    '.',
    '',
    ' ',
    '+',
    ';',
    ';x=y',
    '?',
    '#',
    '\\',
    '%',
    '%2F',
    '%2f',
    '%2e%2e',
    '%252e',
    '%00',
    '%0a',
    '%0d%0a',
  ],
  ...[
    '%ff',
    '%c0%af',
    '%C3%BC',
    'ü',
    '\u200b',
    '\u202e',
    '\u0000',
    '\n',
    '%u0031',
    '１００',
    '\ud800',
    '{vmid}',
    '*',
    '%2A',
    '~',
    "'",
  ],
  ...[
    '100%2Fconfig',
    '100%3Fx',
    '100#',
    'local:iso/x.iso',
    'local-lvm:vm-102-disk-0',
    'vm-100-disk-0',
    '__proto__',
  ],
];

/** Words that stand where the API has a name, nearly always such as may be there. */
const word = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...names) },
  { weight: 1, arbitrary: fc.constantFrom(...odd) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 8 }) },
);

const templates = fc.oneof(
  fc.constantFrom(...pveCatalog().methods.map(({ path }) => path)),
  // What matters most comes up most.
  fc.constantFrom(
    ...[
      '/nodes/{node}/qemu/{vmid}',
      '/nodes/{node}/qemu/{vmid}/status/stop',
      '/nodes/{node}/qemu/{vmid}/config',
    ],
    ...[
      '/nodes/{node}/stopall',
      '/nodes/{node}/execute',
      '/access/users',
      '/access/users/{userid}',
      '/pools',
    ],
    ...['/cluster/bulk-action/guest/shutdown', '/nodes/{node}/storage/{storage}/content/{volume}'],
  ),
);

const filled = fc.tuple(templates, fc.array(word, { minLength: 5, maxLength: 5 })).map(([path, words]) => {
  let at = 0;
  return path.replace(/\{[^}]+\}/g, () => words[at++] ?? 'a');
});

/** Ways to write a path otherwise; most calls are left as they are. */
const twist = fc.constantFrom<(path: string, at: number) => string>(
  (path) => path,
  (path) => path,
  (path) => `/api2/json${path}`,
  (path) => `/api2/extjs${path}`,
  (path) => `/api2//json${path}`,
  (path) => `//${path}`,
  (path) => path.slice(1),
  (path) => `${path}/`,
  (path) => `${path}//`,
  (path) => `${path}/.`,
  (path) => `${path}/../${path.split('/').at(-1)}`,
  (path) => path.replace('/', '/./'),
  (path, at) => cutIn(path, at, '/'),
  (path, at) => cutIn(path, at, '%2F'),
  (path, at) => cutIn(path, at, '\u00ad'),
  (path, at) => encodedAt(path, at, '%'),
  (path, at) => encodedAt(path, at, '%25'),
  (path) => path.toUpperCase(),
  (path, at) => path.slice(0, at % path.length) + path.slice(at % path.length).toUpperCase(),
  (path) => `${path};x=1`,
  (path) => `${path}#/config`,
  (path) => ` ${path} `,
  (path) => `https://pve1:8006/api2/json${path}`,
);

function cutIn(path: string, at: number, what: string): string {
  const place = at % path.length;
  return path.slice(0, place) + what + path.slice(place);
}

/** One character of the path as a code. */
function encodedAt(path: string, at: number, sign: string): string {
  const place = at % path.length;
  const code = path.charCodeAt(place).toString(16).padStart(2, '0');
  return `${path.slice(0, place)}${sign}${code}${path.slice(place + 1)}`;
}

const verb = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('get', 'Delete', 'PATCH', 'HEAD', 'OPTIONS', '', 'POST\r\n', '__proto__'),
  },
);

const paramName = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      'vmid',
      'vms',
      'force',
      'delete',
      'command',
      'newid',
      'poolid',
      'scsi1',
      'node',
      '_dc',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '__proto__',
      'constructor',
      '',
      'a b',
      'a;b',
      'a=b',
      'net[n]',
      'ü',
      '\0',
      'toString',
    ),
  },
);
const text = fc.oneof(
  fc.constantFrom(
    '1',
    '0',
    '100',
    '101,102',
    '100;102',
    '',
    'a&b=c',
    'a=b;c',
    '+',
    '%',
    '%41',
    'ü\n',
    '\0',
    '\ud800',
    'status',
  ),
  fc.string({ maxLength: 6 }),
);
const value = fc.oneof(
  { weight: 6, arbitrary: text },
  { weight: 2, arbitrary: fc.oneof(fc.integer(), fc.boolean(), fc.double(), fc.constant(null)) },
  { weight: 1, arbitrary: fc.array(fc.oneof(text, fc.integer(), fc.boolean()), { maxLength: 3 }) },
  // What no form carries.
  { weight: 1, arbitrary: fc.constantFrom<unknown>({}, [[1]], [null], { toString: '1' }, 1n) },
);
const params = fc
  .array(fc.tuple(paramName, value), { maxLength: 3 })
  .map((pairs) => Object.fromEntries(pairs) as Params);

const query = fc.oneof(
  { weight: 5, arbitrary: fc.constant('') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '?vmid=100',
      '?vms=102&vms=103',
      '?a',
      '?=x',
      '?force=1;vmid=100',
      '?a=b=c',
      '??x=1',
    ),
  },
);

/** Calls in every spelling that somebody may try, most of them close to calls that exist. */
export const calls: fc.Arbitrary<WrittenCall> = fc
  .record({ verb, path: filled, twist, at: fc.nat(60), query, params })
  .map((made) => ({
    written: `${made.verb} ${made.twist(made.path, made.at)}${made.query}`,
    params: made.params,
  }));
