import { expect, test } from 'vitest';
import { makeIdentity, serve } from '../../src/api/test-server.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { town } from './town.ts';

const CODE = '492039';
const HALF = `PVE:!tfa!${encodeURIComponent('{"totp":true,"recovery":[0,2]}')}:6B03::half`;

/** A server before the cluster that wants a second factor of root@pam, after PVE's own sources. */
async function guarded(accept = `totp:${CODE}`) {
  const simulator = createSimulator({ seed: 'demo' });
  const password = simulator.logins['root@pam'] ?? '';
  const identity = await makeIdentity();
  const tried: string[] = [];
  const { port } = await serve(identity, async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    const fields = Object.fromEntries(new URLSearchParams(body));
    const isLogin = request.url === '/api2/json/access/ticket';
    if (isLogin && fields['tfa-challenge'] === undefined && fields.password === password) {
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          data: { ticket: HALF, CSRFPreventionToken: 'x', NeedTFA: 1, username: 'root@pam' },
        }),
      );
      return;
    }
    if (isLogin && fields['tfa-challenge'] === HALF) {
      tried.push(fields.password ?? '');
      body = new URLSearchParams({
        username: 'root@pam',
        password: fields.password === accept ? password : 'wrong',
      }).toString();
    }
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const answer = await simulator.fetch({
      method: request.method as 'GET',
      path: request.url ?? '',
      headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
      ...(body !== '' && { body }),
    });
    response.writeHead(answer.status, answer.reason, { 'content-type': 'application/json' });
    response.end(answer.body);
  });
  const url = `https://127.0.0.1:${port}`;
  return {
    password,
    tried,
    sure: ['--url', url, '--fingerprint', identity.fingerprint, '--yes', '--level', 'read'],
  };
}

test('the code is asked for when the server wants one', async () => {
  const { sure, password, tried } = await guarded();
  const { person, settings } = await town();
  const { error, questions } = await person(sure, ['', password, CODE]);
  expect(error).toBeUndefined();
  expect(questions.at(-1)).toContain('Second factor of root@pam');
  expect(tried).toEqual([`totp:${CODE}`]);
  expect(settings().PROXMOX_TOKEN_ID).toBe('mcp@pve!mcp');
});

test('in a script it is a flag, and without it nothing is tried', async () => {
  const { sure, password, tried } = await guarded();
  const { program } = await town();
  const without = await program(sure, `${password}\n`);
  expect([without.code, without.stderr]).toEqual([78, expect.stringContaining('--totp')]);
  expect(tried).toEqual([]);
  const { code, stdout, stderr } = await program([...sure, '--totp', CODE], `${password}\n`);
  expect(code, stderr).toBe(0);
  expect(stdout + stderr).not.toContain(CODE);
});

test('a recovery code does as well, and a wrong code is said to be one', async () => {
  const { sure, password, tried } = await guarded('recovery:aaaa-bbbb-cccc');
  const { program } = await town();
  const wrong = await program([...sure, '--totp', '000000'], `${password}\n`);
  expect([wrong.code, wrong.stderr]).toEqual([
    1,
    expect.stringContaining('does not accept the second factor'),
  ]);
  expect((await program([...sure, '--totp', 'aaaa-bbbb-cccc'], `${password}\n`)).code).toBe(0);
  expect(tried).toEqual(['totp:000000', 'recovery:aaaa-bbbb-cccc']);
});
