import { expect, test } from 'vitest';
import { createSimulator } from '../simulator.ts';
import { ask } from '../testing.ts';

const FULL = 'root@pam!full';

function start() {
  const simulator = createSimulator({ seed: 'tiny' });
  return { simulator, secret: simulator.logins[FULL] as string };
}

// Each of these was recorded on PVE 9.2: a bare status line, the connection closed, and three seconds to wait.
test.each([
  ['nothing', () => ({}), 'No ticket'],
  ['a Bearer token', (secret: string) => ({ authorization: `Bearer ${FULL}=${secret}` }), 'No ticket'],
  ['HTTP basic', () => ({ authorization: 'Basic cm9vdEBwYW06eA==' }), 'No ticket'],
  ['a wrong secret', () => ({ authorization: `PVEAPIToken=${FULL}=wrong` }), 'Authentication failed!'],
  ['an unknown user', () => ({ authorization: 'PVEAPIToken=ghost@pve!x=0' }), 'Authentication failed!'],
  ['a colon for the =', () => ({ authorization: `PVEAPIToken ${FULL}:xx` }), 'Authentication failed!'],
  ['a bad ticket', () => ({ cookie: 'PVEAuthCookie=PVE:root@pam:00000000::x' }), 'Authentication failed!'],
  [
    'a bad cookie beside a good token: the cookie wins',
    (secret: string) => ({ authorization: `PVEAPIToken=${FULL}=${secret}`, cookie: 'PVEAuthCookie=bad' }),
    'Authentication failed!',
  ],
])('refuses %s', async (_what, headers, reason) => {
  const { simulator, secret } = start();
  const answer = await ask(simulator, 'GET /version', { headers: headers(secret) as Record<string, string> });
  expect(answer).toMatchObject({ status: 401, reason, body: '', took: 3000 });
  expect(answer.headers).toMatchObject({ connection: 'close' });
  expect(answer.headers).not.toHaveProperty('content-length');
});

test.each(['PVEAPIToken=', 'PVEAPIToken '])('takes a token after "%s"', async (prefix) => {
  const { simulator, secret } = start();
  const answer = await ask(simulator, 'GET /version', {
    headers: { authorization: `${prefix}${FULL}=${secret}` },
  });
  expect(answer).toMatchObject({ status: 200, took: 0 });
});

test('takes a ticket in a cookie, percent-encoded or not, and under the cookie name in Authorization', async () => {
  const { simulator } = start();
  const form = { username: 'root', realm: 'pam', password: 'proxmox' };
  const { ticket } = (await ask(simulator, 'POST /access/ticket', { form })).json.data;
  const encoded = encodeURIComponent(ticket);
  for (const headers of [
    { cookie: `a=b; PVEAuthCookie=${encoded}` },
    { cookie: `PVEAuthCookie=${ticket}` },
    { authorization: `PVEAuthCookie=${encoded}` },
  ]) {
    expect(
      (await ask(simulator, 'GET /version', { headers: headers as Record<string, string> })).status,
    ).toBe(200);
  }
});

test('a ticket lives two hours and renews itself as a password', async () => {
  const { simulator } = start();
  const login = async (password: string) =>
    (await ask(simulator, 'POST /access/ticket', { form: { username: 'root@pam', password } })).json.data
      ?.ticket;
  const works = async (ticket: string) =>
    (await ask(simulator, 'GET /version', { headers: { cookie: `PVEAuthCookie=${ticket}` } })).status === 200;

  const first = await login('proxmox');
  simulator.virtualClock?.advance(119 * 60_000);
  const second = await login(first);
  expect(await works(first)).toBe(true);
  simulator.virtualClock?.advance(2 * 60_000);
  expect(await works(first)).toBe(false);
  expect(await works(second)).toBe(true);
  expect(await login(first)).toBeUndefined();
});

test('a change by ticket needs the CSRF token of the same user; a token needs none', async () => {
  const { simulator, secret } = start();
  const data = (
    await ask(simulator, 'POST /access/ticket', { form: { username: 'root@pam', password: 'proxmox' } })
  ).json.data;
  const other = (
    await ask(simulator, 'POST /access/ticket', { form: { username: 'alice@pve', password: 'wonderland' } })
  ).json.data;
  const create = (headers: Record<string, string>, groupid: string) =>
    ask(simulator, 'POST /access/groups', { headers, form: { groupid } });
  const cookie = `PVEAuthCookie=${data.ticket}`;

  for (const csrf of [{}, { csrfpreventiontoken: 'x' }, { csrfpreventiontoken: other.CSRFPreventionToken }]) {
    expect(await create({ cookie, ...csrf }, 'a')).toMatchObject({
      ...{ status: 401, reason: 'Permission denied - invalid csrf token', body: '', took: 3000 },
    });
  }
  expect((await create({ cookie, csrfpreventiontoken: data.CSRFPreventionToken }, 'b')).status).toBe(200);
  expect((await create({ authorization: `PVEAPIToken=${FULL}=${secret}` }, 'c')).status).toBe(200);
});

test('an expired token, a disabled and an expired user are refused', async () => {
  const { simulator } = start();
  const past = Math.floor(simulator.clock.now() / 1000) - 1;
  const as = FULL;
  await ask(simulator, 'POST /access/users/alice@pve/token/old', { as, form: { expire: past, privsep: 0 } });
  await ask(simulator, 'POST /access/users/alice@pve/token/new', { as, form: { privsep: 0 } });
  const status = async (login: string) => (await ask(simulator, 'GET /version', { as: login })).status;
  expect(await status('alice@pve!old')).toBe(401);
  expect(await status('alice@pve!new')).toBe(200);
  await ask(simulator, 'PUT /access/users/alice@pve', { as, form: { enable: 0 } });
  expect(await status('alice@pve!new')).toBe(401);
  await ask(simulator, 'PUT /access/users/alice@pve', { as, form: { enable: 1, expire: past } });
  expect(await status('alice@pve!new')).toBe(401);
});

test.each([
  ['an unknown user', { username: 'nobody@pve', password: 'nope' }],
  ['an unknown realm', { username: 'root@nope', password: 'nope' }],
  ['a wrong password', { username: 'root@pam', password: 'nope' }],
])('logging in as %s fails in the same words, after three seconds', async (_what, form) => {
  const { simulator } = start();
  const answer = await ask(simulator, 'POST /access/ticket', { form });
  expect(answer).toMatchObject({ status: 401, reason: 'authentication failure', took: 3000 });
  expect(answer.json).toEqual({ data: null, message: 'authentication failure\n' });
});

test('the realms are told to everybody, and nothing else is', async () => {
  const { simulator } = start();
  expect(
    (await ask(simulator, 'GET /access/domains')).json.data.map(({ realm }: { realm: string }) => realm),
  ).toEqual(['pam', 'pve']);
  // Recorded: whoever is not logged in does not learn which paths there are.
  expect(await ask(simulator, 'GET /nope')).toMatchObject({ status: 401, reason: 'No ticket' });
});
