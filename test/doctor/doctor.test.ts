import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer as createWebServer } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { closedPort, makeIdentity, serve } from '../../src/api/test-server.ts';
import { coloursFor } from '../../src/cli/colour.ts';
import { doctor } from '../../src/cli/doctor/doctor.ts';
import { createVirtualClock } from '../../src/simulator/virtual-clock.ts';
import { run } from '../program.ts';
import { patient } from './patient.ts';

test('where all is well, each look says so and the exit code is 0', async () => {
  const { doctor, env, simulator } = await patient();
  const { code, ok, findings, bad, stdout } = await doctor();
  expect([code, ok, bad]).toEqual([0, true, []]);
  expect([...new Set(findings.map(({ check }) => check))]).toEqual([
    ...['settings', 'TCP', 'TLS', 'clock', 'login', 'version', 'nodes', 'tools', 'privileges'],
    ...['guest agent', 'state', 'ledger'],
  ]);
  expect(stdout).not.toContain(env.PROXMOX_PASSWORD);
  expect(simulator.received.filter(({ method }) => method !== 'GET')).toEqual([]);
});

test('people read a line for each look, and what to do about a bad one', async () => {
  const { env } = await patient();
  const well = await run(['doctor'], { env });
  expect(well.code).toBe(0);
  expect(well.stdout).toMatch(/^✓ TLS {10}The certificate is the pinned one\.$/m);
  expect(well.stdout).toMatch(/All is well\.\n$/);
  const { code, stdout } = await run(['doctor'], { env: { ...env, PROXMOX_PASSWORD: 'x'.repeat(36) } });
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^✗ login {8}Proxmox does not accept the login of root@pam!full.*\n +→ Check the token/m,
  );
  expect(stdout).toMatch(/One thing is wrong\.\n$/);
  expect(stdout).not.toContain('\u001b[');
});

test('colours are for terminals, and not with NO_COLOR', async () => {
  const { env, listening } = await patient();
  const shown = async (isTerminal: boolean, more: Record<string, string>) => {
    let text = '';
    const write = (part: string) => {
      text += part;
    };
    const all = { ...env, ...more };
    const environment = () => ({ env: all, readFile: () => '' });
    await doctor([], { write, environment, colours: coloursFor(isTerminal, all) });
    expect(text).toContain(new URL(listening.url).host);
    return text;
  };
  expect(await shown(true, {})).toContain('\u001b[32m✓\u001b[0m');
  expect(await shown(true, { NO_COLOR: '1' })).not.toContain('\u001b[');
  expect(await shown(false, {})).not.toContain('\u001b[');
});

test('settings that are wrong end it with 78, in words and in JSON', async () => {
  const { doctor, env } = await patient();
  const wrong = await doctor({ PROXMOX_FINGERPRINT: 'AB' });
  expect([wrong.code, wrong.ok]).toEqual([78, false]);
  expect(wrong.bad).toMatchObject([
    { check: 'settings', text: expect.stringContaining('PROXMOX_FINGERPRINT') },
  ]);
  const none = await run(['doctor'], { env: { HOME: env.HOME ?? '' } });
  expect([none.code, none.stdout]).toEqual([78, expect.stringContaining('PROXMOX_URL is missing')]);
  expect((await run(['doctor', '--nonsense'])).code).toBe(78);
});

test("without settings it takes init's file, and says when others can read it", async () => {
  const { env, home } = await patient();
  const folder = join(home, '.config/proxmox-mcp');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'proxmox.env');
  const lines = Object.entries(env).filter(([name]) => name.startsWith('PROXMOX_'));
  writeFileSync(file, lines.map(([name, value]) => `${name}=${value}\n`).join(''), { mode: 0o600 });
  const { code, stdout } = await run(['doctor'], { env: { HOME: home } });
  expect(code, stdout).toBe(0);
  expect(stdout).toContain(file);
  chmodSync(file, 0o644);
  const open = await run(['doctor'], { env: { HOME: home } });
  expect(open.code).toBe(1);
  expect(open.stdout).toContain(`chmod 600 ${file}`);
});

test('a name that nobody knows, a port where nothing listens, and a port that is silent', async () => {
  const { doctor } = await patient();
  const name = await doctor({ PROXMOX_URL: 'pve.invalid' });
  expect([name.code, name.bad]).toMatchObject([1, [{ check: 'DNS' }]]);
  const port = await doctor({ PROXMOX_URL: `127.0.0.1:${await closedPort()}` });
  expect(port.bad).toMatchObject([{ check: 'TCP', text: expect.stringContaining('ECONNREFUSED') }]);
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => void silent.close());
  const { port: number } = silent.address() as { port: number };
  const quiet = await doctor({ PROXMOX_URL: `127.0.0.1:${number}`, PROXMOX_TIMEOUT: '1' });
  expect(quiet.bad).toMatchObject([{ check: 'TLS' }]);
});

test('certificates: another than the pinned one, and one that nobody vouches for', async () => {
  const { doctor, listening, env } = await patient();
  const other = await doctor({ PROXMOX_FINGERPRINT: 'AA'.repeat(32) });
  expect(other.bad).toMatchObject([{ check: 'TLS', text: expect.stringContaining(listening.fingerprint) }]);
  const unknown = await doctor({ PROXMOX_FINGERPRINT: '' });
  expect(unknown.bad).toMatchObject([{ check: 'TLS', hint: expect.stringContaining('PROXMOX_FINGERPRINT') }]);
  expect(unknown.about('login')).toEqual([]);
  const any = await doctor({ PROXMOX_FINGERPRINT: '', PROXMOX_VERIFY_SSL: 'false' });
  expect([any.code, any.about('TLS')]).toMatchObject([0, [{ state: 'note' }]]);
  const ca = join(env.HOME ?? '', 'ca.pem');
  writeFileSync(ca, listening.certificate);
  const signed = await doctor({ PROXMOX_FINGERPRINT: '', PROXMOX_CA_FILE: ca });
  expect([signed.code, signed.about('TLS')]).toMatchObject([
    0,
    [{ text: expect.stringContaining('PROXMOX_CA_FILE') }],
  ]);
});

test('a certificate that ends soon, or has ended', async () => {
  const { doctor } = await patient();
  for (const [days, says] of [
    [3, 'expires on'],
    [-3, 'expired on'],
  ] as const) {
    const identity = await makeIdentity({ notAfter: new Date(Date.now() + days * 24 * 3_600_000) });
    const { port } = await serve(identity, (_request, response) => response.end('{}'));
    const { about } = await doctor({
      PROXMOX_URL: `127.0.0.1:${port}`,
      PROXMOX_FINGERPRINT: identity.fingerprint,
    });
    expect(about('TLS')).toMatchObject([
      { state: 'good' },
      { state: 'note', text: expect.stringContaining(says) },
    ]);
  }
});

test('clocks that are apart', async () => {
  const clock = createVirtualClock();
  const { doctor } = await patient({ clock });
  const { bad } = await doctor();
  expect(bad).toMatchObject([{ check: 'clock', hint: expect.stringContaining('NTP') }]);
});

test('of several hosts, each is looked at, and one that is good is enough to go on', async () => {
  const { doctor, listening } = await patient();
  const { code, about, bad } = await doctor({
    PROXMOX_URL: `127.0.0.1:${await closedPort()},${listening.url}`,
  });
  expect(code).toBe(1);
  expect(bad).toHaveLength(1);
  expect(about('login')).toMatchObject([{ state: 'good' }]);
});

test('privileges: none at all, only to look, and what the settings forbid', async () => {
  const { doctor, simulator } = await patient();
  const { access } = simulator.world;
  access.addUser('new@pve');
  const bare = {
    PROXMOX_TOKEN_ID: 'new@pve!mcp',
    PROXMOX_PASSWORD: access.addToken('new@pve', 'mcp', { privsep: 1 }).secret,
  };
  const none = await doctor(bare);
  expect([none.code, none.bad]).toMatchObject([
    1,
    [
      {
        check: 'privileges',
        hint: expect.stringContaining(
          "pveum acl modify / --roles PVEAuditor --users new@pve --tokens 'new@pve!mcp'",
        ),
      },
    ],
  ]);

  access.grant('/', 'user', 'new@pve', 'PVEAuditor');
  access.grant('/', 'token', 'new@pve!mcp', 'PVEAuditor');
  const looking = await doctor(bare);
  expect(looking.code, looking.stdout).toBe(0);
  expect(looking.about('privileges').map(({ state, text }) => `${state} ${text}`)).toEqual([
    'good everywhere: see guests, see nodes, see storage.',
    expect.stringMatching(/^note in some places/),
    expect.stringMatching(/^note not: start and stop guests \(VM\.PowerMgmt on \/vms\/\{vmid\}\)/),
  ]);

  const { about } = await doctor({ MCP_READ_ONLY: 'true', MCP_DENY: 'GET /cluster/resources' });
  expect(about('privileges').at(-1)?.text).toContain('MCP_READ_ONLY');
  const said = about('tools').map(({ text }) => text);
  expect(said).toContainEqual(expect.stringContaining('cluster: none, as the settings have it'));
  const reading = await doctor({ MCP_READ_ONLY: 'true' });
  expect(reading.about('tools')).toContainEqual({
    ...{ check: 'tools', state: 'good', text: expect.stringMatching(/^cluster: .*list_nodes/) },
  });
});

test('a node that is offline is worth a word, and the rest is looked at', async () => {
  const { doctor } = await patient({ faults: [{ name: 'offline-node', node: 'pve2' }] });
  const { code, about } = await doctor();
  expect([code, about('nodes')]).toMatchObject([
    0,
    [
      {
        state: 'note',
        text: expect.stringContaining('pve2 of 3 is offline'),
        hint: expect.stringContaining('pvecm'),
      },
    ],
  ]);
  expect(about('privileges')).toMatchObject([{ state: 'good' }]);
});

test('a web server that is no Proxmox, with TLS and without', async () => {
  const { doctor } = await patient();
  const identity = await makeIdentity();
  const { port } = await serve(identity, (_request, response) =>
    response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not found</h1>'),
  );
  const web = { PROXMOX_URL: `127.0.0.1:${port}`, PROXMOX_FINGERPRINT: identity.fingerprint };
  expect((await doctor(web)).bad).toMatchObject([
    { check: 'login', hint: expect.stringContaining('Another web server') },
  ]);
  const plain = createWebServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1');
  await once(plain, 'listening');
  onTestFinished(() => void plain.close());
  const { port: number } = plain.address() as { port: number };
  expect((await doctor({ PROXMOX_URL: `127.0.0.1:${number}` })).bad).toMatchObject([
    { check: 'TLS', hint: expect.stringContaining('Another service') },
  ]);
});

test('a password works, but a token is better; a login that is refused ends the look at Proxmox', async () => {
  const { doctor, simulator } = await patient();
  const { code, about } = await doctor({
    ...{
      PROXMOX_TOKEN_ID: '',
      PROXMOX_USER: 'root@pam',
      PROXMOX_PASSWORD: simulator.logins['root@pam'] ?? '',
    },
  });
  expect([code, about('login')]).toMatchObject([
    0,
    [{ state: 'note', hint: expect.stringContaining('init') }],
  ]);
});

test('the state folder: a ledger that somebody edited, and a folder that is a file', async () => {
  const { doctor, env } = await patient();
  const state = env.MCP_STATE_DIR ?? '';
  mkdirSync(join(state, 'ledger'), { recursive: true });
  writeFileSync(join(state, 'ledger', '2026-01-01T00-00-00Z-abcdef.jsonl'), '{"kind":"begin"}\n');
  const edited = await doctor();
  expect([edited.code, edited.bad]).toMatchObject([
    1,
    [{ check: 'ledger', hint: expect.stringContaining('audit --verify') }],
  ]);
  const file = join(env.HOME ?? '', 'file');
  writeFileSync(file, '');
  const { bad } = await doctor({ MCP_STATE_DIR: join(file, 'state') });
  expect(bad).toMatchObject([{ check: 'state', text: expect.stringContaining("can't be written") }]);
});

test('over HTTP: who may come in, and under which names', async () => {
  const { doctor } = await patient();
  const http = { MCP_TRANSPORT: 'http', MCP_HOST: '0.0.0.0' };
  const open = await doctor({ ...http, MCP_AUTH: 'none' });
  expect(open.bad.map(({ check }) => check)).toEqual(['HTTP', 'Host']);
  const closed = await doctor({
    ...http,
    MCP_AUTH_TOKEN: 'canary-canary-canary',
    MCP_ALLOWED_HOSTS: 'mcp.example.com',
  });
  expect([closed.code, closed.about('Host')]).toMatchObject([
    0,
    [{ text: expect.stringContaining('mcp.example.com') }],
  ]);
  expect(closed.stdout).not.toContain('canary-canary');
  const local = await doctor({ MCP_TRANSPORT: 'http' });
  expect(local.code).toBe(0);
  expect((await doctor(http)).code).toBe(78);
});

test('the demo needs no Proxmox, and nothing of it is looked at', async () => {
  const { findings, code } = await (await patient()).doctor({ MCP_DEMO: 'true' });
  expect([code, findings.map(({ check }) => check)]).toEqual([0, ['settings', 'Proxmox', 'state', 'ledger']]);
});
