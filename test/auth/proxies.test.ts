import { expect, test } from 'vitest';
import { callTool, clientFor, served, WAYS } from '../connect.ts';
import { ask, bearer, hello, openSse } from './raw.ts';

const TOKEN = 'alice-0123456789abcdef';
const tokens = [{ name: 'alice', scope: 'danger', token: TOKEN }] as const;
const good = bearer(TOKEN);

test("a proxy's word counts where it is trusted, and nobody else's", async () => {
  const forwarded = { ...good, host: '127.0.0.1', 'x-forwarded-host': 'evil.example' };
  const trusting = await served({ tokens, trustedProxies: ['10.0.0.0/8', '127.0.0.1'] });
  expect((await ask(trusting.http.url, '/mcp', { body: hello, headers: forwarded })).status).toBe(421);
  const named = await served({ tokens, trustedProxies: ['127.0.0.0/8'], allowedHosts: ['mcp.example'] });
  const inside = { ...good, host: 'inside:8000', 'x-forwarded-host': 'mcp.example' };
  expect((await ask(named.http.url, '/mcp', { body: hello, headers: inside })).status).toBe(200);
  const plain = await served({ tokens, trustedProxies: ['192.0.2.1'] });
  expect((await ask(plain.http.url, '/mcp', { body: hello, headers: forwarded })).status).toBe(200);
  expect((await ask(plain.http.url, '/mcp', { body: hello, headers: inside })).status).toBe(421);
});

test.each([
  ['a trusted proxy', ['127.0.0.1'], 401],
  ['a proxy that is not trusted', [], 429],
])('behind %s wrong tokens are counted by address', async (_what, trustedProxies, other) => {
  const { http } = await served({ tokens, trustedProxies });
  const from = async (address: string) => {
    const headers = { ...bearer('wrong-0123456789abcdef'), 'x-forwarded-for': `198.51.100.7, ${address}` };
    return (await ask(http.url, '/mcp', { body: hello, headers })).status;
  };
  for (let guess = 0; guess < 20; guess += 1) expect(await from('203.0.113.1')).toBe(401);
  expect(await from('203.0.113.1')).toBe(429);
  expect(await from('203.0.113.2')).toBe(other);
});

test('of IPv6 a whole /64 counts as one address', async () => {
  const { http } = await served({ tokens, trustedProxies: ['127.0.0.1'] });
  const from = async (address: string) => {
    const headers = { ...bearer('wrong-0123456789abcdef'), 'x-forwarded-for': address };
    return (await ask(http.url, '/mcp', { body: hello, headers })).status;
  };
  for (let guess = 0; guess < 20; guess += 1) expect(await from(`2001:db8::${guess.toString(16)}`)).toBe(401);
  expect(await from('2001:db8:0:0:1::1')).toBe(429);
  expect(await from('2001:db8:0:1::1')).toBe(401);
});

test.each(WAYS)('%s: below a path, whether the proxy takes it off or not', async (way) => {
  const { http } = await served({ tokens, prefix: '/proxmox' });
  const client = await clientFor(`${http.url}/proxmox`, way, {}, TOKEN);
  expect((await callTool(client, 'list_nodes')).isError).toBe(false);
  if (!way.includes('sse')) {
    const stripped = await clientFor(http.url, way, {}, TOKEN);
    expect((await callTool(stripped, 'list_nodes')).isError).toBe(false);
  }
  expect((await openSse(http.url, TOKEN)).address).toMatch(/^\/proxmox\/messages\/\?session_id=/);
  expect((await ask(http.url, '/proxmoxmcp', { headers: good })).status).toBe(404);
});
