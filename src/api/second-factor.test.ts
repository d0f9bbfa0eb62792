import { describe, expect, test } from 'vitest';
import { failureOf } from '../../test/failure-of.ts';
import { Failure } from '../failure.ts';
import { createVirtualClock } from '../simulator/virtual-clock.ts';
import { Api } from './api.ts';
import type { Login } from './auth.ts';
import { path } from './path.ts';
import { type ProductName, products } from './products.ts';
import type { SecondFactor, SecondFactorChallenge } from './second-factor.ts';
import { everythingIn } from './test-server.ts';
import type { Send, WireResponse } from './wire.ts';

const hour = 3_600_000;
const version = path`/version`;
const code = 'totp:492039';

/**
 * A server whose user has a second factor, after the products' sources: PVE and PMG say `NeedTFA`; PBS and PDM give the
 * CSRF token "invalid". All put the challenge into half a ticket.
 */
function guarded(
  name: ProductName,
  options: { accept?: string; answer?: SecondFactor; challenge?: string } = {},
) {
  const { accept = code, challenge = '{"totp":true,"recovery":[0,2],"yubico":false}' } = options;
  const product = products[name];
  const clock = createVirtualClock();
  const seen: Record<string, string>[] = [];
  const revoked = new Set<string>();
  const upper = name.toUpperCase();
  const half = `${upper}:!tfa!${encodeURIComponent(challenge)}:6B03::half`;
  let tickets = 0;

  const whole = (): WireResponse => {
    const ticket = `${upper}:a@pam:6B03::whole${++tickets}`;
    if (name !== 'pdm') return ok({ ticket, CSRFPreventionToken: 'csrf' });
    return ok(
      { CSRFPreventionToken: 'csrf' },
      { 'set-cookie': `${product.cookie}=${ticket}; Secure; Path=/;` },
    );
  };
  const send: Send = async ({ path: target, body, headers }) => {
    if (!target.endsWith('/access/ticket')) {
      const cookie = decodeURIComponent(headers.cookie ?? '');
      return [...revoked].some((ticket) => cookie.endsWith(ticket)) ? refused() : ok({ release: '9' });
    }
    const fields = Object.fromEntries(new URLSearchParams(body));
    seen.push(fields);
    const { password = '', 'tfa-challenge': answers } = fields;
    if (answers !== undefined) return answers === half && password === accept ? whole() : refused();
    if (password.includes('::whole')) return revoked.has(password) ? refused() : whole();
    if (password !== 'canary-password') return refused();
    return product.family === 'perl'
      ? ok({ ticket: half, CSRFPreventionToken: 'x', NeedTFA: 1 })
      : ok({ ticket: half, CSRFPreventionToken: 'invalid' });
  };
  const asked: SecondFactorChallenge[] = [];
  const answer = options.answer ?? (async () => ({ kind: 'totp', value: ' 492039 ' }) as const);
  const login: Login = {
    kind: 'password',
    user: 'a@pam',
    password: 'canary-password',
    secondFactor: (challenge) => {
      asked.push(challenge);
      return answer(challenge);
    },
  };
  const api = new Api({ send, login, clock, product });
  return { api, seen, asked, clock, send, revoke: () => revoked.add(`${upper}:a@pam:6B03::whole${tickets}`) };
}

function ok(data: unknown, headers: Record<string, string> = {}): WireResponse {
  return { status: 200, reason: 'OK', headers, body: JSON.stringify({ data }) };
}

function refused(): WireResponse {
  return { status: 401, reason: 'authentication failure', headers: {}, body: '' };
}

describe.each(['pve', 'pmg', 'pbs', 'pdm'] as const)('a login to %s with a second factor', (name) => {
  test('asks for what the user has set up and finishes with it', async () => {
    const { api, seen, asked } = guarded(name);
    expect(await api.get(version)).toEqual({ release: '9' });
    expect(asked).toEqual([{ user: 'a@pam', kinds: ['totp', 'recovery'] }]);
    expect(seen).toEqual([
      { username: 'a@pam', password: 'canary-password' },
      { username: 'a@pam', password: code, 'tfa-challenge': expect.stringContaining(':!tfa!') },
    ]);
  });

  test('asks once for many callers, and not at all for a renewal', async () => {
    const { api, asked, clock, seen } = guarded(name);
    await Promise.all(Array.from({ length: 10 }, () => api.get(version)));
    clock.advance(hour);
    await Promise.all(Array.from({ length: 10 }, () => api.get(version)));
    expect(asked).toHaveLength(1);
    expect(seen).toHaveLength(3);
    expect(seen[2]?.password).toMatch(/::whole1$/);
  });

  test('asks again after idle hours, and after a restart that made the ticket void', async () => {
    const { api, asked, clock, revoke } = guarded(name);
    await api.get(version);
    clock.advance(5 * hour);
    await api.get(version);
    expect(asked).toHaveLength(2);
    revoke();
    expect(await api.get(version)).toEqual({ release: '9' });
    expect(asked).toHaveLength(3);
  });
});

describe('a second factor', () => {
  test('that nobody can be asked for', async () => {
    const { send, clock } = guarded('pve');
    const login: Login = { kind: 'password', user: 'a@pam', password: 'canary-password' };
    const failure = await failureOf(new Api({ send, login, clock }).get(version));
    expect(failure).toMatchObject({ code: 'auth', message: expect.stringContaining('totp, recovery') });
    expect(failure.hint).toContain('API token');
  });

  test('that is wrong is tried once', async () => {
    const { api, seen } = guarded('pve', { accept: 'totp:000000' });
    const failure = await failureOf(api.post(version));
    expect(failure).toMatchObject({ code: 'auth', details: { status: 401, call: 'POST /access/ticket' } });
    expect(failure.message).toContain('second factor (totp)');
    expect(failure.details.mayHaveRun).toBeUndefined();
    expect(seen).toHaveLength(2);
    expect(everythingIn(failure)).not.toContain('492039');
  });

  test('may be a recovery code', async () => {
    const { api, seen } = guarded('pbs', {
      accept: 'recovery:aaaa-bbbb',
      answer: () => ({ kind: 'recovery', value: 'aaaa-bbbb' }),
    });
    await api.get(version);
    expect(seen[1]?.password).toBe('recovery:aaaa-bbbb');
  });

  test('may be a key: the challenge comes along', async () => {
    const { api, asked } = guarded('pve', {
      challenge: '{"webauthn":{"publicKey":{"challenge":"abc"}}}',
      accept: 'webauthn:{"id":1}',
      answer: () => ({ kind: 'webauthn', value: '{"id":1}' }),
    });
    await api.get(version);
    expect(asked[0]).toEqual({
      user: 'a@pam',
      kinds: ['webauthn'],
      webauthn: { publicKey: { challenge: 'abc' } },
    });
  });

  test.each([
    ['of a kind that the user lacks', { kind: 'yubico', value: '123456' }, 'yubico'],
    ['of no known kind', { kind: 'sms', value: '123456' }, 'not given'],
    ['that is empty', { kind: 'totp', value: ' ' }, 'not given'],
    ['that is nothing', undefined, 'not given'],
  ])('%s is not sent', async (_, given, said) => {
    const { api, seen } = guarded('pve', { answer: () => given as never });
    const failure = await failureOf(api.get(version));
    expect(failure).toMatchObject({ code: 'auth', message: expect.stringContaining(said) });
    expect(seen).toHaveLength(1);
  });

  test('whose function fails: every caller learns it, and the next call asks again', async () => {
    let calls = 0;
    const { api } = guarded('pve', {
      answer: () => {
        if (++calls === 1) throw new Error('the phone is off');
        return { kind: 'totp', value: '492039' };
      },
    });
    const [first, second] = await Promise.all([failureOf(api.get(version)), failureOf(api.get(version))]);
    expect(first).toMatchObject({ code: 'auth', cause: { message: 'the phone is off' } });
    expect(second.code).toBe('auth');
    expect(calls).toBe(1);
    expect(await api.get(version)).toEqual({ release: '9' });
  });

  test('whose function throws a Failure: it is passed on', async () => {
    const { api } = guarded('pve', {
      answer: () => {
        throw new Failure('cancelled', 'Nobody answered the phone.', 'Try again.');
      },
    });
    expect(await failureOf(api.get(version))).toMatchObject({
      code: 'cancelled',
      message: 'Nobody answered the phone.',
    });
  });

  test('asked for in a way that cannot be read may be answered with any kind', async () => {
    const { api, asked } = guarded('pve', { challenge: 'no JSON' });
    await api.get(version);
    expect(asked[0]?.kinds).toEqual([]);
  });
});
