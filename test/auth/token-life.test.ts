import { request as httpRequest } from 'node:http';
import { expect, onTestFinished, test, vi } from 'vitest';
import { served } from '../connect.ts';
import { type Issuer, startIssuer } from './issuer.ts';
import { ask, bearer, hello, toolCall } from './raw.ts';

/** How far two clocks may be apart: so long a token is taken after its end. */
const SKEW_MS = 30_000;
const list = { jsonrpc: '2.0', id: 5, method: 'tools/list' };
const START = { path: '/nodes/pve1/lxc/101/status/start', method: 'POST' };

async function house() {
  const issuer = await startIssuer();
  const { http, simulator } = await served(issuer.options);
  // Tokens are looked at on one clock, timers run on the other: both go on together.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const pass = async (ms: number) => {
    await simulator.clock.sleep(ms);
    vi.advanceTimersByTime(ms);
  };
  return { issuer, http, pass, simulator };
}

function tokenFor(issuer: Issuer, seconds: number, sub = 'alice') {
  const now = Math.floor(issuer.simulator.clock.now() / 1000);
  return issuer.token({ sub, exp: now + seconds });
}

/** A stream that says when it has ended, and what came on it. */
async function stream(
  url: string,
  path: string,
  headers: Record<string, string>,
): Promise<{ ended: () => boolean; text: () => string }> {
  let text = '';
  let ended = false;
  return new Promise((resolve, reject) => {
    const options = { headers: { accept: 'text/event-stream', ...headers }, agent: false as const };
    const request = httpRequest(`${url}${path}`, options, (response) => {
      response.on('data', (part) => (text += part));
      response.on('close', () => (ended = true));
      response.on('error', () => {});
      resolve({ ended: () => ended, text: () => text });
    });
    request.on('error', reject);
    request.end();
    onTestFinished(() => {
      request.off('error', reject).on('error', () => {});
      request.destroy();
    });
  });
}

test('an SSE stream ends when its token is no longer taken', async () => {
  const { issuer, http, pass } = await house();
  const token = await tokenFor(issuer, 60);
  await stream(http.url, '/sse', bearer(token));
  await pass(60_000 + SKEW_MS - 1_000);
  expect(http.connections().sse).toBe(1);
  await pass(1_000);
  expect(http.connections().sse).toBe(0);
  expect((await ask(http.url, '/sse', { headers: bearer(token) })).status).toBe(401);
});

test('an SSE stream whose client has fetched a newer token goes on with that', async () => {
  const { issuer, http, pass } = await house();
  const { text } = await stream(http.url, '/sse', bearer(await tokenFor(issuer, 60)));
  await vi.waitUntil(() => text().includes('session_id'));
  const address = text().match(/data: (\S+)/)?.[1] ?? '';
  const post = async (token: string) =>
    (await ask(http.url, address, { body: hello, headers: bearer(token) })).status;
  await pass(50_000);
  // What another sends does not count, nor does an older token.
  expect(await post(await tokenFor(issuer, 3_600, 'mallory'))).toBe(404);
  expect(await post(await tokenFor(issuer, 100))).toBe(202);
  expect(await post(await tokenFor(issuer, 20))).toBe(202);
  await pass(100_000 + SKEW_MS - 1_000);
  expect(http.connections().sse).toBe(1);
  await pass(1_000);
  expect(http.connections().sse).toBe(0);
});

test('a GET stream ends with its token, and its session goes on with the next one', async () => {
  const { issuer, http, pass } = await house();
  const token = await tokenFor(issuer, 60);
  const opened = await ask(http.url, '/mcp', { body: hello, headers: bearer(token) });
  const session = { 'mcp-session-id': String(opened.headers['mcp-session-id']) };
  const first = await stream(http.url, '/mcp', { ...session, ...bearer(token) });
  await pass(60_000 + SKEW_MS);
  await vi.waitUntil(first.ended);
  expect((await ask(http.url, '/mcp', { headers: { ...session, ...bearer(token) } })).status).toBe(401);
  const next = bearer(await tokenFor(issuer, 60));
  const second = await stream(http.url, '/mcp', { ...session, ...next });
  const listed = await ask(http.url, '/mcp', { body: list, headers: { ...session, ...next } });
  expect(listed.status).toBe(200);
  expect(second.ended()).toBe(false);
});

test('a client whose token has expired hears that, however many of them share an address', async () => {
  const { issuer, http, pass } = await house();
  const tokens = await Promise.all(Array.from({ length: 30 }, (_, n) => tokenFor(issuer, 60, `user-${n}`)));
  const statuses = () =>
    Promise.all(
      tokens.map(
        async (token) => (await ask(http.url, '/mcp', { body: hello, headers: bearer(token) })).status,
      ),
    );
  expect(new Set(await statuses())).toEqual(new Set([200]));
  await pass(60_000 + SKEW_MS);
  expect(new Set(await statuses())).toEqual(new Set([401]));
});

const DESTROY = { path: '/nodes/pve1/lxc/101', method: 'DELETE' };

test('a batch is asked for a wider token if nothing of it was done; else each answer says what it lacks', async () => {
  const issuer = await startIssuer();
  const { http, simulator } = await served(issuer.options);
  const send = async (body: unknown, scope: string) => {
    const token = bearer(await issuer.token({ scope }));
    const opened = await ask(http.url, '/mcp', { body: hello, headers: token });
    const session = { 'mcp-session-id': String(opened.headers['mcp-session-id']) };
    return ask(http.url, '/mcp', { body, headers: { ...session, ...token } });
  };
  const [start, destroy] = [toolCall('proxmox_api_call', START, 1), toolCall('proxmox_api_call', DESTROY, 2)];
  const none = await send([start, destroy], 'proxmox:read');
  expect(none.status).toBe(403);
  expect(none.headers['www-authenticate']).toContain('error="insufficient_scope", scope="proxmox:danger"');
  expect(JSON.parse(none.text)).toHaveLength(2);

  const some = await send([start, destroy], 'proxmox:change');
  expect(some.status).toBe(200);
  expect(some.headers['www-authenticate']).toBeUndefined();
  expect(simulator.world.guest(101)?.status).toBe('running');
  expect(some.text).toMatch(/scope of oauth:alice ends at change/);
});
