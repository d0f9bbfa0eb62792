import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { Api } from '../../src/api/api.ts';
import { path } from '../../src/api/path.ts';
import { realClock } from '../../src/clock.ts';
import { Failure } from '../../src/failure.ts';
import { Readiness } from '../../src/server/readiness.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { callTool, clientFor } from '../connect.ts';
import { start, waitFor } from '../program.ts';
import { ask, bearer } from './raw.ts';

const TOKEN = 'CANARY-0123456789abcdef';
const HTTP = ['--transport', 'http', '--port', '0'];

/** The shipped program, and where it listens. */
async function program(args: string[], env: Record<string, string>): Promise<string> {
  const child = start([...HTTP, ...args], { MCP_AUTH_TOKEN: `alice:change:${TOKEN}`, ...env });
  const [, url = ''] = await waitFor(child.stderr, /(http:\/\/127\.0\.0\.1:\d+)/);
  return url;
}

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('readyz says that Proxmox answers, to anybody', async () => {
  const url = await program(['--demo'], {});
  expect(await ask(url, '/readyz')).toMatchObject({ status: 200, text: '{"status":"ready"}' });
});

test('readyz says in one word why Proxmox is of no use, and healthz is well all the same', async () => {
  const env = {
    PROXMOX_URL: `127.0.0.1:${await closedPort()}`,
    PROXMOX_USER: 'CANARY@pve',
    PROXMOX_PASSWORD: 'CANARY-password',
  };
  const url = await program([], env);
  const reply = await ask(url, '/readyz');
  expect(reply.status).toBe(503);
  expect(reply.headers['retry-after']).toBe('5');
  expect(JSON.parse(reply.text)).toEqual({ status: 'not ready', reason: 'unreachable' });
  expect((await ask(url, '/healthz')).status).toBe(200);
});

test('however many ask whether it is ready, Proxmox is asked now and then; a stall is one within five seconds', async () => {
  const { clock } = createSimulator({ seed: 'tiny' });
  let asked = 0;
  let answer = async (_signal: AbortSignal): Promise<unknown> => 'fine';
  const readiness = new Readiness((signal) => {
    asked += 1;
    return answer(signal);
  }, clock);
  expect(await Promise.all([readiness.reason(), readiness.reason()])).toEqual([undefined, undefined]);
  expect(await readiness.reason()).toBeUndefined();
  expect(asked).toBe(1);

  answer = async () => {
    throw new Failure('auth', 'CANARY', '');
  };
  await clock.sleep(1_500);
  expect(await readiness.reason()).toBe('auth');

  let aborted = false;
  answer = (signal) =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        aborted = true;
        reject(new Failure('cancelled', '', ''));
      });
    });
  await clock.sleep(1_500);
  const before = clock.now();
  expect(await readiness.reason()).toBe('timeout');
  expect(clock.now() - before).toBe(3_600);
  expect(aborted).toBe(true);
  expect(asked).toBe(3);
  expect(await new Readiness(async () => 'fine', realClock).reason()).toBeUndefined();
});

test('a login that Proxmox refuses, which takes it three seconds, is no stall', async () => {
  const simulator = createSimulator({ seed: 'tiny' });
  const { fetch: send, clock } = simulator;
  const login = { kind: 'token', user: 'root@pam', tokenName: 'full', secret: 'wrong' } as const;
  const api = new Api({ send, login, clock });
  const readiness = new Readiness((signal) => api.request('GET', path`/version`, {}, { signal }), clock);
  const before = clock.now();
  expect(await readiness.reason()).toBe('auth');
  expect(clock.now() - before).toBeGreaterThanOrEqual(3_000);
});

test('metrics count calls by tool and code, and name no guest, caller or token', async () => {
  const url = await program(['--demo'], {});
  const client = await clientFor(url, 'streamable', {}, TOKEN);
  onTestFinished(() => client.close());
  await callTool(client, 'list_nodes');
  await callTool(client, 'get_cluster_resources', {});
  await callTool(client, 'get_cluster_resources', { limit: 'many' });
  const startGuest = { path: '/nodes/pve3/lxc/203/status/start', method: 'POST' };
  await callTool(client, 'proxmox_api_call', startGuest);
  await callTool(client, 'proxmox_api_call', { path: '/access/users/root@pam', method: 'DELETE' });
  expect((await ask(url, '/mcp', { body: {}, headers: bearer('wrong-0123456789abcdef') })).status).toBe(401);

  const { status, headers, text } = await ask(url, '/metrics', { headers: bearer(TOKEN) });
  expect(status).toBe(200);
  expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
  const lines = text.trim().split('\n');
  for (const line of [
    'proxmox_mcp_calls_total{tool="list_nodes",code="ok"} 1',
    'proxmox_mcp_calls_total{tool="get_cluster_resources",code="ok"} 1',
    'proxmox_mcp_calls_total{tool="get_cluster_resources",code="invalid_argument"} 1',
    'proxmox_mcp_calls_total{tool="proxmox_api_call",code="not_allowed"} 1',
    'proxmox_mcp_changes_total{code="ok"} 1',
    'proxmox_mcp_tasks_total{result="ok"} 1',
    'proxmox_mcp_call_seconds_count{tool="get_cluster_resources"} 2',
    'proxmox_mcp_call_seconds_bucket{tool="get_cluster_resources",le="+Inf"} 2',
    'proxmox_mcp_api_requests_total{method="POST",code="200"} 1',
    'proxmox_mcp_api_request_seconds_count{method="POST"} 1',
    'proxmox_mcp_calls_running 0',
    'proxmox_mcp_sessions 1',
    'proxmox_mcp_sse_streams 0',
    'proxmox_mcp_denied_total{status="401"} 1',
  ])
    expect(lines).toContain(line);
  for (const line of lines)
    expect(line).toMatch(/^(# (HELP|TYPE) proxmox_mcp_\w+ .+|proxmox_mcp_\w+(\{[^}]*\})? [\d.e-]+)$/);
  expect(text).not.toMatch(/CANARY|alice|pve3|lab-ct|root@pam/);
});

test('metrics want a token, unless they are open or off', async () => {
  const [closed, open, off] = await Promise.all(
    ['token', 'open', 'off'].map((way) => program(['--demo', '--metrics', way], {})),
  );
  expect((await ask(closed ?? '', '/metrics')).status).toBe(401);
  expect((await ask(closed ?? '', '/metrics', { headers: bearer(TOKEN) })).status).toBe(200);
  expect((await ask(open ?? '', '/metrics')).status).toBe(200);
  expect((await ask(off ?? '', '/metrics', { headers: bearer(TOKEN) })).status).toBe(404);
});
