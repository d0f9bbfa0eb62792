import { describe, expect, test } from 'vitest';
import { failureOf } from '../../test/failure-of.ts';
import { realClock } from '../clock.ts';
import { createSimulator, type Simulator } from '../simulator/simulator.ts';
import { Api } from './api.ts';
import type { Login } from './auth.ts';
import { path } from './path.ts';
import { everythingIn } from './test-server.ts';
import type { Send, WireRequest, WireResponse } from './wire.ts';

const hour = 3_600_000;
const version = path`/version`;
const start = path`/nodes/${'pve1'}/lxc/${101}/status/start`;

/** An API on the simulator; `spoil` may answer in its stead. */
function setUp(options: { login?: Login; spoil?: (request: WireRequest) => WireResponse | undefined } = {}) {
  const simulator = createSimulator({ seed: 'tiny' });
  const sent: WireRequest[] = [];
  const send: Send = async (request) => {
    sent.push(request);
    return options.spoil?.(request) ?? simulator.fetch(request);
  };
  const login = options.login ?? rootPassword(simulator);
  const api = new Api({ send, login, clock: simulator.clock });
  const logins = () => sent.filter((request) => request.path.endsWith('/access/ticket'));
  return { api, simulator, sent, logins, advance: (ms: number) => simulator.virtualClock?.advance(ms) };
}

function rootPassword(simulator: Simulator): Login {
  return { kind: 'password', user: 'root@pam', password: simulator.logins['root@pam'] as string };
}

function passwordIn(request: WireRequest | undefined): string {
  return new URLSearchParams(request?.body).get('password') ?? '';
}

function refusal(reason: string, body = ''): WireResponse {
  return { status: 401, reason, headers: {}, body };
}

describe('a token', () => {
  test('is a header, and no login is sent', async () => {
    const { logins } = createSimulator({ seed: 'tiny' });
    const [id, secret] = Object.entries(logins).find(([name]) => name.startsWith('root@pam!')) as [
      string,
      string,
    ];
    const [user, tokenName] = id.split('!') as [string, string];
    const { api, sent, simulator } = setUp({ login: { kind: 'token', user, tokenName, secret } });
    expect(await api.get(version)).toMatchObject({ release: '9.2' });
    await api.post(start);
    expect(sent.map(({ method }) => method)).toEqual(['GET', 'POST']);
    expect(sent[0]?.headers).toEqual({ authorization: `PVEAPIToken=${id}=${secret}` });
    expect(simulator.received.map(({ login }) => login)).toEqual([id, id]);
  });

  test('that is wrong fails after one try, and says what to check', async () => {
    const secret = '00000000-dead-beef-0000-000000000000';
    const { api, sent } = setUp({ login: { kind: 'token', user: 'root@pam', tokenName: 'nope', secret } });
    const failure = await failureOf(api.get(version));
    expect(failure.code).toBe('auth');
    expect(failure.hint).toContain('root@pam!nope');
    expect(sent).toHaveLength(1);
    expect(everythingIn(failure)).not.toContain(secret);
  });

  test.each(['two words', 'line\nbreak', ''])(
    'whose secret can be none (%j) is refused at once',
    (secret) => {
      const login: Login = {
        kind: 'token',
        user: 'root@pam',
        tokenName: secret === '' ? 'ü' : 'lab',
        secret,
      };
      const make = () => new Api({ send: async () => refusal(''), login, clock: realClock });
      expect(make).toThrowError(expect.objectContaining({ code: 'config' }));
    },
  );
});

describe('a password', () => {
  test('becomes a ticket before the first call; nothing is sent without credentials', async () => {
    const { api, sent } = setUp();
    await api.get(version);
    expect(sent.map(({ method, path: target }) => `${method} ${target}`)).toEqual([
      'POST /api2/json/access/ticket',
      'GET /api2/json/version',
    ]);
    expect(sent[1]?.headers.cookie).toMatch(/^PVEAuthCookie=PVE%3Aroot%40pam%3A/);
    expect(sent[1]?.headers.csrfpreventiontoken).toBeUndefined();
  });

  test('sends the CSRF token with changes', async () => {
    const { api, sent, simulator } = setUp();
    await api.post(start);
    expect(sent[1]?.headers.csrfpreventiontoken).toMatch(/./);
    expect(simulator.received[1]).toMatchObject({ method: 'POST', login: 'root@pam' });
  });

  test('is sent once for many callers', async () => {
    const { api, logins } = setUp();
    await Promise.all(Array.from({ length: 20 }, () => api.get(version)));
    expect(logins()).toHaveLength(1);
  });

  test('one caller may give up the wait for a login without ending it for the others', async () => {
    const { api, logins } = setUp();
    const abort = new AbortController();
    const impatient = api.get(version, {}, { signal: abort.signal });
    const patient = api.get(version);
    abort.abort();
    expect((await failureOf(impatient)).code).toBe('cancelled');
    expect(await patient).toMatchObject({ release: '9.2' });
    expect(logins()).toHaveLength(1);
  });

  test.each([
    ['a wrong password', 'root@pam'],
    ['an unknown realm', 'root@nope'],
    ['an unknown user', 'nobody@pve'],
  ])('%s fails with what to check', async (_, user) => {
    const password = 'canary-wrong-password';
    const { api } = setUp({ login: { kind: 'password', user, password } });
    const failure = await failureOf(api.post(start));
    expect(failure).toMatchObject({ code: 'auth', details: { status: 401, call: 'POST /access/ticket' } });
    expect(failure.hint).toContain(user);
    expect(failure.details.mayHaveRun).toBeUndefined();
    expect(everythingIn(failure)).not.toContain(password);
  });

  test('that needs a second factor too: use a token', async () => {
    const data = { ticket: 'PVE:!tfa!canary-ticket', CSRFPreventionToken: 'x', NeedTFA: 1 };
    const body = JSON.stringify({ data });
    const { api, sent } = setUp({ spoil: () => ({ status: 200, reason: 'OK', headers: {}, body }) });
    const failure = await failureOf(api.get(version));
    expect(failure).toMatchObject({ code: 'auth', message: expect.stringContaining('second factor') });
    expect(failure.hint).toContain('API token');
    expect(sent).toHaveLength(1);
    expect(everythingIn(failure)).not.toContain('canary-ticket');
  });

  test('a login whose connection closes is sent once more: it changes nothing', async () => {
    let tries = 0;
    const { api } = setUp({
      spoil: () => {
        if (++tries === 1) throw Object.assign(new Error('hang up'), { code: 'ECONNRESET' });
        return undefined;
      },
    });
    expect(await api.get(version)).toMatchObject({ release: '9.2' });
  });

  test('a login that gets no answer leaves no doubt about the change that waited for it', async () => {
    const { api } = setUp({
      spoil: () => {
        throw Object.assign(new Error('hang up'), { code: 'ECONNRESET' });
      },
    });
    const failure = await failureOf(api.post(start));
    expect(failure.code).toBe('unreachable');
    expect(failure.details.mayHaveRun).toBeUndefined();
  });
});

describe('a ticket', () => {
  test('serves for an hour, and is then renewed with itself, once for all callers', async () => {
    const { api, logins, sent, advance } = setUp();
    await api.get(version);
    advance(hour - 1);
    await api.get(version);
    expect(logins()).toHaveLength(1);
    const cookie = decodeURIComponent((sent[1]?.headers.cookie ?? '').replace('PVEAuthCookie=', ''));
    advance(1);
    await Promise.all(Array.from({ length: 10 }, () => api.get(version)));
    expect(logins()).toHaveLength(2);
    expect(passwordIn(logins()[1])).toBe(cookie);
    expect(sent.at(-1)?.headers.cookie).not.toContain(encodeURIComponent(cookie));
  });

  test('older than two hours is replaced with the password', async () => {
    const { api, simulator, logins, advance } = setUp();
    await api.get(version);
    advance(2 * hour);
    await api.get(version);
    expect(passwordIn(logins()[1])).toBe(simulator.logins['root@pam']);
    expect(logins()).toHaveLength(2);
  });

  test('whose renewal is refused is replaced with the password', async () => {
    const { api, simulator, logins, advance } = setUp({
      spoil: (request) =>
        passwordIn(request).startsWith('PVE:') ? refusal('authentication failure') : undefined,
    });
    await api.get(version);
    advance(hour);
    await api.get(version);
    expect(logins().map((request) => passwordIn(request).startsWith('PVE:'))).toEqual([false, true, false]);
    expect(passwordIn(logins()[2])).toBe(simulator.logins['root@pam']);
  });

  test.each(['GET', 'POST'] as const)(
    'that is refused early leads to one login and one more try: %s',
    async (verb) => {
      let refused = 0;
      const { api, sent, logins } = setUp({
        spoil: ({ path: target, method }) =>
          method === verb && !target.endsWith('/ticket') && ++refused === 1
            ? refusal('invalid PVE ticket')
            : undefined,
      });
      await api.request(verb, verb === 'GET' ? version : start);
      expect(sent).toHaveLength(4);
      expect(logins()).toHaveLength(2);
    },
  );

  test('that is refused again ends in a failure, not in a loop', async () => {
    const { api, sent } = setUp({
      spoil: ({ path: target }) => (target.endsWith('/ticket') ? undefined : refusal('permission denied')),
    });
    expect((await failureOf(api.get(version))).code).toBe('auth');
    expect(sent).toHaveLength(4);
  });

  test('a refusal by the method itself, which has a body, is no reason to send a change again', async () => {
    const body = '{"data":null,"message":"authentication failure\\n"}';
    const { api, sent } = setUp({
      spoil: ({ path: target }) =>
        target.endsWith('/ticket') ? undefined : refusal('authentication failure', body),
    });
    expect((await failureOf(api.put(path`/access/password`, { userid: 'a@pve' }))).code).toBe('auth');
    expect(sent).toHaveLength(2);
  });

  test('many callers refused at once log in once', async () => {
    let reads = 0;
    const { api, logins } = setUp({
      spoil: ({ method }) => (method === 'GET' && ++reads <= 10 ? refusal('invalid PVE ticket') : undefined),
    });
    await Promise.all(Array.from({ length: 10 }, () => api.get(version)));
    expect(logins()).toHaveLength(2);
    expect(reads).toBe(20);
  });
});
