import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { completeMethod, type Method } from './method.ts';
import { pveCatalog } from './pve-catalog.ts';
import { createSearch } from './search.ts';
import { summaryOf } from './summaries.ts';

const { methods } = pveCatalog();
const search = createSearch(methods);
const first = (query: string) => keys(query, 1)[0];

function keys(query: string, limit = 5): string[] {
  return search.find(query, { limit }).map(({ method }) => `${method.method} ${method.path}`);
}

interface Asked {
  question: string;
  any_of: string[];
}

function asked(set: string): Asked[] {
  const file = new URL(`../../test/search/${set}.jsonl`, import.meta.url);
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((row) => JSON.parse(row) as Asked);
}

/** Parts of a set, from 0 to 1, where a right method is among the first so many. */
function within(set: readonly Asked[], places: number): number {
  return (
    set.filter(({ question, any_of }) => keys(question, places).some((key) => any_of.includes(key))).length /
    set.length
  );
}

test.each([
  ['questions', 0.96, 0.9],
  ['more-questions', 0.96, 0.85],
  ['kept-questions', 0.96, 0.8],
  ['further-questions', 0.96, 0.85],
])(
  '%s: the right method is among the first five, and mostly first, by the bundled facts alone',
  (name, five, one) => {
    const set = asked(name);
    expect(within(set, 5)).toBeGreaterThanOrEqual(five);
    expect(within(set, 1)).toBeGreaterThanOrEqual(one);
  },
);

test('every question names methods that exist', () => {
  const known = new Set(methods.map(({ method, path }) => `${method} ${path}`));
  const named = ['questions', 'more-questions', 'kept-questions', 'further-questions']
    .flatMap(asked)
    .flatMap(({ any_of }) => any_of);
  expect(named.filter((key) => !known.has(key))).toEqual([]);
});

test.each([
  ['power off a container', 'POST /nodes/{node}/lxc/{vmid}/status/shutdown'],
  ['shut a CT down', 'POST /nodes/{node}/lxc/{vmid}/status/shutdown'],
  ['enlarge a VM disk', 'PUT /nodes/{node}/qemu/{vmid}/resize'],
  ['is the cluster quorate', 'GET /cluster/status'],
  ['graphics card of the host', 'GET /nodes/{node}/hardware/pci'],
  ['roll a virtual machine back', 'POST /nodes/{node}/qemu/{vmid}/snapshot/{snapname}/rollback'],
  ['two-factor authentication of a user', 'GET /access/tfa/{userid}'],
  ['drain a node', 'POST /nodes/{node}/migrateall'],
  ['new API key', 'POST /access/users/{userid}/token/{tokenid}'],
  ['S.M.A.R.T. health of a drive', 'GET /nodes/{node}/disks/smart'],
])('people say "%s"', (question, key) => {
  expect(first(question)).toBe(key);
});

test.each([
  ['list users', 'GET /access/users'],
  ['add a user', 'POST /access/users'],
  ['edit a user', 'PUT /access/users/{userid}'],
  ['remove a user', 'DELETE /access/users/{userid}'],
  ['how do I create a user?', 'POST /access/users'],
  ['could you please delete a user', 'DELETE /access/users/{userid}'],
])('the verb tells siblings apart: %s', (question, key) => {
  expect(first(question)).toBe(key);
});

test('a slip of the keyboard is understood', () => {
  expect(keys('snapshto of a contaner', 5)).toContain('GET /nodes/{node}/lxc/{vmid}/snapshot');
  expect(first('migarte a vm')).toBe('POST /nodes/{node}/qemu/{vmid}/migrate');
});

test('only methods of a verb, at most as many as asked for, best first', () => {
  const hits = search.find('firewall rule', { verb: 'DELETE', limit: 3 });
  expect(hits).toHaveLength(3);
  expect(new Set(hits.map(({ method }) => method.method))).toEqual(new Set(['DELETE']));
  const scores = search.find('firewall rule', { limit: 50 }).map(({ score }) => score);
  expect(scores).toEqual([...scores].sort((a, b) => b - a));
  expect(search.find('vm')).toHaveLength(5);
  expect(search.find('vm', { limit: 0 })).toEqual([]);
});

test('a path finds what is on it, then what is below, whatever is named in it', () => {
  expect(keys('GET /api2/json/nodes/pve1/qemu/100/config')[0]).toBe('GET /nodes/{node}/qemu/{vmid}/config');
  expect(keys('/cluster/ha/rules', 5).sort()).toEqual([
    'DELETE /cluster/ha/rules/{rule}',
    'GET /cluster/ha/rules',
    'GET /cluster/ha/rules/{rule}',
    'POST /cluster/ha/rules',
    'PUT /cluster/ha/rules/{rule}',
  ]);
});

test.each(['', ' ', 'the of and to', '🙂🙃', '??!!', '\u0000\u202e', '((((((((a+)+)+)+', '/', '////'])(
  '%j finds nothing, or at most a few, and never throws',
  (query) => {
    expect(search.find(query).length).toBeLessThanOrEqual(5);
  },
);

test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'prototype'])(
  'the name %s is a word like any other',
  (query) => {
    expect(() => search.find(query)).not.toThrow();
    expect(search.find(query).every(({ score }) => Number.isFinite(score))).toBe(true);
  },
);

test.each([
  'vm '.repeat(4000),
  'x'.repeat(10_000),
  '/'.repeat(10_000),
  'shut '.repeat(3000),
  Array.from({ length: 2000 }, (_, n) => `wrod${n}`).join(' '),
])('ten thousand characters are answered as soon as a few', (query) => {
  // A backtracking pattern or an unbounded query would not be done before the test is given up.
  expect(search.find(query).length).toBeLessThanOrEqual(5);
});

test('every method has a line of ours: a verb first, at most 60 characters', () => {
  for (const method of methods) {
    const { text } = summaryOf(method);
    expect(text).toMatch(/^[A-Z][a-z]+ /);
    expect(text.length).toBeLessThanOrEqual(60);
  }
});

function unknown(more: Partial<Method>): Method {
  return completeMethod({
    path: '/nodes/{node}/warp/core',
    method: 'POST',
    name: 'eject_core',
    permissions: null,
    parameters: {},
    protected: 0,
    allowtoken: 1,
    ...more,
  });
}

test('of a method of a newer server, the first sentence of its description is told and found', () => {
  const method = unknown({ description: 'Ejects the\n  warp core. It is gone then.' });
  const [hit] = createSearch([...methods, method]).find('eject warp core');
  expect(hit).toMatchObject({ method, summary: 'Ejects the warp core' });
  expect(summaryOf(unknown({ description: 'very '.repeat(100) })).text.length).toBeLessThanOrEqual(80);
});

test('without a description its path has to do', () => {
  const method = unknown({});
  const [hit] = createSearch([...methods, method]).find('warp core');
  expect(hit?.method).toBe(method);
  expect(hit?.summary).toContain('warp core');
});

test('prose of a live description finds what our own words do not', () => {
  const described = methods.map((method) =>
    method.path === '/cluster/nextid' ? { ...method, description: 'Bamboozle.' } : method,
  );
  expect(search.find('bamboozle').map(({ method }) => method.path)).not.toContain('/cluster/nextid');
  expect(createSearch(described).find('bamboozle')[0]?.method.path).toBe('/cluster/nextid');
});

test('hostile methods do not break the index', () => {
  const odd = [
    unknown({ path: '/__proto__/constructor', name: '__proto__', description: '__proto__ constructor' }),
    unknown({ path: '/', name: '', description: 17 as unknown as string }),
    unknown({ path: `/${'a'.repeat(100_000)}`, description: 'b'.repeat(100_000) }),
  ];
  const hits = createSearch(odd).find('__proto__ constructor');
  expect(hits[0]?.method).toBe(odd[0]);
});
