import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { run } from './program.ts';

const good = { PROXMOX_URL: 'pve.invalid', PROXMOX_USER: 'a@pam', PROXMOX_PASSWORD: 'CANARY-secret' };

function folder(files: Record<string, string>): string {
  const path = mkdtempSync(join(tmpdir(), 'proxmox-mcp-test-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

test('without settings the program names the missing ones and --demo, and exits 78', async () => {
  const { code, stdout, stderr } = await run([]);
  expect(code).toBe(78);
  expect(stdout).toBe('');
  for (const name of ['PROXMOX_URL', 'PROXMOX_USER', 'PROXMOX_PASSWORD', '--demo'])
    expect(stderr).toContain(name);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test('everything that is wrong is said at once, and no secret is repeated', async () => {
  const { code, stderr } = await run(['--port', 'high', '--transport', 'carrier-pigeon'], {
    env: {
      ...good,
      PROXMOX_USER: 'nobody',
      PROXMOX_PASSWORD: 'CANARY\nsecret',
      PROXMOX_FINGERPRINT: 'AB',
      LOG_LEVEL: 'loud',
    },
  });
  expect(code).toBe(78);
  for (const name of [
    '--port',
    '--transport',
    'PROXMOX_USER',
    'PROXMOX_PASSWORD',
    'PROXMOX_FINGERPRINT',
    'LOG_LEVEL',
  ]) {
    expect(stderr).toContain(name);
  }
  expect(stderr).not.toContain('CANARY');
});

test.each([
  ['http://pve.lan', /https only/],
  ['https://root:pw@pve.lan', /no login/],
  ['https://pve.lan/?x=1', /no \? in it/],
  ['not a host', /expected host/],
  ['ftp://pve.lan', /expected host/],
])('PROXMOX_URL=%s is refused', async (url, message) => {
  const { code, stderr } = await run([], { env: { ...good, PROXMOX_URL: url } });
  expect(code).toBe(78);
  expect(stderr).toMatch(message);
});

test('a token of another user than PROXMOX_USER is a contradiction', async () => {
  const { code, stderr } = await run([], { env: { ...good, PROXMOX_TOKEN_ID: 'b@pve!x' } });
  expect(code).toBe(78);
  expect(stderr).toMatch(/token of b@pve/);
});

test.each([
  ['MCP_DENY', 'GET nodes'],
  ['MCP_ALLOW', 'FETCH /nodes'],
  ['MCP_PROTECT', '200-100'],
  ['MCP_ALLOWED_HOSTS', 'mcp.example:*:80'],
  ['MCP_TRUSTED_PROXIES', '10.0.0.0/33'],
])('%s=%s is a bad pattern: one clear line', async (name, value) => {
  const { code, stderr } = await run([], { env: { ...good, [name]: value } });
  expect(code).toBe(78);
  expect(stderr.match(/^ {2}- .*$/gm)).toEqual([expect.stringMatching(new RegExp(`^  - ${name}: .`))]);
});

test('an unknown flag is one clear line', async () => {
  const { code, stderr } = await run(['--prot', '1']);
  expect(code).toBe(78);
  expect(stderr).toMatch(/--prot/);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test('a secret file that is missing, and a CA file that is none, are named', async () => {
  const path = folder({ 'ca.pem': 'hello' });
  const { PROXMOX_PASSWORD: _, ...rest } = good;
  const env = {
    ...rest,
    PROXMOX_PASSWORD_FILE: join(path, 'nothing'),
    PROXMOX_CA_FILE: join(path, 'ca.pem'),
  };
  const { code, stderr } = await run([], { env });
  expect(code).toBe(78);
  expect(stderr).toMatch(/PROXMOX_PASSWORD_FILE: cannot read .*nothing \(ENOENT\)/);
  expect(stderr).toMatch(/PROXMOX_CA_FILE: .* no PEM/);
});

test('--env-file gives settings, the environment wins over it, and a missing file is named', async () => {
  const path = folder({ '.env': 'LOG_LEVEL=loud\nMCP_PORT=high # a comment\n' });
  const both = await run(['--demo', '--env-file', join(path, '.env')], { env: { MCP_PORT: '0' } });
  expect(both.code).toBe(78);
  expect(both.stderr).toContain('LOG_LEVEL');
  expect(both.stderr).not.toContain('MCP_PORT');
  const missing = await run(['--env-file', join(path, 'none')]);
  // Node reads this flag itself, wherever it stands, and refuses a missing file in its own words.
  expect(missing.stderr).toMatch(/none( \(ENOENT\)|: not found)/);
  expect(missing.code).not.toBe(0);
});

test('--help shows every setting, --version the version', async () => {
  const help = await run(['--help']);
  expect(help.code).toBe(0);
  for (const name of [
    'PROXMOX_URL',
    'PROXMOX_PASSWORD_FILE',
    '--transport',
    'MCP_ALLOWED_ORIGINS',
    'simulate',
    'demo',
  ]) {
    expect(help.stdout).toContain(name);
  }
  const version = await run(['--version']);
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test.each([
  ['simulate', '--seed', 'huge'],
  ['simulate', '--port', '99999'],
  ['simulate', '--scale', '0'],
  ['simulate', '--color'],
  ['demo', '--twice'],
])('%s %s %s is refused', async (...args) => {
  const { code, stderr } = await run(args);
  expect(code).toBe(78);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test('a port in use is one clear line and exit code 78', async () => {
  const { createServer } = await import('node:net');
  const taken = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void taken.close());
  await new Promise((resolve) => taken.once('listening', resolve));
  const { port } = taken.address() as { port: number };
  const { code, stderr } = await run(['--demo', '--transport', 'http', '--port', String(port)]);
  expect(code).toBe(78);
  expect(stderr).toMatch(/port is in use/);
});

test.each([
  [{ PROXMOX_URL: 'a,https://A:8006/' }, /PROXMOX_URL: https:\/\/a:8006 is there twice/],
  [{ PROXMOX_FINGERPRINT: `${'AB'.repeat(32)},CD` }, /PROXMOX_FINGERPRINT/],
  [{ PROXMOX_PROXY: 'socks5://CANARY@proxy:1080' }, /PROXMOX_PROXY: expected http:\/\/host:port/],
  [{ HTTPS_PROXY: 'two words CANARY' }, /HTTPS_PROXY: expected http:\/\/host:port/],
])('%j is refused', async (env, message) => {
  const { code, stderr } = await run([], { env: { ...good, ...env } });
  expect(code).toBe(78);
  expect(stderr).toMatch(message);
  expect(stderr).not.toContain('CANARY');
});

test.each([
  ['PROXMOX_TOKEN_ID', 'root@pam!full=CANARY-1234'],
  ['PROXMOX_USER', 'root@pam!full=CANARY-1234'],
  ['PROXMOX_URL', 'https://root:CANARY@pve.lan'],
  ['PROXMOX_PROXY', 'ftp://user:CANARY@proxy.lan'],
])('a secret that was pasted into %s is not repeated', async (name, value) => {
  const { code, stderr } = await run([], { env: { ...good, [name]: value } });
  expect(code).toBe(78);
  expect(stderr).toContain(name);
  expect(stderr).not.toContain('CANARY');
});

test('a token secret with a blank in it, and an empty secret file, are found at the start', async () => {
  const path = folder({ empty: '\n', blank: 'two secrets\n' });
  const { PROXMOX_PASSWORD: _, ...rest } = good;
  const blank = await run([], {
    env: { ...rest, PROXMOX_TOKEN_ID: 'x', PROXMOX_PASSWORD_FILE: join(path, 'blank') },
  });
  expect(blank.stderr).toMatch(/PROXMOX_PASSWORD: .*no spaces/);
  const empty = await run([], { env: { ...rest, PROXMOX_PASSWORD_FILE: join(path, 'empty') } });
  expect(empty.stderr).toMatch(/PROXMOX_PASSWORD_FILE: .*empty is empty/);
});

test.each([
  [['inti'], /There is no command inti\.\nCommands: init, doctor, approve, audit, demo, simulate/],
  [['--demo', 'doctor'], /The command doctor must stand first/],
  [
    ['--password', 'CANARY'],
    /--password: a secret has no flag.*\nSet PROXMOX_PASSWORD, or PROXMOX_PASSWORD_FILE/,
  ],
  [['--auth-token=CANARY'], /MCP_AUTH_TOKEN_FILE/],
  [['--demo', 'CANARY'], /a word too much/],
  [['--url'], /--url <value>.* missing/],
  [['demo', '--twice'], /demo takes --once/],
  [['audit', '--nope'], /audit --help/],
  [['approve', 'a', 'b'], /approve --help/],
])('%j is refused in two lines', async (args, says) => {
  const { code, stdout, stderr } = await run(args);
  expect(code).toBe(78);
  expect(stdout).toBe('');
  expect(stderr).toMatch(says);
  expect(stderr).not.toContain('CANARY');
  expect(stderr.trimEnd().split('\n')).toHaveLength(2);
});

test.each(['init', 'doctor', 'approve', 'audit', 'demo', 'simulate'])(
  '%s --help explains it',
  async (command) => {
    const { code, stdout } = await run([command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain(`proxmox-mcp ${command}`);
  },
);

test('help and version are words as well as flags', async () => {
  expect((await run(['help'])).stdout).toContain('Usage:');
  expect((await run(['version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test("an empty variable does not hide the file's value", async () => {
  const path = folder({ '.env': 'LOG_LEVEL=loud\n' });
  const { stderr } = await run(['--demo', '--env-file', join(path, '.env')], { env: { LOG_LEVEL: '' } });
  expect(stderr).toContain('LOG_LEVEL');
});
