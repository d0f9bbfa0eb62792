import {
  Client,
  ClientCredentialsProvider,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import { exportJWK, generateKeyPair, type JWTPayload } from 'jose';
import { expect, onTestFinished, test } from 'vitest';
import { callTool, clientFor, info, served, WAYS } from '../connect.ts';
import { AUDIENCE, type Issuer, sign, startIssuer } from './issuer.ts';
import { ask, bearer, hello, modernCall, openSse, toolCall } from './raw.ts';

const START = { path: '/nodes/pve1/lxc/101/status/start', method: 'POST' };
const METADATA = 'https://mcp.example/.well-known/oauth-protected-resource/mcp';

/** How a token is answered. */
async function knock(url: string, token: string) {
  const { status, headers, text } = await ask(url, '/mcp', { body: hello, headers: bearer(token) });
  return { status, challenge: headers['www-authenticate'], retry: headers['retry-after'], text };
}

test.each(WAYS)('%s: an access token says who comes, and how far they may go', async (way) => {
  const issuer = await startIssuer();
  const { http, ledger, simulator, mistakes } = await served(issuer.options);
  const reader = await clientFor(
    http.url,
    way,
    {},
    await issuer.token({ sub: 'bob', scope: 'proxmox:read' }),
  );
  expect((await callTool(reader, 'list_nodes')).isError).toBe(false);
  const writer = await clientFor(
    http.url,
    way,
    {},
    await issuer.token({ scope: 'proxmox:read proxmox:change' }),
  );
  expect((await callTool(writer, 'proxmox_api_call', START)).isError).toBe(false);
  expect(simulator.world.guest(101)?.status).toBe('running');
  expect(ledger.entries.map(({ identity }) => identity)).toEqual(['oauth:alice']);
  expect(mistakes).toEqual([]);
});

test.each(['RS256', 'PS256', 'ES384', 'EdDSA'])('tokens are signed with %s', async (alg) => {
  const issuer = await startIssuer(alg, '/realms/home');
  const { http } = await served(issuer.options);
  expect((await knock(http.url, await issuer.token())).status).toBe(200);
});

const soon = (issuer: Issuer, seconds: number) => Math.floor(issuer.simulator.clock.now() / 1000) + seconds;
const WRONG: [string, (issuer: Issuer) => JWTPayload][] = [
  ['of another issuer', () => ({ iss: 'https://evil.example' })],
  ['of nobody', () => ({ iss: undefined }) as unknown as JWTPayload],
  ['for another audience', () => ({ aud: 'https://elsewhere.example' })],
  ['for no audience', () => ({ aud: undefined }) as unknown as JWTPayload],
  ['that has expired', (issuer) => ({ exp: soon(issuer, -31) })],
  ['without an end', () => ({ exp: undefined }) as unknown as JWTPayload],
  ['of the future', (issuer) => ({ nbf: soon(issuer, 31) })],
  ['without a subject', () => ({ sub: undefined }) as unknown as JWTPayload],
  ['with a subject of two lines', () => ({ sub: 'alice\nroot' })],
  ['with a scope, and another audience', () => ({ aud: ['a', 'b'], scope: 'proxmox:danger' })],
];

test.each(WRONG)('a token %s is refused like every other that is wrong', async (_what, claims) => {
  const issuer = await startIssuer();
  const { http } = await served(issuer.options);
  const plain = await knock(http.url, 'not-even-a-jwt-0123456789');
  expect(plain.status).toBe(401);
  expect(plain.challenge).toBe(
    `Bearer error="invalid_token", scope="proxmox:read", resource_metadata="${METADATA}"`,
  );
  expect(await knock(http.url, await issuer.token(claims(issuer)))).toEqual(plain);
});

test('a token is good within the skew of two clocks, and for one of several audiences', async () => {
  const issuer = await startIssuer();
  const { http } = await served(issuer.options);
  const good = [{ exp: soon(issuer, -29) }, { nbf: soon(issuer, 29) }, { aud: ['x', AUDIENCE] }];
  for (const claims of good) expect((await knock(http.url, await issuer.token(claims))).status).toBe(200);
});

test('a signature counts only if the issuer made it, with a key of its own', async () => {
  const issuer = await startIssuer('RS256');
  const { http } = await served(issuer.options);
  const claims = JSON.parse(atob((await issuer.token()).split('.')[1] ?? '')) as JWTPayload;
  const other = await generateKeyPair('RS256');
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const [head, body, signature] = (await issuer.token()).split('.');
  const forged = [
    await sign(other.privateKey, claims, { alg: 'RS256', kid: 'key-1' }),
    // The public key as the secret of a symmetric signature.
    await sign(new TextEncoder().encode(await issuer.publicPem()), claims, {
      alg: 'HS256',
      kid: 'key-1',
    }),
    `${encode({ alg: 'none' })}.${body}.`,
    `${encode({ alg: 'none', kid: 'key-1' })}.${body}.${signature}`,
    // A key that the token brings along, or names a place for.
    await sign(other.privateKey, claims, {
      alg: 'RS256',
      kid: 'key-1',
      jwk: await exportJWK(other.publicKey),
      jku: 'https://evil.example/keys',
    }),
    `${head}.${encode({ ...claims, sub: 'root' })}.${signature}`,
    `${head}.${body}.${signature?.slice(0, -4)}AAAA`,
  ];
  for (const token of forged) expect((await knock(http.url, token)).status).toBe(401);
});

test('a token with no scope of ours is told which one to fetch', async () => {
  const issuer = await startIssuer();
  const { http } = await served(issuer.options);
  for (const scope of ['openid profile', 'read danger', 'xproxmox:read', undefined]) {
    const { status, challenge } = await knock(http.url, await issuer.token({ scope } as JWTPayload));
    expect({ status, challenge }).toEqual({
      status: 403,
      challenge: `Bearer error="insufficient_scope", scope="proxmox:read", resource_metadata="${METADATA}"`,
    });
  }
  expect(
    (await knock(http.url, await issuer.token({ scope: undefined, scp: ['proxmox:read'] } as JWTPayload)))
      .status,
  ).toBe(200);
});

test('a client without a token finds out where to fetch one', async () => {
  const issuer = await startIssuer();
  const { http } = await served(issuer.options);
  const none = await ask(http.url, '/mcp', { body: hello });
  expect(none.status).toBe(401);
  expect(none.headers['www-authenticate']).toBe(
    `Bearer scope="proxmox:read", resource_metadata="${METADATA}"`,
  );
  const sse = await ask(http.url, '/sse');
  expect(sse.headers['www-authenticate']).toContain('/.well-known/oauth-protected-resource/sse"');
  for (const resource of ['', '/mcp', '/sse']) {
    const { status, text } = await ask(http.url, `/.well-known/oauth-protected-resource${resource}`);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({
      resource: `https://mcp.example${resource}`,
      authorization_servers: [issuer.url],
      scopes_supported: ['proxmox:read', 'proxmox:change', 'proxmox:danger'],
      bearer_methods_supported: ['header'],
      resource_name: 'Proxmox MCP server',
    });
  }
  expect((await ask(http.url, '/.well-known/oauth-protected-resource/other')).status).toBe(404);
});

test.each(['old', 'modern'])(
  'a call above the scope is answered with the scope to fetch (%s revision)',
  async (era) => {
    const issuer = await startIssuer();
    const { http, simulator, ledger } = await served(issuer.options);
    const token = bearer(await issuer.token({ scope: 'proxmox:read' }));
    const opened = await ask(http.url, '/mcp', { body: hello, headers: token });
    const session = { 'mcp-session-id': String(opened.headers['mcp-session-id']) };
    const modern = modernCall('proxmox_api_call', START);
    const reply =
      era === 'old'
        ? await ask(http.url, '/mcp', {
            body: toolCall('proxmox_api_call', START),
            headers: { ...session, ...token },
          })
        : await ask(http.url, '/mcp', { body: modern.body, headers: { ...modern.headers, ...token } });
    expect(reply.status).toBe(403);
    expect(reply.headers['www-authenticate']).toBe(
      `Bearer error="insufficient_scope", scope="proxmox:change", resource_metadata="${METADATA}"`,
    );
    expect(JSON.parse(reply.text).result.content[0].text).toMatch(/scope of oauth:alice ends at read/);
    expect(simulator.world.guest(101)?.status).toBe('stopped');
    expect(ledger.entries).toEqual([]);
  },
);

test('on an SSE stream, which has its answer already, the same is a tool error', async () => {
  const issuer = await startIssuer();
  const { http } = await served(issuer.options);
  const token = await issuer.token({ scope: 'proxmox:read' });
  const { address, text } = await openSse(http.url, token);
  await ask(http.url, address, { body: hello, headers: bearer(token) });
  const reply = await ask(http.url, address, {
    body: toolCall('proxmox_api_call', START, 7),
    headers: bearer(token),
  });
  expect(reply.status).toBe(202);
  await expect
    .poll(text)
    .toMatch(/scope of oauth:alice ends at read.*"id":7|"id":7.*scope of oauth:alice ends at read/);
});

test('a session goes on with a new token of the same subject, and with none of another', async () => {
  const issuer = await startIssuer();
  const { http, simulator } = await served({
    ...issuer.options,
    tokens: [{ name: 'alice', scope: 'danger', token: 'named-0123456789abcdef' }],
  });
  const first = await issuer.token({ exp: soon(issuer, 60) });
  const opened = await ask(http.url, '/mcp', { body: hello, headers: bearer(first) });
  const session = { 'mcp-session-id': String(opened.headers['mcp-session-id']) };
  const status = async (token: string) =>
    (await ask(http.url, '/mcp', { body: toolCall('list_nodes'), headers: { ...session, ...bearer(token) } }))
      .status;
  expect(await status(first)).toBe(200);
  expect(await status(await issuer.token({ sub: 'bob' }))).toBe(404);
  // A token of the settings that has the same name is somebody else.
  expect(await status('named-0123456789abcdef')).toBe(404);
  await simulator.clock.sleep(91_000);
  // It was good a moment ago, and is remembered: not beyond its end.
  expect(await status(first)).toBe(401);
  expect(await status(await issuer.token())).toBe(200);
});

test('a new key of the issuer is found; made-up keys do not make a flood of questions', async () => {
  const issuer = await startIssuer();
  const { http, simulator } = await served(issuer.options);
  expect((await knock(http.url, await issuer.token())).status).toBe(200);
  expect(issuer.asked()).toBe(1);
  await issuer.rotate();
  await simulator.clock.sleep(31_000);
  expect((await knock(http.url, await issuer.token())).status).toBe(200);
  expect(issuer.asked()).toBe(2);
  for (let guess = 0; guess < 10; guess += 1)
    expect((await knock(http.url, await issuer.token({}, { kid: `made-up-${guess}` }))).status).toBe(401);
  expect(issuer.asked()).toBe(2);
});

test('keys that cannot be read: 503 before there are any, the old ones after, and nobody is let in unchecked', async () => {
  const issuer = await startIssuer();
  const { http, simulator } = await served(issuer.options);
  const { clock } = simulator;
  issuer.up = false;
  expect(await knock(http.url, await issuer.token())).toMatchObject({ status: 503, retry: '10' });
  expect(issuer.problems[0]).toContain(issuer.url);
  issuer.up = true;
  await clock.sleep(5_000);
  expect((await knock(http.url, await issuer.token())).status).toBe(200);

  issuer.up = false;
  await clock.sleep(11 * 60_000);
  expect((await knock(http.url, await issuer.token())).status).toBe(200);
  expect((await knock(http.url, await issuer.token({ aud: 'elsewhere' }))).status).toBe(401);
  // It may be a new key of the issuer: nobody can say.
  await clock.sleep(31_000);
  expect((await knock(http.url, await issuer.token({}, { kid: 'unknown' }))).status).toBe(503);
  await clock.sleep(24 * 60 * 60_000);
  expect((await knock(http.url, await issuer.token())).status).toBe(503);
});

test.each(['2026-07-28', undefined])(
  'a client finds the issuer, fetches a token, and a wider one when a call wants it (revision %s)',
  async (pin) => {
    const issuer = await startIssuer();
    const { http, simulator, ledger } = await served(issuer.options);
    issuer.base = http.url;
    const authProvider = new ClientCredentialsProvider({
      clientId: 'robot',
      clientSecret: 'CANARY-secret',
      expectedIssuer: issuer.url,
    });
    const client = new Client(info, pin === undefined ? {} : { versionNegotiation: { mode: { pin } } });
    await client.connect(new StreamableHTTPClientTransport(new URL(`${http.url}/mcp`), { authProvider }));
    onTestFinished(() => client.close());
    expect((await callTool(client, 'list_nodes')).isError).toBe(false);
    expect(issuer.scopes).toEqual(['proxmox:read']);
    expect((await callTool(client, 'proxmox_api_call', START)).isError).toBe(false);
    expect(issuer.scopes).toEqual(['proxmox:read', 'proxmox:read proxmox:change']);
    expect(simulator.world.guest(101)?.status).toBe('running');
    // Once, although it was asked for twice.
    expect(ledger.entries.map(({ identity }) => identity)).toEqual(['oauth:robot']);
  },
);
