import { expect, test } from 'vitest';
import type { Account, Grant } from '../../pve/accounts.ts';
import { accessFindings, ownLoginFinding } from './access-findings.ts';
import { powerOf, type SeenAccess, tokenPower, userPower } from './access-power.ts';

const NOW = 1_800_000_000;
const DAY = 86_400;

const user = (userid: string, more: Partial<Account> = {}): Account => ({
  ...{ userid, enabled: true, expire: 0, groups: [], tokens: [], keys: false, locked: false },
  ...more,
});
const grant = (path: string, ugid: string, role: string, more: Partial<Grant> = {}): Grant => ({
  ...{ path, type: 'user', ugid, role, propagate: true },
  ...more,
});
const seen = (more: Partial<SeenAccess>): SeenAccess => ({
  ...{ users: [], grants: [], groups: new Map(), tfa: new Set<string>() },
  roles: new Map([
    ['Administrator', ['Permissions.Modify', 'Sys.Modify', 'VM.Allocate']],
    ['PVEAuditor', ['Datastore.Audit', 'Sys.Audit', 'VM.Audit', 'VM.GuestAgent.Audit']],
    ['PVEVMAdmin', ['VM.Allocate', 'VM.Audit']],
    ['PVESysAdmin', ['Sys.Audit', 'Sys.Console', 'Sys.Syslog']],
    ['Helper', ['Permissions.Modify', 'VM.Audit']],
  ]),
  realms: new Map([
    ['pam', { type: 'pam', tfa: false }],
    ['pve', { type: 'pve', tfa: false }],
    ['sso', { type: 'openid', tfa: false }],
    ['ldap', { type: 'ldap', tfa: true }],
  ]),
  ...more,
});
const said = (all: SeenAccess) => accessFindings(all, NOW).map(({ severity, what }) => `${severity} ${what}`);

test('how far a role goes depends on where it is given, and whether it holds below', () => {
  const all = seen({});
  const power = (path: string, role: string, propagate = true) =>
    powerOf(grant(path, 'a@pve', role, { propagate }), all);
  expect(power('/', 'Administrator')).toBe('all');
  expect(power('/', 'Administrator', false)).toBeUndefined();
  expect(power('/vms', 'Administrator')).toBe('wide');
  expect(power('/pool/shop', 'Administrator')).toBeUndefined();
  expect(power('/', 'PVEAuditor')).toBeUndefined();
  expect(power('/', 'PVEVMAdmin')).toBe('wide');
  // A shell on the nodes is root on them; who gives rights away gives himself any.
  expect(power('/nodes', 'PVESysAdmin')).toBe('all');
  expect(power('/access', 'Helper')).toBe('all');
});

test('rights through a group count, and a second factor makes an administrator less of a danger', () => {
  const all = seen({
    users: [user('ann@pve', { groups: ['ops'] }), user('ben@pve', { groups: ['ops'] })],
    grants: [grant('/', 'ops', 'Administrator', { type: 'group' })],
    groups: new Map([['ops', ['ann@pve', 'ben@pve']]]),
    tfa: new Set(['ben@pve']),
  });
  expect(said(all)).toEqual([
    'critical ann@pve may do everything and has no second factor',
    'warning ben@pve may do everything',
  ]);
  expect(accessFindings(all, NOW)[0]).toMatchObject({
    evidence: 'Administrator on / through group ops',
    fix: expect.stringContaining('pveum acl delete / --groups ops --roles Administrator'),
  });
});

test('nobody is blamed for a missing second factor where it is not known, asked for by the realm, or the provider’s', () => {
  const admin = (userid: string) => grant('/', userid, 'Administrator');
  const users = ['a@sso', 'b@ldap'].map((userid) => user(userid));
  const known = seen({ users, grants: users.map(({ userid }) => admin(userid)) });
  expect(said(known)).toEqual(['warning a@sso may do everything', 'warning b@ldap may do everything']);
  const blind = seen({ users: [user('root@pam'), user('c@pve')], grants: [admin('c@pve')], tfa: undefined });
  expect(said(blind)).toEqual(['warning c@pve may do everything']);
  expect(said(seen({ users: [user('root@pam')] }))).toEqual(['warning root@pam has no second factor']);
});

test('tokens: those that may do everything, that soon end, that ended, that are not set apart', () => {
  const token = (id: string, privsep: boolean, expire = 0) => ({ id, privsep, expire });
  const all = seen({
    users: [
      user('ann@pve', {
        tokens: [
          token('ann@pve!near', true, NOW + 2 * DAY),
          token('ann@pve!old', false, NOW - DAY),
          token('ann@pve!open', false),
        ],
      }),
      user('root@pam', { keys: true, tokens: [token('root@pam!all', false), token('root@pam!set', true)] }),
    ],
  });
  expect(said(all)).toEqual([
    'warning token ann@pve!near expires in 2d: what uses it stops then',
    expect.stringContaining('note token ann@pve!old expired 2027-01-14'),
    'note token ann@pve!open may do all that its user may (privilege separation is off)',
    'warning token root@pam!all may do everything, for ever',
  ]);
  const apart = { id: 'ann@pve!x', privsep: true };
  const given = [
    grant('/', 'ann@pve', 'PVEVMAdmin'),
    grant('/', 'ann@pve!x', 'Administrator', { type: 'token' }),
  ];
  // No token does more than its user.
  expect(tokenPower(apart, seen({ users: [user('ann@pve')], grants: given }))).toBe('wide');
  expect(userPower('ann@pve', seen({ users: [user('ann@pve')], grants: given }))).toBe('wide');
});

test('what is left of users who may not come in, empty groups with rights, and roles that give rights away', () => {
  const all = seen({
    users: [
      user('off@pve', { enabled: false, tokens: [{ id: 'off@pve!t', privsep: false, expire: 0 }] }),
      user('over@pve', { expire: NOW - DAY }),
      user('pia@pve'),
    ],
    grants: [
      grant('/pool/x', 'pia@pve', 'Helper'),
      grant('/vms/1', 'over@pve', 'PVEVMAdmin'),
      grant('/vms', 'void', 'PVEVMAdmin', { type: 'group' }),
    ],
    groups: new Map([['void', []]]),
  });
  expect(said(all)).toEqual([
    'note off@pve is disabled and still has 1 token',
    expect.stringMatching(/^note over@pve expired .* and still has PVEVMAdmin on \/vms\/1$/),
    'note group void has rights and no members',
    'warning pia@pve can give away rights on /pool/x: role Helper has Permissions.Modify',
  ]);
});

test('the server’s own login is named where it may do everything', () => {
  expect(ownLoginFinding({ kind: 'token', name: 'root@pam!x' }, 'all')).toHaveLength(1);
  expect(ownLoginFinding({ kind: 'token', name: 'mcp@pve!x' }, undefined)).toEqual([]);
});

test('a name that is a command is none in the line that a person copies', () => {
  const name = "a'$(reboot)@pve";
  const all = seen({ users: [user(name)], grants: [grant('/', name, 'Administrator')] });
  const quoted = `--users 'a'\\''$(reboot)@pve' --roles`;
  expect(accessFindings(all, NOW)[0]?.fix).toContain(quoted);
});
