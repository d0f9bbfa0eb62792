import { expect, test } from 'vitest';
import { createSimulator, type Simulator } from '../simulator.ts';
import { type Ask, ask } from '../testing.ts';

// Texts and shapes recorded on PVE 9.2 unless a test says otherwise.
const FULL = 'root@pam!full';

function start() {
  const simulator = createSimulator({ seed: 'tiny' });
  const call = (line: string, options: Ask = {}) => ask(simulator, line, { as: FULL, ...options });
  const form = (line: string, fields: Record<string, string | number>) => call(line, { form: fields });
  return { simulator, call, form };
}

test('a login answers with ticket, CSRF token and what the web interface may show', async () => {
  const { simulator } = start();
  const login = { username: 'root@pam', password: 'proxmox' };
  const { json, headers, took } = await ask(simulator, 'POST /access/ticket', { form: login });
  expect(took).toBe(0);
  expect(headers.connection).toBe('close, Keep-Alive');
  expect(json.data).toMatchObject({
    username: 'root@pam',
    ticket: expect.stringMatching(/^PVE:root@pam:[0-9A-F]{8}::[A-Za-z0-9+/]{342}==$/),
    CSRFPreventionToken: expect.stringMatching(/^[0-9A-F]{8}:\S{43}$/),
    clustername: 'tiny',
  });
  expect(json.data.cap.access).toEqual({ 'Group.Allocate': 1, 'Permissions.Modify': 1, 'User.Modify': 1 });
  expect(Object.keys(json.data.cap.dc).sort()).toEqual([
    ...['SDN.Allocate', 'SDN.Audit', 'SDN.Use', 'Sys.Audit', 'Sys.Modify'],
  ]);
});

test('root@pam can log in for others with its ticket, and others cannot for root@pam', async () => {
  const { simulator } = start();
  const login = async (username: string, password: string) =>
    ask(simulator, 'POST /access/ticket', { form: { username, password } });
  const root = (await login('root@pam', 'proxmox')).json.data.ticket;
  const alice = await login('alice@pve', root);
  expect(alice.json.data.username).toBe('alice@pve');
  expect((await login('root@pam', alice.json.data.ticket)).status).toBe(401);
});

test('a login for a path and its privileges is a check, not a ticket', async () => {
  const { simulator } = start();
  const check = (path: string, privs: string) =>
    ask(simulator, 'POST /access/ticket', {
      form: { username: 'alice@pve', password: 'wonderland', path, privs },
    });
  const good = await check('/vms/100', 'VM.Audit,VM.Console');
  expect(good.json.data).toMatchObject({ username: 'alice@pve' });
  expect(good.json.data).not.toHaveProperty('ticket');
  expect((await check('/vms/100', 'VM.Allocate')).status).toBe(401);
});

test('tokens are made, shown, changed and taken away', async () => {
  const { simulator, call, form } = start();
  const made = await form('POST /access/users/root@pam/token/lab', { privsep: 0, comment: 'full token' });
  const value = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(made.json.data).toEqual({
    'full-tokenid': 'root@pam!lab',
    info: { comment: 'full token', privsep: '0' },
    value,
  });
  expect((await ask(simulator, 'GET /version', { as: 'root@pam!lab' })).status).toBe(200);
  expect((await call('GET /access/users/root@pam/token/lab')).json.data).toEqual({
    comment: 'full token',
    expire: 0,
    privsep: 0,
  });
  expect((await form('POST /access/users/root@pam/token/lab', { privsep: 0 })).json).toMatchObject({
    ...{ message: 'Parameter verification failed.\n', errors: { tokenid: 'Token already exists.' } },
  });

  const again = (await form('PUT /access/users/root@pam/token/lab', { regenerate: 1 })).json.data;
  expect(again).toEqual({
    comment: 'full token',
    expire: 0,
    privsep: 0,
    'full-tokenid': 'root@pam!lab',
    value,
  });
  expect(again.value).not.toBe(made.json.data.value);
  expect((await call('DELETE /access/users/root@pam/token/lab')).json).toEqual({ data: null });
  const gone = `no such token 'lab' for user 'root@pam'`;
  expect(await call('DELETE /access/users/root@pam/token/lab')).toMatchObject({ status: 500, reason: gone });
  expect(await call('GET /access/users/root@pam/token/lab')).toMatchObject({ status: 500, reason: gone });
  const bad = await call('POST /access/users/alice@pve/token/bad!id', { as: 'root@pam', form: {} });
  expect(bad.json.errors).toEqual({ tokenid: 'value does not match the regex pattern' });
});

test('a token without a word is privilege-separated', async () => {
  const { call, form } = start();
  expect(
    (await form('POST /access/users/alice@pve/token/old', { expire: 1700000000 })).json.data.info,
  ).toEqual({
    ...{ expire: '1700000000', privsep: 1 },
  });
  const { data } = (await call('GET /access/users/alice@pve/token')).json;
  expect(data).toEqual([{ tokenid: 'old', expire: 1700000000, privsep: 1 }]);
});

test('users are made, listed, changed and taken away', async () => {
  const { call, form } = start();
  const userid = 'bob@pve';
  await form('POST /access/groups', { groupid: 'ops' });
  expect((await form('POST /access/users', { userid, groups: 'ops', comment: 'ä ü €' })).json).toEqual({
    data: null,
  });
  const taken = `create user failed: user 'bob@pve' already exists`;
  expect(await form('POST /access/users', { userid })).toMatchObject({ status: 500, reason: taken });
  expect(await form('POST /access/users', { userid: 'eve@pve', groups: 'none' })).toMatchObject({
    ...{ status: 500, reason: `create user failed: no such group 'none'` },
  });

  const list = (await call('GET /access/users?full=1')).json.data as { userid: string }[];
  expect(list.map((user) => user.userid)).toEqual(['alice@pve', userid, 'monitor@pve', 'root@pam']);
  expect(list[1]).toEqual({
    ...{
      userid,
      comment: 'ä ü €',
      email: '',
      enable: 1,
      expire: 0,
      groups: 'ops',
      tokens: null,
      'realm-type': 'pve',
    },
  });
  expect((await call('GET /access/groups/ops')).json.data).toEqual({ members: [userid] });

  await form(`PUT /access/users/${userid}`, { enable: 0, firstname: 'Bob', groups: '' });
  expect((await call(`GET /access/users/${userid}`)).json.data).toMatchObject({
    enable: 0,
    firstname: 'Bob',
    groups: ['ops'],
  });
  const enabled = (await call('GET /access/users?enabled=1')).json.data as { userid: string }[];
  expect(enabled.map((user) => user.userid)).not.toContain(userid);
  expect((await call(`DELETE /access/users/${userid}`)).json).toEqual({ data: null });
  const gone = `no such user ('bob@pve')`;
  expect(await call(`GET /access/users/${userid}`)).toMatchObject({ status: 500, reason: gone });
});

test('root@pam can be deleted: it comes back without its tokens', async () => {
  const { simulator, call } = start();
  expect((await call('DELETE /access/users/root@pam')).status).toBe(200);
  expect((await call('GET /version', { headers: { authorization: `PVEAPIToken=${FULL}=x` } })).status).toBe(
    401,
  );
  expect((await ask(simulator, 'GET /access/users/root@pam/token', { as: 'root@pam' })).json.data).toEqual(
    [],
  );
});

test('groups have members and comments', async () => {
  const { call, form } = start();
  await form('POST /access/groups', { groupid: 'ops', comment: 'operators' });
  await form('PUT /access/users/alice@pve', { groups: 'ops', append: 1 });
  expect((await call('GET /access/groups')).json.data).toEqual([
    { groupid: 'ops', comment: 'operators', users: 'alice@pve' },
  ]);
  expect(await form('POST /access/groups', { groupid: 'ops' })).toMatchObject({
    ...{ status: 500, reason: `create group failed: group 'ops' already exists` },
  });
  await form('PUT /access/groups/ops', { comment: 'on call' });
  expect((await call('GET /access/groups/ops')).json.data).toEqual({
    comment: 'on call',
    members: ['alice@pve'],
  });
  await call('DELETE /access/groups/ops');
  expect(await call('GET /access/groups/ops')).toMatchObject({
    status: 500,
    reason: `group 'ops' does not exist`,
  });
});

test('the built-in roles are there for good, and others come and go', async () => {
  const { call, form } = start();
  const roles = (await call('GET /access/roles')).json.data as { roleid: string }[];
  expect(roles).toHaveLength(17);
  expect(roles).toContainEqual({
    roleid: 'PVESysAdmin',
    privs: 'Sys.Audit,Sys.Console,Sys.Syslog',
    special: 1,
  });
  expect(await call('DELETE /access/roles/PVEAdmin')).toMatchObject({
    ...{ status: 500, reason: `auto-generated role 'PVEAdmin' cannot be deleted` },
  });
  await form('POST /access/roles', { roleid: 'Op', privs: 'VM.Audit,VM.PowerMgmt' });
  expect((await call('GET /access/roles/Op')).json.data).toEqual({ 'VM.Audit': 1, 'VM.PowerMgmt': 1 });
  await form('PUT /access/roles/Op', { privs: 'VM.Console', append: 1 });
  expect((await call('GET /access/roles')).json.data).toContainEqual({
    ...{ roleid: 'Op', privs: 'VM.Audit,VM.Console,VM.PowerMgmt', special: 0 },
  });
  expect((await form('POST /access/roles', { roleid: 'pveMine' })).status).toBe(400);
  expect(await call('GET /access/roles/None')).toMatchObject({
    status: 500,
    reason: `role 'None' does not exist`,
  });
});

test('a role that changes or goes changes what its holders may do', async () => {
  const { simulator, call, form } = start();
  const held = async () =>
    Object.keys(
      (await ask(simulator, 'GET /access/permissions?path=/vms/101', { as: 'alice@pve' })).json.data[
        '/vms/101'
      ],
    );
  await form('POST /access/roles', { roleid: 'Op', privs: 'VM.Audit' });
  await form('PUT /access/acl', { path: '/vms/101', users: 'alice@pve', roles: 'Op' });
  expect(await held()).toEqual(['VM.Audit']);
  await form('PUT /access/roles/Op', { privs: 'VM.Backup' });
  expect(await held()).toEqual(['VM.Backup']);
  await call('DELETE /access/roles/Op');
  expect(await held()).toEqual([]);
});

test('entries of the ACL are set and taken back', async () => {
  const { call, form } = start();
  const path = '/storage/local';
  await form('PUT /access/acl', { path, users: 'alice@pve', roles: 'PVEDatastoreUser PVEAuditor' });
  const on = async () =>
    ((await call('GET /access/acl')).json.data as { path: string; roleid: string }[]).filter(
      (entry) => entry.path === path,
    );
  expect(await on()).toEqual([
    { path, type: 'user', ugid: 'alice@pve', roleid: 'PVEDatastoreUser', propagate: 1 },
    { path, type: 'user', ugid: 'alice@pve', roleid: 'PVEAuditor', propagate: 1 },
  ]);
  await form('PUT /access/acl', { path, users: 'alice@pve', roles: 'PVEAuditor', delete: 1 });
  expect((await on()).map(({ roleid }) => roleid)).toEqual(['PVEDatastoreUser']);
});

// The first two recorded; the others in the words of PVE's sources.
test.each([
  [
    { path: '/vms/100', users: 'alice@pve', roles: 'Röle' },
    400,
    `role name 'Röle' contains invalid characters`,
  ],
  [
    { path: '/vms/100', users: 'alice@pve', roles: 'R“€' },
    400,
    `role name 'R“€' contains invalid characters`,
  ],
  [{ path: '/nowhere', users: 'alice@pve', roles: 'PVEAdmin' }, 400, `invalid ACL path '/nowhere'`],
  [{ path: '/vms/100', roles: 'PVEAdmin' }, 400, `either 'users', 'groups' or 'tokens' is required.`],
  [
    { path: '/vms/100', users: 'alice@pve', roles: 'None' },
    500,
    `ACL update failed: role 'None' does not exist`,
  ],
  [
    { path: '/vms/100', groups: 'none', roles: 'PVEAdmin' },
    500,
    `ACL update failed: group 'none' does not exist`,
  ],
])('a bad ACL change is refused: %j', async (fields, status, text) => {
  const { form } = start();
  const answer = await form('PUT /access/acl', fields);
  expect(answer.status).toBe(status);
  expect(status === 400 ? Object.values(answer.json.errors).join() : answer.reason).toContain(text);
});

test('whoever may allocate a guest passes on what he holds there, and no more', async () => {
  const { simulator, form } = start();
  await form('PUT /access/acl', { path: '/vms', users: 'alice@pve', roles: 'PVEVMAdmin' });
  await form('PUT /access/acl', { path: '/vms/100', users: 'alice@pve', roles: 'PVEVMUser', delete: 1 });
  const share = (roles: string, path = '/vms/100') =>
    ask(simulator, 'PUT /access/acl', { as: 'alice@pve', form: { path, users: 'monitor@pve', roles } });
  expect((await share('PVEVMUser')).status).toBe(200);
  expect((await share('Administrator')).json.errors.role).toContain('superset of privileges');
  expect((await share('NoAccess')).status).toBe(400);
  expect((await share('PVEVMUser', '/storage/local')).reason).toBe(
    'Permission check failed (/storage/local, Permissions.Modify|Datastore.Allocate)',
  );
});

test('permissions are told to oneself, and about others to an auditor', async () => {
  const { simulator, call } = start();
  const own = (await ask(simulator, 'GET /access/permissions', { as: 'alice@pve' })).json.data;
  expect(Object.keys(own)).toEqual(['/vms/100']);
  expect(Object.keys(own['/vms/100']).sort()).toEqual([
    ...[
      'VM.Audit',
      'VM.Backup',
      'VM.Config.CDROM',
      'VM.Config.Cloudinit',
      'VM.Console',
      'VM.GuestAgent.Audit',
    ],
    ...['VM.GuestAgent.FileRead', 'VM.GuestAgent.FileSystemMgmt', 'VM.GuestAgent.FileWrite', 'VM.PowerMgmt'],
  ]);
  const asked = await call('GET /access/permissions?userid=alice%40pve&path=%2Fvms%2F100');
  expect(asked.json.data).toEqual(own);
  expect(
    await ask(simulator, 'GET /access/permissions?userid=root%40pam', { as: 'alice@pve' }),
  ).toMatchObject({
    ...{ status: 403, reason: 'Permission check failed (/access, Sys.Audit)' },
  });
});

test('a password is changed with the old one at hand', async () => {
  const { simulator } = start();
  const change = (as: string, form: Record<string, string>) =>
    ask(simulator, 'PUT /access/password', { as, form });
  const works = async (password: string) => canLogIn(simulator, 'alice@pve', password);
  const password = 'a new password';
  const bare = await change('alice@pve', { userid: 'alice@pve', password });
  expect(bare.json.errors).toEqual({ 'confirmation-password': 'password is required to modify user' });
  await change('alice@pve', { userid: 'alice@pve', password, 'confirmation-password': 'wonderland' });
  expect(await works(password)).toBe(true);
  expect((await change('alice@pve', { userid: 'root@pam', password })).status).toBe(403);
  await change('root@pam', { userid: 'alice@pve', password: 'root says so' });
  expect(await works('root says so')).toBe(true);
});

async function canLogIn(simulator: Simulator, username: string, password: string): Promise<boolean> {
  return (await ask(simulator, 'POST /access/ticket', { form: { username, password } })).status === 200;
}

test('a random cluster has other secrets than the well-known ones', async () => {
  const known = createSimulator({ seed: 'tiny' }).logins;
  const random = createSimulator({ seed: 'tiny', random: true });
  expect(Object.keys(random.logins)).toEqual(Object.keys(known));
  for (const [login, secret] of Object.entries(random.logins)) expect(secret).not.toBe(known[login]);
  expect((await ask(random, 'GET /version', { as: FULL })).status).toBe(200);
  expect(await canLogIn(random, 'root@pam', known['root@pam'] as string)).toBe(false);
});
