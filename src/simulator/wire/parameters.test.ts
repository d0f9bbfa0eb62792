import { expect, test } from 'vitest';
import { createSimulator } from '../simulator.ts';
import { ask } from '../testing.ts';

// What a role's name came to shows in the error about it; what a comment came to, in the group that has it.
const as = 'root@pam!full';
const JSON_TYPE = { 'content-type': 'application/json' };

async function commentFrom(request: { body?: string; headers?: Record<string, string>; query?: string }) {
  const simulator = createSimulator({ seed: 'tiny' });
  const { query = '', ...rest } = request;
  const made = await ask(simulator, `POST /access/groups${query}`, { as, ...rest });
  const group = await ask(simulator, 'GET /access/groups/g', { as });
  return made.status === 200 ? group.json.data.comment : made;
}

test.each([
  ['a form', { body: 'groupid=g&comment=a+b%20c' }, 'a b c'],
  ['semicolons for ampersands', { body: 'groupid=g;comment=x' }, 'x'],
  ['UTF-8', { body: 'groupid=g&comment=%C3%BC%20%E2%82%AC' }, 'ü €'],
  ['UTF-8 without percent-encoding', { body: 'groupid=g&comment=ü€' }, 'ü€'],
  ['a percent sign that starts no code', { body: 'groupid=g&comment=5%zz' }, '5%zz'],
  ['a second equals sign, which ends the value', { body: 'groupid=g&comment=a=b' }, 'a'],
  ['the query of a POST', { query: '?groupid=g&comment=q' }, 'q'],
  ['the query over the body', { query: '?comment=q', body: 'groupid=g&comment=b' }, 'q'],
  ['_dc, which counts for nothing', { query: '?_dc=123', body: 'groupid=g&comment=x' }, 'x'],
  ['a value of nothing, as nothing given', { body: 'groupid=g&comment=' }, undefined],
  ['JSON', { body: '{"groupid":"g","comment":"js\\u00f6n ü"}', headers: JSON_TYPE }, 'jsön ü'],
  [
    'JSON with a charset',
    { body: '{"groupid":"g","comment":"x"}', headers: { 'content-type': 'application/json; charset=utf-8' } },
    'x',
  ],
  [
    'a form with a charset',
    {
      body: 'groupid=g&comment=x',
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' },
    },
    'x',
  ],
])('reads %s', async (_what, request, comment) => {
  expect(await commentFrom(request)).toBe(comment);
});

test('a parameter that comes twice is an array', async () => {
  const simulator = createSimulator({ seed: 'tiny' });
  const answer = await ask(simulator, 'GET /cluster/resources?type=vm&type=node', { as });
  expect(answer.json).toEqual({
    ...{ data: null, message: 'Parameter verification failed.\n' },
    errors: { type: "type check ('string') failed - got ARRAY" },
  });
});

test.each([{ propagate: 1 }, { propagate: true }, { roles: ['PVEAuditor'], users: ['alice@pve'] }])(
  'JSON values keep their types: %j',
  async (values) => {
    const simulator = createSimulator({ seed: 'tiny' });
    const body = JSON.stringify({ path: '/pool/x', roles: 'PVEAuditor', users: 'alice@pve', ...values });
    expect((await ask(simulator, 'PUT /access/acl', { as, body, headers: JSON_TYPE })).status).toBe(200);
    const { data } = (await ask(simulator, 'GET /access/acl', { as })).json;
    const entry = { path: '/pool/x', type: 'user', ugid: 'alice@pve', roleid: 'PVEAuditor', propagate: 1 };
    expect(data).toContainEqual(entry);
  },
);

// The first two were recorded; the others are JSON::XS's words for what it finds.
test.each([
  ['{bad', `'"' expected, at character offset 1 (before "bad")`],
  [
    '',
    'malformed JSON string, neither tag, array, object, number, string or atom, at character offset 0 (before "(end of string)")',
  ],
  ['{"a":1', ', or } expected while parsing object/hash, at character offset 6 (before "(end of string)")'],
  ['{"a" 1}', `':' expected, at character offset 5 (before "1}")`],
  ['{"a":[1 2]}', ', or ] expected while parsing array, at character offset 8 (before "2]}")'],
  ['{"a":tru}', `'true' expected, at character offset 5 (before "tru}")`],
  ['{} x', 'garbage after JSON object, at character offset 3 (before "x")'],
])('bad JSON is a plain 500: %s', async (body, what) => {
  const text = `${what} at /usr/share/perl5/PVE/APIServer/AnyEvent.pm line 934.`;
  const answer = await ask(createSimulator({ seed: 'tiny' }), 'POST /access/groups', {
    as,
    body,
    headers: JSON_TYPE,
  });
  expect(answer).toMatchObject({ status: 500, reason: text, body: `${text}\n` });
  expect(answer.headers).not.toHaveProperty('content-type');
});

test('JSON that is no object is a plain 500', async () => {
  const request = { as, body: '[1,2]', headers: JSON_TYPE };
  const answer = await ask(createSimulator({ seed: 'tiny' }), 'POST /access/groups', request);
  expect(answer).toMatchObject({
    ...{
      status: 500,
      body: 'Not a HASH reference at /usr/share/perl5/PVE/APIServer/AnyEvent.pm line 978.\n',
    },
  });
});

test.each([
  ['POST', 506, 'text/plain', 'poolid=x', `upload 'Content-Type 'text/plain' not implemented`],
  ['DELETE', 501, undefined, 'foo=1', `Unexpected content for method 'DELETE'`],
  ['POST', 501, undefined, `comment=${'a'.repeat(512 * 1024)}`, 'for data too large'],
  ['POST', 501, 'application/json', `{"comment":"${'a'.repeat(512 * 1024)}"}`, 'for data too large'],
])('refuses a body: %s, %i', async (verb, status, type, body, text) => {
  const headers: Record<string, string> = type ? { 'content-type': type } : {};
  const answer = await ask(createSimulator({ seed: 'tiny' }), `${verb} /access/groups`, {
    as,
    body,
    headers,
  });
  expect(answer).toMatchObject({ status, reason: text, body: text });
  expect(answer.headers).not.toHaveProperty('content-type');
});

test('a body that is refused is refused only to those who are logged in', async () => {
  const answer = await ask(createSimulator({ seed: 'tiny' }), 'DELETE /access/groups', { body: 'x=1' });
  expect(answer).toMatchObject({ status: 401, body: '' });
});
