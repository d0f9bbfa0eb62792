import { describe, expect, test } from 'vitest';
import { failureOf } from '../../test/failure-of.ts';
import { realClock } from '../clock.ts';
import { createSimulator } from '../simulator/simulator.ts';
import { Api } from './api.ts';
import type { Login } from './auth.ts';
import { connect } from './connect.ts';
import { parsePath, path } from './path.ts';
import { everythingIn } from './test-server.ts';
import type { WireRequest, WireResponse } from './wire.ts';

const secret = 'canary-7f3a-4d2e-secret';
const login: Login = { kind: 'token', user: 'root@pam', tokenName: 'lab', secret };
const config = path`/nodes/${'pve1'}/qemu/${100}/config`;

/** An API whose server gives one answer to everything. */
function answering(answer: Partial<WireResponse>) {
  const sent: WireRequest[] = [];
  const send = async (request: WireRequest): Promise<WireResponse> => {
    sent.push(request);
    return { status: 200, reason: 'OK', headers: {}, body: '', ...answer };
  };
  return { api: new Api({ send, login, clock: realClock }), sent };
}

function simulated() {
  const simulator = createSimulator({ seed: 'tiny' });
  const password = simulator.logins['root@pam'] as string;
  const send = simulator.fetch;
  return {
    simulator,
    api: new Api({ send, login: { kind: 'password', user: 'root@pam', password }, clock: simulator.clock }),
  };
}

describe('a call', () => {
  const ok = { body: '{"data":null}' };

  test('GET and DELETE carry parameters in the query, POST and PUT in the body', async () => {
    const { api, sent } = answering(ok);
    await api.get(config, { current: true });
    await api.delete(config, { purge: 1 });
    await api.post(config, { tags: 'b;a' });
    await api.put(config, { command: ['a', 'b'] });
    expect(sent.map(({ method, path: target, body }) => [method, target, body])).toEqual([
      ['GET', '/api2/json/nodes/pve1/qemu/100/config?current=1', undefined],
      ['DELETE', '/api2/json/nodes/pve1/qemu/100/config?purge=1', undefined],
      ['POST', '/api2/json/nodes/pve1/qemu/100/config', 'tags=b%3Ba'],
      ['PUT', '/api2/json/nodes/pve1/qemu/100/config', 'command=a&command=b'],
    ]);
  });

  test('without parameters has no query and no body', async () => {
    const { api, sent } = answering(ok);
    await api.get(config, {});
    await api.post(config);
    await api.post(config, { a: null });
    expect(sent.map(({ path: target, body }) => [target, body])).toEqual(
      Array(3).fill(['/api2/json/nodes/pve1/qemu/100/config', undefined]),
    );
  });

  test('passes on signal and timeout', async () => {
    const { api, sent } = answering(ok);
    const { signal } = new AbortController();
    await api.get(config, {}, { signal, timeoutMs: 7 });
    expect(sent[0]).toMatchObject({ signal, timeoutMs: 7 });
  });

  test('gives data, and total where there is one', async () => {
    const { api } = answering({ body: '{"data":[1],"total":50}' });
    expect(await api.request('GET', config)).toEqual({ data: [1], total: 50 });
    expect(await answering(ok).api.request('GET', config)).toEqual({ data: null });
  });

  test("a task's log as a file is its text", async () => {
    const { api } = answering({ headers: { 'content-type': 'text/plain' }, body: 'TASK OK\n' });
    const upid = 'UPID:pve1:0000053C:00055B55:6B031A52:download:dl.iso:root@pam!lab:';
    expect(await api.get(path`/nodes/${'pve1'}/tasks/${upid}/log`, { download: true })).toBe('TASK OK\n');
  });
});

describe('an answer that Proxmox does not give', () => {
  test.each([
    [
      'a web page',
      { headers: { 'content-type': 'text/html' }, body: '<!DOCTYPE html><title>x</title>' },
      /web page/,
    ],
    ['cut-off JSON', { body: `{"data":{"ticket":"${secret}` }, /cut off/],
    ['no JSON', { body: 'hello' }, /no JSON/],
    ['the ok of a load balancer', { headers: { 'content-type': 'text/plain' }, body: 'ok' }, /no JSON/],
    ['nothing', { body: '' }, /no JSON/],
    ['JSON without data', { body: '{"ok":true}' }, /without `data`/],
    ['a bare null', { body: 'null' }, /without `data`/],
    ['a redirect', { status: 302, reason: 'Found', headers: { location: '/login' } }, /redirects/],
  ])('%s', async (_, answer, message) => {
    const { api } = answering(answer);
    const read = await failureOf(api.get(config));
    expect(read).toMatchObject({ code: 'bad_answer', message: expect.stringMatching(message) });
    expect(read.details.mayHaveRun).toBeUndefined();
    expect(everythingIn(read)).not.toContain(secret);
  });

  test.each([
    ['cut off', { body: '{"data":' }],
    ['plain text', { headers: { 'content-type': 'text/plain' }, body: 'ok' }],
  ])('%s leaves a change in doubt', async (_, answer) => {
    const { api } = answering(answer);
    const failure = await failureOf(api.put(config));
    expect(failure.details.mayHaveRun).toBe(true);
    expect(failure.hint).toContain('before sending it again');
  });
});

describe('no secret leaves', () => {
  test('even if the server echoes it', async () => {
    const password = 'canary-password';
    const message = `bad header PVEAPIToken=root@pam!lab=${secret}, password ${password}`;
    const { api } = answering({
      status: 500,
      reason: message,
      body: JSON.stringify({ data: null, message }),
    });
    const failure = await failureOf(api.post(path`/access/users`, { userid: 'a@pve', password }));
    expect(failure.message).toContain('bad header');
    expect(everythingIn(failure)).not.toContain(secret);
    expect(everythingIn(failure)).not.toContain(password);
  });

  test.each([
    ['password', 'canary-password'],
    ['secret', ['name=a,value=canary-webhook']],
    ['key', 'canary-private-key'],
    ['encryption-key', 'canary-encryption'],
    ['token', 'canary-influx'],
    ['vncticket', 'canary-ticket'],
  ])('the value of %s is blotted out', async (name, value) => {
    const { api } = answering({ status: 500, reason: `invalid value '${value}'` });
    const failure = await failureOf(api.post(path`/cluster/x`, { [name]: value }));
    expect(failure.message).toBe("invalid value '<secret>'");
  });

  test.each(['tokens', 'tokenid', 'lock-token'])(
    'but %s is an id, which the error may name',
    async (name) => {
      const { api } = answering({ status: 500, reason: "no such token 'root@pam!priv'" });
      const failure = await failureOf(api.put(path`/access/acl`, { [name]: 'root@pam!priv' }));
      expect(failure.message).toBe("no such token 'root@pam!priv'");
    },
  );

  test('nor from a mistake in a program around it', async () => {
    const send = async () => {
      throw new TypeError(`can't read ${secret}`);
    };
    const failure = await failureOf(new Api({ send, login, clock: realClock }).get(config));
    expect(everythingIn(failure)).not.toContain(secret);
  });
});

describe('a caller that gives up', () => {
  test('before anything was sent sends nothing', async () => {
    const { api, sent } = answering({});
    const failure = await failureOf(api.post(config, {}, { signal: AbortSignal.abort() }));
    expect(failure.code).toBe('cancelled');
    expect(failure.details.mayHaveRun).toBeUndefined();
    expect(sent).toEqual([]);
  });

  test('while a change is under way is told that it may have run', async () => {
    const abort = new AbortController();
    const send = async (request: WireRequest): Promise<WireResponse> => {
      abort.abort();
      throw request.signal?.reason;
    };
    const api = new Api({ send, login, clock: realClock });
    const failure = await failureOf(api.post(config, {}, { signal: abort.signal }));
    expect(failure).toMatchObject({ code: 'cancelled', details: { mayHaveRun: true } });
  });
});

describe('against the simulated cluster', () => {
  test('reads and changes', async () => {
    const { api } = simulated();
    const root = path`/access/users/${'root@pam'}`;
    expect(await api.put(root, { comment: 'a;b = ä "x" & %', enable: true })).toBeNull();
    expect(await api.get(root)).toMatchObject({ comment: 'a;b = ä "x" & %', enable: 1 });
    expect(await api.post(path`/nodes/${'pve1'}/lxc/${101}/status/start`)).toMatch(/^UPID:pve1:/);
  });

  test('a UPID works as a path, built or typed', async () => {
    const { api } = simulated();
    const upid = await api.post<string>(path`/nodes/${'pve1'}/lxc/${101}/status/start`);
    expect(await api.get(path`/nodes/${'pve1'}/tasks/${upid}/status`)).toMatchObject({ upid });
    expect(await api.get(parsePath(`nodes/pve1/tasks/${upid}/status`).path)).toMatchObject({ upid });
  });

  test.each([
    ['GET', '/nodes/pve1/qemu/9999/config', 'not_found'],
    ['GET', '/nope', 'not_implemented'],
    ['GET', '/version?foo=1', 'invalid_parameter'],
    ['GET', '/nodes/pve2/status', 'node_unreachable'],
    ['POST', '/nodes/pve1/lxc/101/status/stop', 'wrong_state'],
  ] as const)('%s %s fails as %s', async (verb, text, code) => {
    const { api } = simulated();
    const { path: target, query } = parsePath(text);
    expect((await failureOf(api.request(verb, target, query))).code).toBe(code);
  });

  test('over HTTPS with a pin, and a wrong pin sends nothing', async () => {
    const { simulator } = simulated();
    const listening = await simulator.listen();
    const password = simulator.logins['root@pam'] as string;
    const { send, close } = connect({
      ...{ url: listening.url, verify: true, fingerprint: listening.fingerprint, timeoutMs: 5_000 },
    });
    const wrong = connect({
      url: listening.url,
      verify: true,
      fingerprint: 'ab'.repeat(32),
      timeoutMs: 5_000,
    });
    try {
      const options = {
        login: { kind: 'password', user: 'root@pam', password } as const,
        clock: simulator.clock,
      };
      expect(await new Api({ send, ...options }).get(config)).toMatchObject({ name: 'web1' });
      const before = simulator.received.length;
      const failure = await failureOf(new Api({ send: wrong.send, ...options }).get(config));
      expect(failure.code).toBe('tls');
      expect(simulator.received).toHaveLength(before);
      expect(everythingIn(failure)).not.toContain(password);
    } finally {
      await close();
      await wrong.close();
      await listening.close();
    }
  });
});
