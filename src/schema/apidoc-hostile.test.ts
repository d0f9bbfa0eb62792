import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Failure } from '../failure.ts';
import { renderApidoc } from './apidoc.ts';
import { MAX_APIDOC, parseApidoc } from './apidoc-parse.ts';
import { Catalog } from './catalog.ts';
import type { Method } from './method.ts';
import { pveCatalog } from './pve-catalog.ts';
import { validate } from './validate.ts';

const read = (tree: unknown): Method[] => parseApidoc(`const apiSchema = ${JSON.stringify(tree)};`);
const at = (path: string, info: object = { GET: {} }, children: unknown[] = []) => ({ path, info, children });
const withParameter = (parameter: unknown): Method => {
  const properties = { it: parameter };
  return read([at('/x', { GET: { parameters: { properties } } })])[0] as Method;
};
const refused = (why: RegExp) =>
  expect.objectContaining({ code: 'bad_answer', message: expect.stringMatching(why) });

describe('out of proportion', () => {
  test.each([
    [
      'a million methods',
      () =>
        at(
          '/x',
          {},
          Array.from({ length: 1e6 }, (_, i) => ({ path: `/${i}`, info: { GET: {} } })),
        ),
      /more than|characters/,
    ],
    [
      '6,000 methods',
      () =>
        at(
          '/x',
          {},
          Array.from({ length: 6000 }, (_, i) => at(`/x/${i}`)),
        ),
      /more than 5000 methods/,
    ],
    [
      'paths without methods',
      () =>
        at(
          '/x',
          {},
          Array.from({ length: 30_000 }, (_, i) => at(`/x/${i}`, {})),
        ),
      /more than 20000 paths/,
    ],
    [
      'parameters without end',
      () =>
        at('/x', {
          GET: {
            parameters: {
              properties: Object.fromEntries(Array.from({ length: 310_000 }, (_, i) => [`p${i}`, {}])),
            },
          },
        }),
      /more than 300000 things/,
    ],
    [
      'answers without end',
      () => at('/x', { GET: { returns: { items: Array.from({ length: 310_000 }, () => 0) } } }),
      /things/,
    ],
  ])('%s are refused', (_what, tree, why) => {
    const from = performance.now();
    expect(() => read([tree()])).toThrow(refused(why));
    expect(performance.now() - from).toBeLessThan(8000);
  });

  test.each([
    ['50 MB', `const apiSchema = [${'{},'.repeat(17_000_000)}{}];`, /characters/],
    ['one endless string', `const apiSchema = ["${'a'.repeat(MAX_APIDOC - 100)}`, /cut off/],
    ['endless empty lines', '\n'.repeat(MAX_APIDOC), /no apiSchema/],
    ['endless blanks', ' '.repeat(MAX_APIDOC), /no apiSchema/],
    ['nothing but quotes', `const apiSchema = [${'"'.repeat(5_000_001)}`, /cut off|JSON/],
    ['nothing but brackets', `const apiSchema = ${'['.repeat(1_000_000)}`, /deep/],
    ['more closed than open', 'const apiSchema = []]]]', undefined],
  ])('%s is judged at once', (_what, text, why) => {
    const from = performance.now();
    if (why === undefined) expect(parseApidoc(text)).toEqual([]);
    else expect(() => parseApidoc(text)).toThrow(refused(why));
    expect(performance.now() - from).toBeLessThan(3000);
  });

  test('endless prose is cut', () => {
    const [method] = read([at('/x', { GET: { description: 'x'.repeat(100_000) } })]);
    expect(method?.description).toHaveLength(8000);
  });
});

describe('paths that are none', () => {
  test.each([
    '/..',
    '/a/../b',
    '/./a',
    'a',
    '',
    '//a',
    '/a/',
    '/a b',
    '/a\u0000',
    '/a\n/b',
    '/a%2Fb',
    '/a?b=c',
    '/a#b',
    '/{',
    '/{}',
    '/}',
    '/{a',
    '/{a}{b}',
    '/{a b}',
    '/{__proto__}',
    '/\u202ea',
    `/${'a'.repeat(400)}`,
    '/{p}'.repeat(25),
    '/{p}'.repeat(10_000),
  ])('%j is left out', (path) => {
    expect(read([at(path), at('/version')]).map((method) => method.path)).toEqual(['/version']);
  });
});

describe('a method is what its verb says', () => {
  test('one that says it is another is left out', () => {
    const info = { GET: { method: 'DELETE' }, PUT: { method: 'GET' }, POST: { method: 'POST' } };
    expect(read([at('/x', info)]).map(({ method }) => method)).toEqual(['POST']);
  });

  test('what came first stands', () => {
    const [first, ...rest] = read([at('/x', { GET: { name: 'a' } }), at('/x', { GET: { name: 'b' } })]);
    expect([first?.name, rest]).toEqual(['a', []]);
  });

  test.each(['HEAD', 'get', 'PATCH', 'CONNECT', '__proto__', 'constructor'])('%s is no verb', (verb) => {
    expect(read([at('/x', { [verb]: {} })])).toEqual([]);
  });
});

describe('wrong types are left out, so that the server decides', () => {
  test.each([
    [{ description: { a: 1 } }, {}],
    [{ type: 'bogus' }, {}],
    [{ type: ['string'] }, {}],
    [{ minimum: 'x', maximum: {}, minLength: [], maxLength: true }, {}],
    [
      { minimum: '0', maximum: '10' },
      { minimum: 0, maximum: 10 },
    ],
    [{ optional: '1' }, { optional: 1 }],
    [{ optional: '0' }, { optional: 0 }],
    [{ optional: true }, { optional: 1 }],
    [{ enum: 'a' }, {}],
    [{ enum: [1, 'b', {}, null] }, { enum: ['1', 'b'] }],
    [{ enum: [{}] }, {}],
    [{ default: { toString: 1 } }, {}],
    [{ pattern: 7 }, {}],
    [{ pattern: 'a'.repeat(9000) }, {}],
    [{ pattern: '/^[a-z]$/' }, { pattern: '^[a-z]$' }],
    [{ format: ['a'] }, {}],
    [
      { format: { type: 'object', properties: { a: { type: 'string' } } } },
      { format: { a: { type: 'string' } } },
    ],
    [{ items: [], properties: 'a', oneOf: {} }, {}],
    [{ unheard: 'of', typetext: '<x>' }, {}],
  ])('%j', (given, kept) => {
    expect(withParameter(given).parameters.it).toEqual(kept);
  });

  test.each(['permissions', 'returns', 'parameters'])('%s of the wrong kind', (key) => {
    for (const value of ['all', 7, [], [[]], null]) {
      const [method] = read([at('/x', { GET: { [key]: value } })]);
      expect(method).toMatchObject({ permissions: null, returns: null, parameters: {} });
    }
  });

  test('only PVE’s own two words stand for everybody', () => {
    const permissions = { user: 'ALL', check: 'perm', description: 5 };
    expect(read([at('/x', { GET: { permissions } })])[0]?.permissions).toEqual({});
  });

  test('a parameter that nests without end ends', () => {
    let deep: unknown = { type: 'string' };
    for (let level = 0; level < 60; level++) deep = { type: 'object', properties: { a: deep } };
    expect(JSON.stringify(withParameter(deep)).length).toBeLessThan(2000);
  });
});

test('PBS says who may call in other words; they become PVE’s', () => {
  const check = (privs: string[], partial: boolean) => ({
    check: { partial, path: ['datastore', '{store}'], privs },
  });
  const permissions = { or: [check(['Datastore.Audit', 'Datastore.Backup'], true), { userParam: 'userid' }] };
  expect(read([at('/x', { GET: { permissions } })])[0]?.permissions?.check).toEqual([
    'or',
    ['perm', '/datastore/{store}', ['Datastore.Audit', 'Datastore.Backup'], 'any', 1],
    ['userid-param', 'self'],
  ]);
});

test('names that every object has change no object', () => {
  const tree = `[{"path":"/x","__proto__":{"path":"/y"},"info":{"__proto__":{"GET":{}},"GET":{"__proto__":{"name":"z"},
    "parameters":{"properties":{"__proto__":{"optional":1},"constructor":{"optional":1},"prototype":{},"ok":{"__proto__":{"type":"string"},
    "format":{"__proto__":{"type":"string"},"b":{}}}}},"returns":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"a":1},
    "permissions":{"check":["perm",{"__proto__":{"polluted":1}}]}}}}]`;
  const [method] = parseApidoc(`const apiSchema = ${tree};`) as [Method];
  expect(Object.keys(method.parameters)).toEqual(['ok']);
  expect(method.parameters.ok).toEqual({ format: { b: {} } });
  expect(method.returns).toEqual({ a: 1 });
  expect(JSON.stringify(method)).not.toContain('polluted');
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test('whatever JSON a server puts there, it is read or refused, and can be used', () => {
  const word = fc.constantFrom(
    'path',
    'info',
    'children',
    'GET',
    'POST',
    'parameters',
    'properties',
    'returns',
    'permissions',
    'check',
    'user',
    'pattern',
    'format',
    'items',
    'oneOf',
    'allOf',
    'enum',
    'type',
    'optional',
    'minimum',
    'type-property',
    'requires',
    'type-property-schema',
    '__proto__',
    'constructor',
    'toString',
    'net[n]',
    'x',
  );
  const leaf = fc.oneof(
    word,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom('/x', '/{a}', '(a+)+', 'string'),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.array(fc.tuple(word, tie('value')), { maxLength: 5 }).map((pairs) => Object.fromEntries(pairs)),
    ),
  }));
  fc.assert(
    fc.property(fc.array(value, { maxLength: 4 }), value, value, (tree, parameters, info) => {
      const methods = read([
        ...tree,
        at('/odd/{a}', {
          GET: { parameters },
          POST: info as object,
          PUT: { parameters: { properties: parameters } },
        }),
      ]);
      const catalog = new Catalog(methods);
      for (const method of methods) {
        expect(method.path.startsWith('/')).toBe(true);
        validate(method, { a: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', x: '1', net0: 'a=b' });
      }
      expect(() => renderApidoc(catalog)).not.toThrow();
    }),
    { numRuns: 3000, seed: 11 },
  );
});

test('whatever is done to the text of a real one, it is read or refused in time', () => {
  const whole = renderApidoc(new Catalog(pveCatalog().methods.slice(0, 20)));
  fc.assert(
    fc.property(
      fc.nat(whole.length),
      fc.nat(400),
      fc.string({ unit: 'binary', maxLength: 20 }),
      (from, length, put) => {
        const text = whole.slice(0, from) + put + whole.slice(from + length);
        try {
          for (const { path } of parseApidoc(text)) expect(path).toMatch(/^\/[\w.{}/-]*$/);
        } catch (error) {
          expect(error).toBeInstanceOf(Failure);
        }
      },
    ),
    { numRuns: 1500, seed: 3 },
  );
});
