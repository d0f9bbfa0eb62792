import { beforeAll, describe, expect, test } from 'vitest';
import { failureOf } from '../../test/failure-of.ts';
import { Failure } from '../failure.ts';
import { createSimulator } from '../simulator/simulator.ts';
import { createVirtualClock } from '../simulator/virtual-clock.ts';
import { Api } from './api.ts';
import type { Login } from './auth.ts';
import type { Connection } from './connect.ts';
import { withFailover } from './failover.ts';
import { NotSent } from './network-failure.ts';
import { path } from './path.ts';
import { client, closedPort, type Identity, makeIdentity, serve } from './test-server.ts';
import type { Send, WireRequest, WireResponse } from './wire.ts';

const get: WireRequest = { method: 'GET', path: '/api2/json/version', headers: {} };
const post: WireRequest = { method: 'POST', path: '/api2/json/pools', headers: {}, body: 'a=1' };
const ok: WireResponse = { status: 200, reason: 'OK', headers: {}, body: '{"data":1}' };

const refused = new NotSent('unreachable', 'Nothing listens there.', 'Check it.');
const silent = new NotSent('timeout', 'No connection in time.', 'Check it.');
const cut = new Failure('unreachable', 'It closed without an answer.', 'Try again.');
const hangs = new Failure('timeout', 'No answer in time.', 'Try again.');

/** Three hosts, each of which does as `state` says at the moment. */
function cluster() {
  const clock = createVirtualClock();
  const state: (Failure | undefined)[] = [undefined, undefined, undefined];
  const asked: number[] = [];
  const closed: number[] = [];
  const connections = state.map((_, i): Connection => {
    const send = async () => {
      asked.push(i);
      const failure = state[i];
      if (failure !== undefined) throw failure;
      return ok;
    };
    return {
      send,
      host: async () => ({ send, upgrade: send }),
      close: async () => void closed.push(i),
    };
  });
  return { ...withFailover(connections, clock), state, asked, closed, clock };
}

describe('several hosts', () => {
  test('one serves all calls while it can be reached', async () => {
    const { send, asked } = cluster();
    await send(get);
    await send(post);
    await send(get);
    expect(asked).toEqual([0, 0, 0]);
  });

  test.each([
    ['a GET', get, refused],
    ['a GET', get, silent],
    ['a GET', get, cut],
    ['a change', post, refused],
    ['a change', post, silent],
  ])('%s moves on to the next: %#', async (_, request, failure) => {
    const { send, asked, state } = cluster();
    state[0] = failure;
    expect(await send(request)).toEqual(ok);
    expect(await send(request)).toEqual(ok);
    // The first one is left alone, and the second one kept.
    expect(asked).toEqual([0, 1, 1]);
  });

  test.each([
    ['a change whose connection was cut', post, cut],
    ['a change without an answer', post, hangs],
    ['a GET without an answer', get, hangs],
    ['a certificate that is not trusted', get, new NotSent('tls', 'It is not the pinned one.', 'Check.')],
    ['a call that was cancelled', get, new Failure('cancelled', 'It was cancelled.', 'Call again.')],
    ['a client that is closed', post, new NotSent('cancelled', 'It is closed.', 'Open a new one.')],
  ])('%s does not move on', async (_, request, failure) => {
    const { send, asked, state } = cluster();
    state[0] = failure;
    expect(await failureOf(send(request))).toBe(failure);
    expect(asked).toEqual([0]);
  });

  test('a change that was cut fails, but the next call asks the next host', async () => {
    const { send, asked, state } = cluster();
    state[0] = cut;
    await failureOf(send(post));
    await send(post);
    expect(asked).toEqual([0, 1]);
  });

  test('an upload does not move on: its body is read once', async () => {
    const { send, asked, state } = cluster();
    state[0] = refused;
    const stream = { contentType: 'x', length: 0, complete: false, chunks: (async function* () {})() };
    expect(await failureOf(send({ ...post, stream }))).toBe(refused);
    expect(asked).toEqual([0]);
  });

  test('one that could not be reached is asked again after 30 s, when it is needed', async () => {
    const { send, asked, state, clock } = cluster();
    state[0] = refused;
    await send(get);
    state[0] = undefined;
    state[1] = state[2] = refused;
    clock.advance(29_999);
    await failureOf(send(get));
    expect(asked).toEqual([0, 1, 1, 2]);
    clock.advance(1);
    await send(get);
    expect(asked.slice(4)).toEqual([0]);
  });

  test('all are asked when all rest', async () => {
    const { send, asked, state } = cluster();
    state.fill(refused);
    const failure = await failureOf(send(post));
    expect(failure).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('None of the 3 hosts'),
    });
    expect(failure.details.mayHaveRun).toBeUndefined();
    state[2] = undefined;
    expect(await send(get)).toEqual(ok);
    expect(asked).toEqual([0, 1, 2, 0, 1, 2]);
  });

  test('an answer that is an error is an answer', async () => {
    const { connections, asked } = { connections: [500, 401, 595], asked: [] as number[] };
    for (const status of connections) {
      const answer = { ...ok, status };
      const member = (i: number): Connection => ({
        send: async () => {
          asked.push(i);
          return answer;
        },
        host: async () => expect.unreachable(),
        close: async () => {},
      });
      expect(await withFailover([member(0), member(1)], createVirtualClock()).send(get)).toBe(answer);
    }
    expect(asked).toEqual([0, 0, 0]);
  });

  test('what must meet one host stays with it, and a host that is away is not offered next time', async () => {
    const { host, send, asked, state } = cluster();
    const pinned = await host();
    await pinned.send(post);
    state[0] = refused;
    await failureOf(pinned.send(get));
    await pinned.send(get).catch(() => undefined);
    expect(asked).toEqual([0, 0, 0]);
    await (await host()).send(get);
    await send(get);
    expect(asked.slice(3)).toEqual([1, 1]);
  });

  test('all are closed', async () => {
    const { close, closed } = cluster();
    await close();
    expect(closed).toEqual([0, 1, 2]);
  });
});

describe('with the simulated cluster behind it', () => {
  const start = path`/nodes/${'pve1'}/lxc/${101}/status/start`;

  /** Two doors of one cluster; what `first` throws is thrown after the first one's work is done. */
  function twoDoors(first: () => Failure | undefined) {
    const simulator = createSimulator({ seed: 'tiny' });
    const sent: string[] = [];
    const door = (name: string, spoil: () => Failure | undefined): Connection => {
      const send: Send = async (request) => {
        sent.push(`${name} ${request.method} ${request.path.replace(/^\/api2\/json|\?.*$/g, '')}`);
        const answer = await simulator.fetch(request);
        const failure = spoil();
        if (failure !== undefined) throw failure;
        return answer;
      };
      return { send, host: async () => ({ send, upgrade: send }), close: async () => {} };
    };
    const { send } = withFailover([door('a', first), door('b', () => undefined)], simulator.clock);
    const login: Login = { kind: 'password', user: 'root@pam', password: simulator.logins['root@pam'] ?? '' };
    return { api: new Api({ send, login, clock: simulator.clock }), sent, simulator };
  }

  test('a host that dies with the answer to a change: the next one tells its task, and it ran once', async () => {
    let calls = 0;
    const { api, sent, simulator } = twoDoors(() =>
      ++calls === 2
        ? new Failure('unreachable', 'It closed without an answer.', 'Try again.', { mayHaveRun: true })
        : undefined,
    );
    expect(await api.post(start)).toMatch(/^UPID:pve1:.*:vzstart:101:root@pam:$/);
    const changes = simulator.received.filter(
      ({ method, path: target }) => method === 'POST' && /start$/.test(target),
    );
    expect(changes).toHaveLength(1);
    expect(sent.slice(0, 2)).toEqual(['a POST /access/ticket', `a POST ${start}`]);
    expect(new Set(sent.slice(2).map((line) => line[0]))).toEqual(new Set(['b']));
  });

  test('a login is good for every host', async () => {
    let calls = 0;
    const { api, sent } = twoDoors(() => (++calls > 1 ? refused : undefined));
    expect(await api.get(path`/version`)).toMatchObject({ release: '9.2' });
    expect(sent).toEqual(['a POST /access/ticket', 'a GET /version', 'b GET /version']);
  });
});

describe('over real sockets', () => {
  let identity: Identity;
  beforeAll(async () => {
    identity = await makeIdentity();
  });

  test('a change moves on from a port where nobody listens, and is sent once', async () => {
    const { port, seen } = await serve(identity, (_, response) => response.end('{"data":1}'));
    const { send } = withFailover([client(await closedPort()), client(port)], createVirtualClock());
    expect((await send(post)).status).toBe(200);
    expect(seen.requests).toEqual(['POST /api2/json/pools']);
  });

  test('a change that reached a server is never sent to another', async () => {
    const first = await serve(identity, ({ socket }) => socket.destroy());
    const second = await serve(identity, (_, response) => response.end('{"data":1}'));
    const { send } = withFailover([client(first.port), client(second.port)], createVirtualClock());
    expect((await failureOf(send(post))).details.mayHaveRun).toBe(true);
    expect(second.seen.requests).toEqual([]);
    // A GET may, from the same server.
    const again = withFailover([client(first.port), client(second.port)], createVirtualClock());
    expect((await again.send(get)).status).toBe(200);
  });

  test('a wrong certificate stops the call', async () => {
    const { port, seen } = await serve(identity, (_, response) => response.end('{"data":1}'));
    const pinned = client(port, { verify: true, fingerprint: 'AB'.repeat(32) });
    const { send } = withFailover([pinned, client(port)], createVirtualClock());
    expect((await failureOf(send(get))).code).toBe('tls');
    expect(seen.requests).toEqual([]);
  });
});
