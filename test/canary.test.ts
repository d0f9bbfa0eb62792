import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Setting } from '../src/config/setting.ts';
import { settings } from '../src/config/settings.ts';
import { ask, bearer, modernCall } from './auth/raw.ts';
import { outcome, run, simulatedProxmox, start, stateFolder, waitFor } from './program.ts';

/** What is searched for, by the variable that holds it: letters that mean nothing elsewhere. */
const core = (env: string) => `canary${createHash('sha256').update(env).digest('hex').slice(0, 26)}`;

/** A good value of every secret setting, with its canary in it. A new one must be added here. */
const VALUES: Record<string, (canary: string) => string> = {
  PROXMOX_PASSWORD: (canary) => `${canary}/+&=%`,
  PROXMOX_PROXY: (canary) => `http://somebody:${canary}@127.0.0.1:9`,
  MCP_AUTH_TOKEN: (canary) => `alice:danger:${canary}+/==`,
  MCP_LOGINS: (canary) => JSON.stringify({ bob: { user: 'bob@pve', password: `${canary}/+` } }),
  MCP_APPROVE_SECRET: (canary) => `${canary}/+&=%`,
  MCP_STORE: (canary) => `redis://somebody:${canary}@127.0.0.1:9`,
  MCP_STORE_KEY: (canary) => `${canary}/+&=%`.padEnd(32, '.'),
};

/** A bad value of each setting that is a secret or may hold one by mistake. */
const BAD: Record<string, (canary: string) => string> = {
  PROXMOX_URL: (canary) => `https://root:${canary}@host/path`,
  PROXMOX_USER: (canary) => `root@pam:${canary}`,
  PROXMOX_TOKEN_ID: (canary) => `root@pam!full=${canary}`,
  PROXMOX_PASSWORD: (canary) => `${canary}\n${canary}`,
  PROXMOX_PROXY: (canary) => `socks://somebody:${canary}@host/path`,
  MCP_AUTH_TOKEN: (canary) => `alice:all:${canary}`,
  MCP_LOGINS: (canary) => `{"bob": "${canary}"`,
  MCP_APPROVE_SECRET: () => 'canary',
  MCP_STORE: (canary) => `http://somebody:${canary}@host`,
  MCP_STORE_KEY: (canary) => canary.slice(0, 20),
};

const table: Setting[] = Object.values(settings);
const secrets = table.filter(({ secret }) => secret).map(({ env }) => env);
const delicate = table.filter(({ secret, mayHoldSecret }) => secret || mayHoldSecret).map(({ env }) => env);

function valuesOf(makers: Record<string, (canary: string) => string>, names: readonly string[]) {
  return Object.fromEntries(names.map((env) => [env, makers[env]?.(core(env)) ?? '']));
}

/** The canaries in a text: plain, percent-encoded (which leaves letters and digits as they are), in hex or base64. */
function finds(text: string, own: readonly string[] = []): string[] {
  const canaries = [...delicate.map(core), ...own];
  return canaries.filter((canary) => {
    const hex = Buffer.from(canary).toString('hex');
    // Wherever it begins in what was encoded; the first and the last letters hold bits of its neighbours.
    const base64 = [0, 1, 2].map((before) =>
      Buffer.from(' '.repeat(before) + canary)
        .toString('base64')
        .slice(before === 0 ? 0 : 4, -4),
    );
    return [canary, hex, ...base64].some((form) => text.includes(form));
  });
}

function filesIn(folder: string): string {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((file) => readFileSync(join(file.parentPath ?? file.path, file.name), 'utf8')).join('\n');
}

const HTTP = ['--transport', 'http', '--port', '0', '--log-level', 'trace'];
const AUTH = VALUES.MCP_AUTH_TOKEN?.(core('MCP_AUTH_TOKEN')).split(':')[2] ?? '';
const MARK = { description: 'a change' };

/** Everything that a server with these settings says while it is asked for much, and leaves behind when it has ended. */
async function everythingSaid(env: Record<string, string>): Promise<{ said: string; answers: string[] }> {
  const state = stateFolder();
  const child = start(HTTP, { ...env, MCP_STATE_DIR: state, MCP_LOGINS_OTHERS: 'default' });
  const ended = outcome(child);
  const [, url = ''] = await waitFor(child.stderr, /"url":"([^"]+)"/);
  const guest = '/nodes/pve1/qemu/100';
  const calls: [string, Record<string, unknown>][] = [
    ['list_nodes', {}],
    ['get_cluster_resources', { limit: 'many' }],
    ['proxmox_api_call', { path: '/access/users' }],
    ['proxmox_api_call', { path: `${guest}/config`, method: 'PUT', data: MARK }],
    ['proxmox_api_call', { path: guest, method: 'DELETE' }],
    ['proxmox_api_call', { path: `${guest}/nonsense` }],
  ];
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const secret = env.MCP_APPROVE_SECRET ?? '';
  const replies = await Promise.all([
    ...calls.map(([name, args]) => {
      const { headers, body } = modernCall(name, args);
      return ask(url, '/mcp', { body, headers: { ...headers, ...bearer(AUTH) } });
    }),
    ask(url, '/mcp', { body: {}, headers: bearer('wrong-0123456789abcdef') }),
    ask(url, '/sse?token=wrong', { headers: { authorization: `Basic ${AUTH}` } }),
    ask(url, '/readyz'),
    fetch(`${url}/approve/222222222222`, {
      method: 'POST',
      headers: form,
      body: new URLSearchParams({ secret }),
    }).then(async (answer) => ({ status: answer.status, headers: {}, text: await answer.text() })),
  ]);
  replies.push(await ask(url, '/metrics', { headers: bearer(AUTH) }));
  child.kill('SIGTERM');
  const { stdout, stderr } = await ended;
  const answers = replies.map(({ status, headers, text }) => `${status} ${JSON.stringify(headers)} ${text}`);
  return { said: [...answers, stdout, stderr, filesIn(state)].join('\n'), answers };
}

test('the values here are of every secret setting', () => {
  expect(Object.keys(VALUES).sort()).toEqual([...secrets].sort());
  expect(Object.keys(BAD).sort()).toEqual([...delicate].sort());
  for (const env of delicate) {
    const canary = core(env);
    expect(finds(`Basic ${Buffer.from(`root:${canary}/`).toString('base64')}`)).toEqual([canary]);
  }
});

test('no secret is in an answer, log, metric or file of a server that reaches Proxmox', async () => {
  const proxmox = await simulatedProxmox();
  const env = valuesOf(
    VALUES,
    secrets.filter(
      (name) => !['PROXMOX_PROXY', 'MCP_STORE', 'MCP_STORE_KEY', 'PROXMOX_PASSWORD'].includes(name),
    ),
  );
  const { said, answers } = await everythingSaid({ ...env, ...proxmox });
  expect(answers[0]).toContain('2 nodes');
  expect(answers[3]).toContain('200');
  expect(answers[4]).toContain('needs_approval');
  expect(said).toContain('a change');
  expect(finds(said, [proxmox.PROXMOX_PASSWORD ?? ''])).toEqual([]);
});

test('nor of one whose proxy, store and Proxmox are away', async () => {
  const env = valuesOf(VALUES, secrets);
  const { said, answers } = await everythingSaid({
    ...env,
    PROXMOX_URL: '192.0.2.1',
    PROXMOX_USER: 'root@pam',
  });
  expect(answers[0]).toContain('Error (');
  expect(finds(said)).toEqual([]);
});

test('nor in what is said of a wrong value', async () => {
  const env = valuesOf(BAD, delicate);
  const { code, stdout, stderr } = await run(HTTP, { env });
  expect(code).toBe(78);
  for (const name of delicate) expect(stderr).toContain(name);
  expect(finds(stdout + stderr)).toEqual([]);
});
