import { expect, test } from 'vitest';
import { callTool, clientFor, connect, served, WAYS } from '../connect.ts';
import { ask, bearer, hello, modernCall, openSse, toolCall } from './raw.ts';

const ALICE = 'CANARY-alice-0123456789';
const BOB = 'CANARY-bob-0123456789';
const tokens = [
  { name: 'alice', scope: 'danger', token: ALICE },
  { name: 'bob', scope: 'read', token: BOB },
] as const;
const START = { path: '/nodes/pve1/lxc/101/status/start', method: 'POST' };

test.each(WAYS)('%s: whoever has a token is known by its name, and by its scope', async (way) => {
  const { call, http, ledger, cluster, mistakes } = await connect({ way, tokens, bearer: ALICE });
  const bob = await clientFor(http.url, way, {}, BOB);
  expect((await callTool(bob, 'list_nodes')).isError).toBe(false);
  expect((await callTool(bob, 'proxmox_api_call', START)).text).toMatch(/scope of bob ends at read/);
  expect(cluster.guest(101)?.status).toBe('stopped');
  expect((await call('proxmox_api_call', START)).isError).toBe(false);
  expect(ledger.entries.map(({ identity }) => identity)).toEqual(['alice']);
  expect(JSON.stringify(ledger.entries)).not.toContain('CANARY');
  expect(mistakes).toEqual([]);
});

test.each(WAYS)('%s: a client without a token, or with a wrong one, does not come in', async (way) => {
  const { http } = await served({ tokens });
  await expect(clientFor(http.url, way)).rejects.toThrow();
  await expect(clientFor(http.url, way, {}, 'wrong-0123456789abcdef')).rejects.toThrow();
  expect(http.connections()).toEqual({ sse: 0, sessions: 0 });
});

const ROUTES = [
  ['POST /mcp', '/mcp', { body: hello }],
  ['GET /mcp', '/mcp', {}],
  ['DELETE /mcp', '/mcp', { method: 'DELETE' }],
  ['POST /mcp of 2026-07-28', '/mcp', modernCall('list_nodes')],
  ['GET /sse', '/sse', {}],
  ['POST /messages/', '/messages/?session_id=x', { body: hello }],
] as const;

test.each(ROUTES)(
  '%s wants a token, and says nothing about what is wrong with one',
  async (_what, path, asking) => {
    const { http } = await served({ tokens });
    const headers = 'headers' in asking ? asking.headers : {};
    const none = await ask(http.url, path, { ...asking, headers });
    expect(none.status).toBe(401);
    expect(none.headers['www-authenticate']).toBe('Bearer realm="proxmox-mcp"');
    const wrong = [
      bearer('wrong-0123456789abcdef'),
      bearer(ALICE.slice(0, -1)),
      bearer(`${ALICE}x`),
      bearer(ALICE.toLowerCase()),
      { authorization: `Basic ${btoa(`alice:${ALICE}`)}` },
      { authorization: 'Bearer' },
      { authorization: `Bearer ${ALICE} ${BOB}` },
      { authorization: ALICE },
    ];
    const replies = await Promise.all(
      wrong.map((each) => ask(http.url, path, { ...asking, headers: { ...headers, ...each } })),
    );
    for (const reply of replies) {
      expect(reply.status).toBe(401);
      expect(reply.headers['www-authenticate']).toBe('Bearer realm="proxmox-mcp", error="invalid_token"');
      expect(reply.text).toBe(none.text);
      expect(JSON.stringify(reply)).not.toContain('CANARY');
    }
  },
);

test('a token counts in its header alone', async () => {
  const { http } = await served({ tokens });
  for (const name of ['access_token', 'token', 'bearer', 'authorization']) {
    expect((await ask(http.url, `/mcp?${name}=${ALICE}`, { body: hello })).status).toBe(401);
    expect(
      (await ask(http.url, '/mcp', { body: hello, headers: { cookie: `${name}=${ALICE}` } })).status,
    ).toBe(401);
  }
});

test('healthz is open, an evil Host is turned away before anything, and a browser may ask first', async () => {
  const { http } = await served({ tokens, allowedOrigins: ['https://app.example'] });
  expect((await ask(http.url, '/healthz')).status).toBe(200);
  const evil = { host: 'evil.example', ...bearer(ALICE) };
  expect((await ask(http.url, '/mcp', { body: hello, headers: evil })).status).toBe(421);
  const origin = { origin: 'https://app.example' };
  expect((await ask(http.url, '/mcp', { method: 'OPTIONS', headers: origin })).status).toBe(204);
  const denied = await ask(http.url, '/mcp', { body: hello, headers: origin });
  // Only so can a page see that a token is wanted.
  expect(denied).toMatchObject({ status: 401, headers: { 'access-control-allow-origin': origin.origin } });
});

test('the session of one is unknown to another, on every route', async () => {
  const { http } = await served({ tokens });
  const opened = await ask(http.url, '/mcp', { body: hello, headers: bearer(ALICE) });
  const session = { 'mcp-session-id': String(opened.headers['mcp-session-id']) };
  const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
  const unknown = await ask(http.url, '/mcp', {
    body: list,
    headers: { ...bearer(BOB), 'mcp-session-id': 'made-up' },
  });
  const foreign = { ...session, ...bearer(BOB) };
  const replies = [
    await ask(http.url, '/mcp', { body: list, headers: foreign }),
    await ask(http.url, '/mcp', { headers: foreign }),
    await ask(http.url, '/mcp', { method: 'DELETE', headers: foreign }),
  ];
  for (const reply of replies) expect(reply).toMatchObject({ status: 404, text: unknown.text });
  expect(
    (await ask(http.url, '/mcp', { body: list, headers: { ...session, ...bearer(ALICE) } })).status,
  ).toBe(200);
  expect((await ask(http.url, '/mcp', { body: list, headers: session })).status).toBe(401);
});

test('the SSE stream of one takes no message of another', async () => {
  const { http } = await served({ tokens });
  const { address, text } = await openSse(http.url, ALICE);
  const made = await ask(http.url, '/messages/?session_id=made-up', { body: hello, headers: bearer(BOB) });
  const foreign = await ask(http.url, address, { body: hello, headers: bearer(BOB) });
  expect(foreign).toMatchObject({ status: 404, text: made.text });
  expect((await ask(http.url, address, { body: hello })).status).toBe(401);
  expect((await ask(http.url, address, { body: hello, headers: bearer(ALICE) })).status).toBe(202);
  await expect.poll(text).toContain('"id":0');
  expect(text().match(/"id":0/g)).toHaveLength(1);
});

test('no client chooses the id of its session', async () => {
  const { http } = await served({ tokens });
  const chosen = { ...bearer(ALICE), 'mcp-session-id': 'chosen-by-me' };
  const opened = await ask(http.url, '/mcp', { body: hello, headers: chosen });
  expect(opened.headers['mcp-session-id']).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect((await ask(http.url, '/mcp', { body: toolCall('list_nodes'), headers: chosen })).status).toBe(404);
});

test('what the person behind one is asked, the word of another does not answer', async () => {
  const policy = { approve: 'change' } as const;
  const { http, plans } = await served({ tokens: [tokens[0], { ...tokens[1], scope: 'danger' }], policy });
  const { headers, body } = modernCall('proxmox_api_call', START);
  await ask(http.url, '/mcp', { body, headers: { ...headers, ...bearer(ALICE) } });
  const [plan] = await plans.waiting();
  expect(plan?.identity).toBe('alice');
  const answers = { [plan?.id ?? '']: { action: 'accept', content: { approve: true } } };
  const capable = { ...body.params._meta, 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } };
  const params = { ...body.params, inputResponses: answers, _meta: capable };
  const reply = await ask(http.url, '/mcp', {
    body: { ...body, params },
    headers: { ...headers, ...bearer(BOB) },
  });
  expect(reply.status).toBe(200);
  const waiting = await plans.waiting();
  expect(waiting.map(({ identity }) => identity).sort()).toEqual(['alice', 'bob']);
});

test('twenty wrong tokens close the door to more from there; who was in before stays in', async () => {
  const { http, simulator } = await served({ tokens });
  const statusOf = async (token: string) => {
    const reply = await ask(http.url, '/mcp', { body: hello, headers: bearer(token) });
    return reply.status === 429 ? `429 after ${reply.headers['retry-after']}` : reply.status;
  };
  expect(await statusOf(ALICE)).toBe(200);
  for (let guess = 0; guess < 20; guess += 1) expect(await statusOf(`wrong-0123456789${guess}`)).toBe(401);
  expect(await statusOf('wrong-0123456789abc')).toBe('429 after 3');
  // A good guess is not told from a bad one.
  expect(await statusOf(BOB)).toBe('429 after 3');
  expect(await statusOf(ALICE)).toBe(200);
  await simulator.clock.sleep(3_000);
  expect(await statusOf(BOB)).toBe(200);
  expect(await statusOf('wrong-0123456789abc')).toBe(401);
  expect(await statusOf('wrong-0123456789abd')).toBe('429 after 3');
});

test('a client that sends much without a token still reads that it needs one', async () => {
  const { http } = await served({ tokens });
  const body = JSON.stringify({ ...toolCall('list_nodes'), pad: 'x'.repeat(2_000_000) });
  const headers = { 'content-type': 'application/json' };
  const statuses = await Promise.all(
    Array.from(
      { length: 10 },
      async () => (await fetch(`${http.url}/mcp`, { method: 'POST', headers, body })).status,
    ),
  );
  expect(new Set(statuses)).toEqual(new Set([401]));
});

test("in the SDK's own lane of 2026-07-28 a caller is known as in the everyday one", async () => {
  const { http, ledger, simulator } = await served({ tokens });
  const { headers, body } = modernCall('proxmox_api_call', START);
  // Icons are rare, so the everyday lane leaves such a client to the other one.
  const clientInfo = { name: 'test', version: '1', icons: [{ src: 'https://app.example/icon.png' }] };
  const meta = { ...body.params._meta, 'io.modelcontextprotocol/clientInfo': clientInfo };
  const rare = { ...body, params: { ...body.params, _meta: meta } };
  const reply = await ask(http.url, '/mcp', { body: rare, headers: { ...headers, ...bearer(BOB) } });
  expect(reply.text).toContain('scope of bob ends at read');
  expect(simulator.world.guest(101)?.status).toBe('stopped');
  expect(
    (await ask(http.url, '/mcp', { body: rare, headers: { ...headers, ...bearer(ALICE) } })).status,
  ).toBe(200);
  expect(ledger.entries.map(({ identity }) => identity)).toEqual(['alice']);
});
