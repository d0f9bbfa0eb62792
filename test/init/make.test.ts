import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { path } from '../../src/api/path.ts';
import { roleOf } from '../../src/cli/init/levels.ts';
import { createClient } from '../../src/client.ts';
import { PRIVILEGES } from '../../src/simulator/world/roles.ts';
import { failureOf } from '../failure-of.ts';
import { hello, line, start, waitFor } from '../program.ts';
import { accessOf, town } from './town.ts';

/** A client with the settings that init wrote. */
function clientWith(settings: NodeJS.Dict<string>) {
  const { PROXMOX_URL: url = '', PROXMOX_TOKEN_ID: tokenId = '', PROXMOX_PASSWORD: secret = '' } = settings;
  return createClient({ url, tokenId, secret, fingerprint: settings.PROXMOX_FINGERPRINT ?? '' });
}

test('at a terminal: host, fingerprint, level, login, and a look at what will be done', async () => {
  const { person, listening, password, file, mode, settings } = await town();
  const { shown, questions, error } = await person([], [listening.url, 'y', 'read', '', password, 'y']);
  expect(error).toBeUndefined();
  expect(questions.map((question) => question.split(/[?[:(]/)[0]?.trim())).toEqual([
    'Name or address of the Proxmox server',
    'Is it the same',
    'Level',
    'Who may make users and roles',
    'Password of root@pam',
    'Do it',
  ]);
  expect(shown).toContain(listening.fingerprint);
  expect(shown).toContain('openssl x509 -noout -fingerprint -sha256');
  expect(shown).toMatch(/make {3}role proxmox-mcp-read \(7 privileges\)/);
  expect(shown).toContain('proven: the token logs in');
  expect(mode()).toBe(0o600);
  expect(settings()).toMatchObject({
    PROXMOX_URL: listening.url,
    PROXMOX_TOKEN_ID: 'mcp@pve!mcp',
    PROXMOX_FINGERPRINT: listening.fingerprint,
    MCP_READ_ONLY: 'true',
  });
  for (const client of ['Gemini CLI', 'Claude Desktop', 'Claude Code', 'VS Code', 'Cursor', 'Codex'])
    expect(shown).toContain(client);
  expect(shown).toContain(`claude mcp add proxmox -- npx -y proxmox-mcp --env-file ${file}`);
  expect(shown).not.toContain(settings().PROXMOX_PASSWORD);
});

test('what is printed for a client starts a server that works, by the way this one was started', async () => {
  const { program, sure } = await town();
  const { stdout } = await program([...sure, '--level', 'read', '--json']);
  const [{ block }] = JSON.parse(stdout).clients;
  const { command, args } = JSON.parse(block).mcpServers.proxmox;
  expect([command, args[0]]).toEqual(['node', resolve('dist/cli.js')]);
  const server = start(args.slice(1));
  const call = { name: 'list_nodes', arguments: {} };
  server.stdin.write(hello() + line({ id: 1, method: 'tools/call', params: call }));
  const [answer] = await waitFor(server.stdout, /^\{.*"id":1\b.*\}$/m);
  expect(JSON.parse(answer).result.isError).not.toBe(true);
  expect(answer).toContain('pve1');
});

test('what is typed wrong is asked again: address, fingerprint, level, password', async () => {
  const { person, listening, password, settings, simulator } = await town();
  const typed = ['http://pve1', listening.url, 'AA:BB:CC:DD:EE:FF:00:11', 'y', 'all', 'Read'];
  const { questions, shown, error } = await person([], [...typed, '', 'not it', password, 'y']);
  expect(error).toBeUndefined();
  expect(questions).toHaveLength(10);
  for (const why of ['https only', 'no SHA-256 fingerprint', 'read, operate or full', 'does not accept'])
    expect(shown).toContain(why);
  expect(settings().MCP_READ_ONLY).toBe('true');

  const before = accessOf(simulator);
  const again = [
    '--url',
    listening.url,
    '--level',
    'full',
    '--fingerprint',
    listening.fingerprint,
    '--force',
  ];
  const never = await person(again, ['', 'a', 'b', 'c', password]);
  expect(never.error).toMatchObject({ code: 'auth' });
  expect(accessOf(simulator)).toEqual(before);
});

test('the line that openssl prints on the server may be pasted; another one ends it', async () => {
  const { person, listening, password, settings } = await town();
  const flags = ['--url', listening.url, '--level', 'read', '--yes'];
  const same = await person(flags, [`sha256 Fingerprint=${listening.fingerprint}`, '', password]);
  expect(same.error).toBeUndefined();
  expect(settings().PROXMOX_FINGERPRINT).toBe(listening.fingerprint);
  const other = listening.fingerprint.replace(/^../, (pair) => (pair === '00' ? '01' : '00'));
  const { error } = await person([...flags, '--force', '--regenerate'], [`sha256 Fingerprint=${other}`]);
  expect(error).toMatchObject({ code: 'tls' });
});

test.each([
  ['read', 7, ['VM.Audit'], ['VM.PowerMgmt', 'VM.Allocate', 'Permissions.Modify']],
  ['operate', 24, ['VM.PowerMgmt', 'VM.Snapshot.Rollback'], ['VM.Allocate', 'VM.Console', 'Sys.Modify']],
  ['full', 42, ['VM.Allocate', 'Sys.Modify'], ['Permissions.Modify', 'User.Modify', 'Realm.Allocate']],
] as const)(
  'the program makes a token of level %s that holds what it should',
  async (level, count, has, lacks) => {
    const { program, sure, settings, simulator } = await town();
    const { code, stdout, stderr } = await program([...sure, '--level', level, '--json']);
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ level, user: 'mcp@pve', tokenId: 'mcp@pve!mcp' });
    const client = clientWith(settings());
    const held = await client.get<Record<string, Record<string, unknown>>>(path`/access/permissions`);
    await client.close();
    expect(Object.keys(held['/'] ?? {})).toHaveLength(count);
    for (const privilege of has) expect(held['/']).toHaveProperty([privilege], 1);
    for (const privilege of lacks) expect(held['/']).not.toHaveProperty([privilege]);
    const { acl } = accessOf(simulator);
    const ours = acl.filter(({ ugid }) => String(ugid).startsWith('mcp@pve') && !String(ugid).includes('ro'));
    for (const ugid of ['mcp@pve', 'mcp@pve!mcp'])
      expect(ours).toContainEqual({
        path: '/',
        type: ugid.includes('!') ? 'token' : 'user',
        ugid,
        roleid: `proxmox-mcp-${level}`,
        propagate: 1,
      });
    expect('MCP_READ_ONLY' in settings()).toBe(level === 'read');
  },
);

test('level full is all that Proxmox VE 9.2 knows, but for who may do what', () => {
  const left = PRIVILEGES.filter((privilege) => !roleOf('full').privileges.includes(privilege));
  expect(left).toEqual([
    ...['Group.Allocate', 'Permissions.Modify', 'Realm.Allocate', 'Realm.AllocateUser', 'User.Modify'],
  ]);
});

test('a token of level full cannot give itself more', async () => {
  const { program, sure, settings } = await town();
  await program([...sure, '--level', 'full']);
  const client = clientWith(settings());
  const more = { privs: 'Permissions.Modify', append: 1 };
  expect(await failureOf(client.put(path`/access/roles/${'proxmox-mcp-full'}`, more))).toMatchObject({
    code: 'forbidden',
  });
  const grant = { path: '/', roles: 'Administrator', tokens: 'mcp@pve!mcp' };
  expect(await failureOf(client.put(path`/access/acl`, grant))).toMatchObject({ code: 'forbidden' });
  await client.close();
});

test('password and secret are shown nowhere', async () => {
  const { program, sure, settings, password } = await town({ random: true });
  for (const flags of [[], ['--json', '--force', '--regenerate']]) {
    const { stdout, stderr } = await program([...sure, '--level', 'read', ...flags]);
    const secret = settings().PROXMOX_PASSWORD ?? '';
    expect(secret.length).toBeGreaterThan(20);
    for (const canary of [password, secret]) expect(stdout + stderr).not.toContain(canary);
  }
});

test('with --json stdout is JSON alone, and the words are on stderr', async () => {
  const { program, sure } = await town();
  const { stdout, stderr } = await program([...sure, '--level', 'read', '--json']);
  expect(JSON.parse(stdout).done).toContain('made: user mcp@pve (no password)');
  expect(JSON.parse(stdout).clients).toHaveLength(6);
  expect(stderr).toContain('made: user mcp@pve');
});

test('what nobody can be asked must be said', async () => {
  const { program, listening, sure, simulator } = await town();
  const before = accessOf(simulator);
  const cases: [args: string[], says: string][] = [
    [[], '--url'],
    [['--url', listening.url], `--fingerprint ${listening.fingerprint}`],
    [[...sure], '--level'],
    [['--url', listening.url, '--fingerprint', listening.fingerprint, '--level', 'read'], '--yes'],
  ];
  for (const [args, says] of cases) {
    const { code, stderr } = await program(args);
    expect(code, says).toBe(78);
    expect(stderr).toContain(says);
  }
  const { code, stderr } = await program([...sure, '--level', 'read'], '');
  expect([code, stderr]).toEqual([78, expect.stringContaining('--password-file')]);
  for (const args of [
    ['--level', 'all'],
    ['--user', 'mcp'],
    ['--token-name', '1'],
    ['--fingerprint', 'AB'],
    ['--password', 'x'],
    ['--url', 'http://x'],
  ])
    expect((await program(args)).code, args.join(' ')).toBe(78);
  expect(accessOf(simulator)).toEqual(before);
});

test('a certificate that is trusted anyway needs no pin, and nobody is asked about it', async () => {
  const { program, listening, home, password, settings } = await town();
  const authorities = join(home, 'authorities.pem');
  writeFileSync(authorities, listening.certificate);
  const flags = ['--url', listening.url, '--level', 'read', '--yes'];
  const { code, stdout, stderr } = await program(flags, `${password}\n`, {
    NODE_EXTRA_CA_CERTS: authorities,
  });
  expect(code, stderr).toBe(0);
  expect(stdout).toContain('no pin is needed');
  expect(settings()).not.toHaveProperty('PROXMOX_FINGERPRINT');
});

test('--yes trusts no certificate by itself, and another one than the given is refused', async () => {
  const { program, listening } = await town();
  const alone = await program(['--url', listening.url, '--level', 'read', '--yes']);
  expect(alone.code).toBe(78);
  const other = await program([
    '--url',
    listening.url,
    '--level',
    'read',
    '--yes',
    '--fingerprint',
    'AA'.repeat(32),
  ]);
  expect(other.code).toBe(1);
  expect(other.stderr).toContain('is another one');
});

test('a wrong password, and an administrator who may not, change nothing', async () => {
  const { program, sure, simulator, file } = await town();
  simulator.world.access.addUser('carl@pve', { password: 'carls-password' });
  const before = accessOf(simulator);
  const wrong = await program([...sure, '--level', 'read'], 'wrong\n');
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('root@pam')]);
  const carl = await program([...sure, '--level', 'read', '--admin', 'carl@pve'], 'carls-password\n');
  expect(carl.code).toBe(1);
  expect(carl.stderr).toContain('Nothing was changed before that');
  expect(accessOf(simulator)).toEqual(before);
  expect((await program(['--remove', '--out', file])).code).toBe(78);
});

test('a no at the end changes nothing', async () => {
  const { person, listening, password, simulator } = await town();
  const before = accessOf(simulator);
  for (const typed of [
    ['y', 'operate', '', password, 'n'],
    ['y', 'operate', '', password, ''],
    ['n'],
    [''],
  ]) {
    const { error } = await person(['--url', listening.url], typed);
    expect(error).toMatchObject({ code: 'cancelled' });
  }
  expect(accessOf(simulator)).toEqual(before);
});

test('a second time: what is there is used, the file and the token are replaced only when that is said', async () => {
  const { program, sure, settings, simulator } = await town();
  const flags = [...sure, '--level', 'read'];
  await program(flags);
  const first = settings().PROXMOX_PASSWORD;
  const file = await program(flags);
  expect([file.code, file.stderr]).toEqual([1, expect.stringContaining('--force')]);
  const token = await program([...flags, '--force']);
  expect([token.code, token.stderr]).toEqual([1, expect.stringContaining('--regenerate')]);
  expect(settings().PROXMOX_PASSWORD).toBe(first);

  const again = await program([...flags, '--force', '--regenerate', '--json']);
  expect(again.code, again.stderr).toBe(0);
  expect(JSON.parse(again.stdout).used).toEqual(['role proxmox-mcp-read', 'user mcp@pve']);
  expect(accessOf(simulator).tokens.filter((id) => id.startsWith('mcp@pve!m'))).toEqual(['mcp@pve!mcp']);
  const client = clientWith(settings());
  expect(await client.get(path`/version`)).toMatchObject({ version: expect.any(String) });
  await client.close();
});

test('a token that init did not make is never replaced', async () => {
  const { program, sure, simulator } = await town();
  simulator.world.access.addUser('mcp@pve');
  const { secret } = simulator.world.access.addToken('mcp@pve', 'mcp', { privsep: 1 });
  const { code, stderr } = await program([...sure, '--level', 'read', '--regenerate']);
  expect([code, stderr]).toEqual([1, expect.stringContaining('--token-name')]);
  expect(simulator.logins['mcp@pve!mcp']).toBe(secret);
});

test('a role that somebody changed is set right again', async () => {
  const { program, sure, simulator } = await town();
  simulator.world.access.roles.set('proxmox-mcp-read', ['VM.Allocate', 'VM.Audit']);
  const { code, stdout } = await program([...sure, '--level', 'read', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout).done[0]).toContain('gets 6 more and 1 fewer privileges');
  expect(simulator.world.access.roles.get('proxmox-mcp-read')).not.toContain('VM.Allocate');
});

test('an older release, which lacks privileges, gets those that it knows', async () => {
  const { program, sure, simulator } = await town();
  const { roles } = simulator.world.access;
  roles.set(
    'Administrator',
    (roles.get('Administrator') ?? []).filter((one) => !one.startsWith('VM.GuestAgent')),
  );
  const { code, stderr } = await program([...sure, '--level', 'operate']);
  expect(code, stderr).toBe(0);
  expect(roles.get('proxmox-mcp-operate')).toHaveLength(22);
});

test('an entry that stands in the way is found by the proof', async () => {
  const { program, sure, simulator } = await town();
  simulator.world.access.addUser('mcp@pve');
  simulator.world.access.grant('/', 'user', 'mcp@pve', 'NoAccess');
  const { code, stderr } = await program([...sure, '--level', 'read']);
  expect(code).toBe(1);
  expect(stderr).toContain('the proof failed');
  expect(stderr).toContain('Undo it: ');
  expect(stderr).toContain('init --remove');
});

test('a disabled user is refused before anything is made', async () => {
  const { program, sure, simulator } = await town();
  simulator.world.access.addUser('mcp@pve', { enable: 0 });
  const before = accessOf(simulator);
  const { code, stderr } = await program([...sure, '--level', 'read']);
  expect([code, stderr]).toEqual([1, expect.stringContaining('is disabled')]);
  expect(accessOf(simulator)).toEqual(before);
});

test('the password can come from a file, and the settings can go elsewhere', async () => {
  const { program, sure, password, home } = await town();
  writeFileSync(join(home, 'password'), `${password}\n`);
  const out = join(home, 'deep/er/settings.env');
  const flags = [...sure, '--level', 'read', '--password-file', join(home, 'password'), '--out', out];
  expect((await program(flags, '')).code).toBe(0);
  const bad = await program([...sure, '--level', 'read', '--out', home, '--force']);
  expect([bad.code, bad.stderr]).toEqual([78, expect.stringContaining(home)]);
});
