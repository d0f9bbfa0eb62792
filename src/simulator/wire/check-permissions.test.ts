import { expect, test } from 'vitest';
import { createSimulator, type Simulator } from '../simulator.ts';
import { ask } from '../testing.ts';

const FULL = 'root@pam!full';
const PRIV = 'root@pam!priv';

/** A cluster in which root@pam has a token that starts with nothing. */
async function start(): Promise<Simulator> {
  const simulator = createSimulator({ seed: 'tiny' });
  await ask(simulator, 'POST /access/users/root@pam/token/priv', { as: 'root@pam', form: { privsep: 1 } });
  return simulator;
}

const grant = (simulator: Simulator, form: Record<string, string | number>) =>
  ask(simulator, 'PUT /access/acl', { as: FULL, form });

// Texts recorded on PVE 9.2; what is not there is not told either: privileges come first.
test.each([
  ['GET /nodes/pve1/status', {}, '(/nodes/pve1, Sys.Audit)'],
  ['GET /nodes/pve1/qemu/9999/config', {}, '(/vms/9999, VM.Audit)'],
  ['POST /nodes/pve1/qemu/100/status/start', {}, '(/vms/100, VM.PowerMgmt)'],
  ['POST /nodes/pve1/qemu/100/monitor', { command: 'info status' }, '(/vms/100, Sys.Audit|Sys.Modify)'],
  ['POST /nodes/pve1/status', { command: 'reboot' }, '(/nodes/pve1, Sys.PowerMgmt)'],
  ['POST /cluster/config', { clustername: 'x' }, '(user != root@pam)'],
])('a token without privileges hears what it lacks at %s', async (line, form, what) => {
  const answer = await ask(await start(), line, { as: PRIV, form });
  expect(answer).toMatchObject({ status: 403, reason: `Permission check failed ${what}`, took: 0 });
  expect(answer.json).toEqual({ data: null, message: `Permission check failed ${what}\n` });
});

test.each([
  ['GET /nodes/bad_node!/status', {}, '(, Sys.Audit)'],
  ['GET /pools/p%E2%82%AC', {}, '(, Pool.Audit)'],
  ['POST /pools', { poolid: 'p“€' }, '(, Pool.Allocate)'],
  ['GET /nodes/pve1/storage/s%E2%82%AC/status', {}, '(, Datastore.Audit|Datastore.AllocateSpace)'],
])('an impossible ACL path is refused even to a full token: %s', async (line, form, what) => {
  const options = line.startsWith('POST') ? { form } : {};
  expect(await ask(await start(), line, { as: FULL, ...options })).toMatchObject({
    ...{ status: 403, reason: `Permission check failed ${what}` },
  });
});

test('methods that want a ticket say so to a token', async () => {
  const form = { userid: 'alice@pve', password: 'alice-Pass2' };
  const answer = await ask(await start(), 'PUT /access/password', { as: FULL, form });
  const text = `Permission check failed (URI '/access/password' not available with API token, need proper ticket.`;
  expect(answer).toMatchObject({ status: 403, reason: text, json: { data: null, message: `${text}\n)\n` } });
  const login = { username: 'root@pam', password: 'proxmox' };
  const headers = { authorization: 'PVEAPIToken=not@even!looked=at' };
  expect((await ask(await start(), 'POST /access/ticket', { form: login, headers })).status).toBe(403);
});

test('a privilege-separated token holds what it was given, and no more than its user', async () => {
  const simulator = await start();
  await grant(simulator, { path: '/nodes/pve1', tokens: PRIV, roles: 'PVEAuditor' });
  expect((await ask(simulator, 'GET /nodes/pve1/status', { as: PRIV })).status).toBe(200);

  await ask(simulator, 'POST /access/users/alice@pve/token/tk', { as: FULL, form: {} });
  await grant(simulator, { path: '/', tokens: 'alice@pve!tk', roles: 'PVEAuditor' });
  // alice is PVEVMUser on /vms/100; both roles have VM.Audit, only hers has VM.PowerMgmt.
  const at = (vmid: number) => `GET /access/permissions?path=/vms/${vmid}`;
  const held = async (vmid: number) =>
    Object.keys((await ask(simulator, at(vmid), { as: 'alice@pve!tk' })).json.data[`/vms/${vmid}`]);
  expect((await held(100)).sort()).toEqual(['VM.Audit', 'VM.GuestAgent.Audit']);
  expect(await held(101)).toEqual([]);
});

test('deeper entries replace those above, a user beats the groups, and NoAccess beats all', async () => {
  const simulator = await start();
  await ask(simulator, 'POST /access/groups', { as: FULL, form: { groupid: 'ops' } });
  await ask(simulator, 'POST /access/users', { as: FULL, form: { userid: 'bob@pve', groups: 'ops' } });
  const holds = async (path: string) => {
    const { data } = (
      await ask(simulator, `GET /access/permissions?userid=bob@pve&path=${path}`, { as: FULL })
    ).json;
    return Object.keys(data[path]);
  };
  await grant(simulator, { path: '/', groups: 'ops', roles: 'PVEAdmin' });
  expect(await holds('/vms/100')).toContain('VM.Allocate');
  await grant(simulator, { path: '/vms', groups: 'ops', roles: 'PVETemplateUser' });
  expect((await holds('/vms/100')).sort()).toEqual(['VM.Audit', 'VM.Clone']);
  await grant(simulator, { path: '/vms', users: 'bob@pve', roles: 'PVEPoolUser' });
  expect(await holds('/vms/100')).toEqual(['Pool.Audit']);
  await grant(simulator, { path: '/vms/100', users: 'bob@pve', roles: 'PVEVMAdmin,NoAccess' });
  expect(await holds('/vms/100')).toEqual([]);
});

test('an entry that does not propagate holds on its own path alone', async () => {
  const simulator = await start();
  await grant(simulator, { path: '/nodes', tokens: PRIV, roles: 'PVEAuditor', propagate: 0 });
  const at = async (path: string) =>
    (await ask(simulator, `GET /access/permissions?path=${path}`, { as: PRIV })).json.data[path];
  expect(await at('/nodes')).toMatchObject({ 'Sys.Audit': 0 });
  expect(await at('/nodes/pve1')).toEqual({});
});

test('a role on a pool holds on its guests and storages', async () => {
  const simulator = await start();
  const pool = simulator.world.pools.create('prod');
  await grant(simulator, { path: '/pool/prod', tokens: PRIV, roles: 'PVEVMUser' });
  const start100 = () => ask(simulator, 'GET /nodes/pve1/qemu/100/status/current', { as: PRIV });
  expect((await start100()).status).toBe(403);
  simulator.world.pools.assign(100, 'prod');
  pool.storages.add('local');
  expect((await start100()).status).toBe(200);
  const { data } = (await ask(simulator, 'GET /access/permissions', { as: PRIV })).json;
  expect(Object.keys(data).sort()).toEqual(['/pool/prod', '/storage/local', '/vms/100']);
  expect(data['/vms/100']['VM.PowerMgmt']).toBe(0);
});

test('lists leave out what the caller may not see', async () => {
  const simulator = await start();
  const { data } = (await ask(simulator, 'GET /access/users', { as: 'alice@pve' })).json;
  expect(data.map(({ userid }: { userid: string }) => userid)).toEqual(['alice@pve']);
  expect((await ask(simulator, 'GET /access/acl', { as: 'alice@pve' })).json.data).toEqual([]);
});

test('a user looks after the own tokens, and an administrator of a group after its members', async () => {
  const simulator = await start();
  const create = (userid: string, as: string) =>
    ask(simulator, `POST /access/users/${userid}/token/mine`, { as, form: {} });
  expect((await create('alice@pve', 'alice@pve')).status).toBe(200);
  expect(await create('root@pam', 'alice@pve')).toMatchObject({
    status: 403,
    reason: 'Permission check failed',
  });
  await ask(simulator, 'POST /access/groups', { as: FULL, form: { groupid: 'ops' } });
  await ask(simulator, 'POST /access/users', { as: FULL, form: { userid: 'bob@pve', groups: 'ops' } });
  expect((await create('bob@pve', 'alice@pve')).status).toBe(403);
  await grant(simulator, { path: '/access/groups/ops', users: 'alice@pve', roles: 'PVEUserAdmin' });
  expect((await create('bob@pve', 'alice@pve')).status).toBe(200);
  // Not below an "or": who asks about a user that is not there hears so.
  expect(await ask(simulator, 'GET /access/users/nobody@pve', { as: 'alice@pve' })).toMatchObject({
    ...{ status: 500, reason: `no such user ('nobody@pve')` },
  });
});
