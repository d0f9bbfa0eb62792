import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { run, start, waitFor } from '../program.ts';
import { ask, bearer, hello } from './raw.ts';

const HTTP = ['--demo', '--transport', 'http', '--port', '0'];
const TOKEN = 'CANARY-0123456789abcdef';

test.each(['0.0.0.0', '::', '192.0.2.1', 'localhost.example', '127.0.0.1.example'])(
  'http on %s without authentication is refused with the reason, and exit code 78',
  async (host) => {
    const { code, stderr } = await run([...HTTP, '--host', host]);
    expect(code).toBe(78);
    expect(stderr).toContain('MCP_AUTH_TOKEN is missing');
    expect(stderr).toContain(`http on ${host} can be reached from elsewhere`);
    expect(stderr).toContain('MCP_AUTH=none');
  },
);

test.each([
  [{ MCP_AUTH_TOKEN: 'CANARY-short' }, /MCP_AUTH_TOKEN: entry 1: a token has at least 16/],
  [{ MCP_AUTH_TOKEN: `a:read:${TOKEN},b:write:${TOKEN}` }, /entry 2: the scope is read, change or danger/],
  [{ MCP_AUTH_TOKEN: `a:read:${TOKEN}\nb:read:${TOKEN}` }, /entry 2: that token is there twice/],
  [{ MCP_AUTH_TOKEN: `a:${TOKEN}` }, /entry 1: expected name:scope:token/],
  [{ MCP_AUTH_TOKEN: `${TOKEN} ${TOKEN}` }, /entry 1: a token has letters, digits/],
  [{ MCP_AUTH_TOKEN: ' , ' }, /MCP_AUTH_TOKEN: holds no token/],
  [{ MCP_AUTH_TOKEN_FILE: '/nonexistent/CANARY-none' }, /MCP_AUTH_TOKEN_FILE: cannot read .*ENOENT/],
  [{ MCP_AUTH: 'none', MCP_AUTH_TOKEN: TOKEN }, /MCP_AUTH is none, but there are tokens/],
  [{ MCP_AUTH: 'yes' }, /MCP_AUTH: expected none/],
  [{ MCP_OAUTH_ISSUER: 'https://idp.example' }, /MCP_OAUTH_AUDIENCE is missing/],
  [{ MCP_OAUTH_AUDIENCE: 'x' }, /MCP_OAUTH_ISSUER is missing/],
  [{ MCP_OAUTH_ISSUER: 'http://idp.example', MCP_OAUTH_AUDIENCE: 'x' }, /MCP_OAUTH_ISSUER: expected https/],
])('%j is refused in one clear line', async (env, message) => {
  const { code, stderr } = await run([...HTTP, '--host', '0.0.0.0'], { env: env as Record<string, string> });
  expect(code).toBe(78);
  expect(stderr).toMatch(message);
  expect(stderr).toContain('A setting is missing or wrong');
  expect(stderr.replace('/nonexistent/CANARY-none', '')).not.toContain('CANARY');
});

test.each(['0.0.0.0', '127.0.0.1'])(
  'MCP_AUTH=none on %s says it out loud, and is warned about',
  async (host) => {
    const child = start([...HTTP, '--host', host], { MCP_AUTH: 'none' });
    await waitFor(child.stderr, /"level":40.*MCP_AUTH is none: whoever reaches this address can use Proxmox/);
  },
);

test('tokens come from a file, one on each line; no log has them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'proxmox-mcp-auth-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'tokens');
  writeFileSync(file, `# who may come in\nalice:danger:${TOKEN}a\n\nbob:read:${TOKEN}b\n`);
  const child = start([...HTTP, '--host', '0.0.0.0', '--log-level', 'trace'], { MCP_AUTH_TOKEN_FILE: file });
  let logged = '';
  child.stderr.on('data', (part) => (logged += part));
  const [, port] = await waitFor(child.stderr, /http:\/\/0\.0\.0\.0:(\d+)/);
  const url = `http://127.0.0.1:${port}`;
  const statuses = [
    await ask(url, '/mcp', { body: hello }),
    await ask(url, '/mcp', { body: hello, headers: bearer(`${TOKEN}a`) }),
    await ask(url, '/mcp', { body: hello, headers: bearer(`${TOKEN}b`) }),
    await ask(url, '/mcp', { body: hello, headers: bearer(`${TOKEN}c`) }),
  ].map(({ status }) => status);
  expect(statuses).toEqual([401, 200, 200, 401]);
  expect(logged).not.toContain('CANARY');
  expect(logged).not.toContain('MCP_AUTH is none');
});
