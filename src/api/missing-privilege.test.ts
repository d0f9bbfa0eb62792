import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Failure } from '../failure.ts';
import { createSimulator, type Simulator } from '../simulator/simulator.ts';
import { Api } from './api.ts';
import { builtInRoles } from './built-in-roles.ts';
import type { ApiPath } from './path.ts';
import { readRefusal } from './refusal.ts';
import type { Send, Verb } from './wire.ts';

const BOB = 'bob@pve';
const TOKEN = 'bob@pve!bot';

/** A cluster with bob and his token, and a way to call in the name of either. */
function lab(
  grants: Record<string, [to: 'user' | 'token' | 'group', role: string]> = {},
  privsep: 0 | 1 = 1,
) {
  const simulator = createSimulator({ seed: 'tiny' });
  const { access } = simulator.world;
  access.addGroup('staff');
  access.addUser(BOB, { password: 'bob-secret', groups: ['staff'] });
  access.addToken(BOB, 'bot', { privsep });
  for (const [path, [to, role]] of Object.entries(grants))
    access.grant(path.replace(/ .*/, ''), to, to === 'user' ? BOB : to === 'token' ? TOKEN : 'staff', role);
  return { simulator, as: (name: string, send?: Send) => apiFor(simulator, name, send), privileges };

  function privileges(name: string, path: string): string[] {
    return [...access.permissions(name, path).keys()].sort();
  }
}

function apiFor(simulator: Simulator, name: string, send: Send = simulator.fetch): Api {
  const [user = '', tokenName] = name.split('!');
  const secret = simulator.logins[name] ?? '';
  const login =
    tokenName === undefined
      ? ({ kind: 'password', user, password: secret } as const)
      : ({ kind: 'token', user, tokenName, secret } as const);
  return new Api({ send, login, clock: simulator.clock });
}

/** What goes wrong with a call, if anything does. */
async function attempt(
  api: Api,
  line: string,
  params?: Record<string, string>,
): Promise<Failure | undefined> {
  const [verb, path] = line.split(' ') as [Verb, ApiPath];
  return api.request(verb, path, params).then(
    () => undefined,
    (error: Failure) => error,
  );
}

async function refusalOf(api: Api, line: string, params?: Record<string, string>): Promise<Failure> {
  const failure = await attempt(api, line, params);
  expect(failure).toMatchObject({ code: 'forbidden' });
  return failure as Failure;
}

const commandsIn = (hint: string) =>
  [...hint.matchAll(/`(pveum (?:role add|acl modify) [^`]+)`/g)].map(([, command = '']) => command);

/** Does what `pveum` does, over the same API. */
async function run(simulator: Simulator, commands: readonly string[]): Promise<void> {
  const root = apiFor(simulator, 'root@pam');
  for (const command of commands) {
    const [, , , what = '', ...rest] = command.replaceAll("'", '').split(' ');
    const options = Object.fromEntries(
      rest.flatMap((word, at) => (word.startsWith('--') ? [[word.slice(2), rest[at + 1] ?? '']] : [])),
    );
    if (command.includes('role add'))
      await root.post('/access/roles' as ApiPath, { roleid: what, ...options });
    else await root.put('/access/acl' as ApiPath, { path: what, ...options });
  }
}

const START = 'POST /nodes/pve1/qemu/100/status/start';
const CONFIG = 'GET /nodes/pve1/qemu/100/config';

describe('whose it is', () => {
  test('of a user: which privilege, where, and how it is granted', async () => {
    const { hint } = await refusalOf(lab().as(BOB), START);
    expect(hint).toBe(
      'bob@pve needs VM.PowerMgmt on /vms/100. On the server: `pveum role add only-VM.PowerMgmt --privs VM.PowerMgmt`; `pveum acl modify /vms/100 --roles only-VM.PowerMgmt --users bob@pve`. (The built-in role PVEVMUser has it too, and more.)',
    );
  });

  test('a token whose user has it: the token alone', async () => {
    const { as } = lab({ '/': ['user', 'PVEAdmin'], '/access': ['token', 'PVEAuditor'] });
    const { hint } = await refusalOf(as(TOKEN), CONFIG);
    expect(hint).toBe(
      "bob@pve!bot needs VM.Audit on /vms/100: its user bob@pve has it, the privilege-separated token has not. On the server: `pveum acl modify /vms/100 --roles PVEAuditor --tokens 'bob@pve!bot'`.",
    );
  });

  test('a token whose user lacks it, too: both', async () => {
    const { as } = lab({ '/': ['user', 'PVEAuditor'], '/access': ['token', 'PVEAuditor'] });
    const { hint } = await refusalOf(as(TOKEN), START);
    expect(hint).toMatch(/needs VM\.PowerMgmt on \/vms\/100, and its user bob@pve lacks it too\./);
    expect(hint).toContain('and since the token is privilege-separated');
    expect(commandsIn(hint)).toEqual([
      'pveum role add only-VM.PowerMgmt --privs VM.PowerMgmt',
      'pveum acl modify /vms/100 --roles PVEAuditor,only-VM.PowerMgmt --users bob@pve',
      "pveum acl modify /vms/100 --roles only-VM.PowerMgmt --tokens 'bob@pve!bot'",
    ]);
  });

  test('a token that may not ask about its user: how to find out', async () => {
    const { hint } = await refusalOf(lab({ '/': ['user', 'PVEVMAdmin'] }).as(TOKEN), START);
    expect(hint).toContain(
      'unless `pveum user permissions bob@pve --path /vms/100` shows that the user has it',
    );
    expect(commandsIn(hint).at(-1)).toBe(
      "pveum acl modify /vms/100 --roles only-VM.PowerMgmt --tokens 'bob@pve!bot'",
    );
  });

  test('a token of root@pam: the token alone, whose user has everything', async () => {
    const simulator = createSimulator({ seed: 'lab' });
    const { hint } = await refusalOf(
      apiFor(simulator, 'root@pam!priv'),
      'POST /nodes/pve/qemu/100/status/start',
    );
    expect(hint).toMatch(
      /^root@pam!priv needs VM\.PowerMgmt on \/vms\/100; its user root@pam has every privilege\./,
    );
    expect(hint).not.toContain('--users');
  });
});

describe('what the commands do', () => {
  test.each<[string, Parameters<typeof lab>[0], string, string, Record<string, string>?]>([
    ['nothing at all so far', {}, BOB, START],
    ['looking so far', { '/': ['user', 'PVEAuditor'] }, BOB, START],
    ['rights from a group', { '/vms': ['group', 'PVEVMUser'] }, BOB, 'DELETE /nodes/pve1/qemu/100'],
    ['a role on the path itself', { '/vms/100': ['user', 'PVETemplateUser'] }, BOB, START],
    [
      'two roles',
      { '/': ['user', 'PVEAuditor'], '/ ': ['user', 'PVEVMUser'] },
      BOB,
      'DELETE /nodes/pve1/qemu/100',
    ],
    ['a privilege on /', { '/vms': ['user', 'PVEVMAdmin'] }, BOB, 'POST /access/roles', { roleid: 'x' }],
    [
      'looking everywhere, and a privilege on /',
      { '/': ['user', 'PVEAuditor'] },
      BOB,
      'PUT /cluster/options',
      { keyboard: 'de' },
    ],
    [
      'looking everywhere, and a privilege on /access',
      { '/': ['user', 'PVEAuditor'] },
      BOB,
      'POST /access/roles',
      { roleid: 'x' },
    ],
    ['looking by a group', { '/': ['group', 'PVEAuditor'] }, BOB, 'PUT /cluster/options', { keyboard: 'de' }],
    [
      'a user with less than the token',
      { '/access': ['user', 'PVEAuditor'], '/': ['token', 'PVEAuditor'] },
      TOKEN,
      'GET /cluster/firewall/options',
    ],
    ['a token, all of its user', { '/': ['user', 'PVEAdmin'] }, TOKEN, CONFIG],
    ['a token with less', { '/': ['user', 'PVEAdmin'], '/vms': ['token', 'PVEAuditor'] }, TOKEN, START],
    [
      'a token and a user with less',
      {
        '/': ['user', 'PVEAuditor'],
        '/access': ['token', 'PVEAuditor'],
        '/vms': ['token', 'PVETemplateUser'],
      },
      TOKEN,
      START,
    ],
  ])('%s: the call is let through, and nobody loses anything', async (_what, grants, name, line, params) => {
    const { simulator, as, privileges } = lab(grants);
    const paths = ['/', '/vms', '/vms/100', '/vms/101', '/nodes/pve1', '/storage/local'];
    const before = paths.map((path) => [privileges(BOB, path), privileges(name, path)] as const);
    const { hint } = await refusalOf(as(name), line, params);
    const userHasIt =
      hint.includes('unless `pveum user permissions') && privileges(BOB, '/vms/100').length > 0;
    await run(
      simulator,
      commandsIn(hint).filter((command) => !userHasIt || !command.includes('--users')),
    );
    expect((await attempt(as(name), line, params))?.code).not.toBe('forbidden');
    for (const [at, path] of paths.entries()) {
      expect(privileges(BOB, path)).toEqual(expect.arrayContaining(before[at]?.[0] ?? []));
      expect(privileges(name, path)).toEqual(expect.arrayContaining(before[at]?.[1] ?? []));
    }
    // And nothing is gained elsewhere.
    expect(privileges(name, '/vms/101')).toEqual(before[3]?.[1]);
  });
});

describe('refused without a word: the API description says what it takes', () => {
  test('a guest may not be made', async () => {
    const { as } = lab({ '/storage': ['user', 'PVEDatastoreUser'] });
    const { hint, message } = await refusalOf(as(BOB), 'POST /nodes/pve1/qemu', { vmid: '900' });
    expect(message).toBe('Permission check failed');
    expect(hint).toContain('bob@pve needs VM.Allocate on /vms/900.');
    expect(commandsIn(hint).at(-1)).toBe(
      'pveum acl modify /vms/900 --roles only-VM.Allocate --users bob@pve',
    );
  });
});

describe('it stays cheap, and hides nothing', () => {
  test('two reads at most, and only after a refusal', async () => {
    const { simulator, as } = lab({ '/': ['user', 'PVEAuditor'] });
    await as(BOB).get('/version' as ApiPath);
    const count = () => simulator.received.filter(({ path }) => path.endsWith('/access/permissions')).length;
    expect(count()).toBe(0);
    await refusalOf(as(BOB), START);
    expect(count()).toBe(1);
    await refusalOf(as(TOKEN), START);
    expect(count()).toBe(3);
  });

  test.each([
    '{"data":[]}',
    '{"data":{"/vms/100":null}}',
    '{"data":{"/vms/100":"x"}}',
    '{"data":null}',
    '<html>',
    '',
  ])('where the privileges can’t be read (%s) the words of the refusal are explained', async (body) => {
    const { simulator, as } = lab();
    const send: Send = (request) =>
      request.path.includes('/access/permissions')
        ? Promise.resolve({ status: 200, reason: 'OK', headers: {}, body })
        : simulator.fetch(request);
    const { message, hint } = await refusalOf(as(BOB, send), START);
    expect(message).toBe('Permission check failed (/vms/100, VM.PowerMgmt)');
    expect(hint).toContain('bob@pve needs VM.PowerMgmt on /vms/100.');
  });

  test('privileges that a server makes up run nothing in a shell', async () => {
    const { simulator, as } = lab();
    const made = { '/vms/100': { '$(id)': 1, 'VM.Audit;id': 1, '`x`': 1, __proto__: 1, 'VM.Console': 1 } };
    const send: Send = (request) =>
      request.path.includes('/access/permissions')
        ? Promise.resolve({ status: 200, reason: 'OK', headers: {}, body: JSON.stringify({ data: made }) })
        : simulator.fetch(request);
    const { hint } = await refusalOf(as(BOB, send), START);
    expect(commandsIn(hint)).toEqual([
      'pveum role add on-vms-100 --privs VM.PowerMgmt,VM.Console',
      'pveum acl modify /vms/100 --roles on-vms-100 --users bob@pve',
    ]);
  });

  test('asking for privileges that one may not see is refused once', async () => {
    const { simulator, as } = lab();
    const { hint } = await refusalOf(as(BOB), 'GET /access/permissions', { userid: 'root@pam' });
    expect(hint).toContain('Sys.Audit on /access');
    expect(simulator.received.length).toBeLessThan(6);
  });
});

describe('every form of a refusal', () => {
  test.each([
    [
      '(/vms/100, VM.PowerMgmt)',
      { kind: 'privilege', path: '/vms/100', privileges: ['VM.PowerMgmt'], any: false },
    ],
    [
      '(/vms/100, Sys.Audit|Sys.Modify)',
      { kind: 'privilege', privileges: ['Sys.Audit', 'Sys.Modify'], any: true },
    ],
    [
      '(/, VM.PowerMgmt && VM.Config.Disk)',
      { kind: 'privilege', path: '/', privileges: ['VM.PowerMgmt', 'VM.Config.Disk'], any: false },
    ],
    [
      '(/, VM.Snapshot, VM.Snapshot.Rollback)',
      { kind: 'privilege', privileges: ['VM.Snapshot', 'VM.Snapshot.Rollback'] },
    ],
    [
      '(/sdn/zones/localnetwork/vmbr0, SDN.Use)',
      { kind: 'privilege', path: '/sdn/zones/localnetwork/vmbr0' },
    ],
    ['(/mapping/pci/gpu1, Mapping.Use)', { kind: 'privilege', path: '/mapping/pci/gpu1' }],
    ['(/storage/local, Datastore.AllocateSpace)', { kind: 'privilege', path: '/storage/local' }],
    ['(, Sys.Audit)', { kind: 'bad name', privileges: ['Sys.Audit'] }],
    ['(user != root@pam)', { kind: 'root' }],
    ['(mount point type bind is only allowed for root@pam)', { kind: 'root', what: 'mount point type bind' }],
    ["(pool 'x' does not exist)", { kind: 'no pool', pool: 'x' }],
    ["(URI '/access/password' not available with API token, need proper ticket.", { kind: 'no tokens' }],
    ['', { kind: 'unsaid' }],
  ])('Permission check failed %s', (said, refusal) => {
    expect(readRefusal(`Permission check failed ${said}`.trim())).toMatchObject(refusal);
  });

  test.each([
    'no such thing',
    'Permission check failed (gibberish)',
    'permission check failed - missing Datastore.Audit',
  ])('%s is another', (text) => expect(readRefusal(text)).toBeUndefined());
});

describe('as recorded on PVE 9.2', () => {
  interface Recorded {
    name: string;
    response: {
      status?: number;
      json?: { message?: string; data?: { roleid: string; privs: string; special: number }[] };
    };
  }
  const recorded = readFileSync(new URL('../../test/recordings/pve-9.2.jsonl', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Recorded);

  test.each(
    recorded
      .filter(({ response }) => response.status === 403)
      .map(({ name, response }) => [name, response.json?.message ?? '']),
  )('%s is a form that is known', (_name, message) => {
    expect(readRefusal(message.trim())).toBeDefined();
  });

  test('the built-in roles are those that were listed', () => {
    const listed = recorded.find(({ name }) => name === 'roles')?.response.json?.data ?? [];
    const roles = listed.filter(
      ({ special, roleid }) => special && !['PVEAdmin', 'Administrator', 'NoAccess'].includes(roleid),
    );
    const ours = Object.entries(builtInRoles).map(([name, privileges]) => [name, [...privileges].sort()]);
    expect(Object.fromEntries(ours)).toEqual(
      Object.fromEntries(roles.map(({ roleid, privs }) => [roleid, privs.split(',').sort()])),
    );
  });
});
