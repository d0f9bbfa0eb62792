import { createServer as createNetServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { failureOf } from '../../test/failure-of.ts';
import { connect } from './connect.ts';
import { client, everythingIn, type Identity, listen, makeIdentity, serve } from './test-server.ts';
import type { WireRequest } from './wire.ts';

const secret = 'canary-7f3a-secret';
const get: WireRequest = { method: 'GET', path: '/api2/json/version', headers: { authorization: secret } };
const post: WireRequest = {
  method: 'POST',
  path: '/api2/json/pools',
  headers: { authorization: secret },
  body: 'a=1',
};

let identity: Identity;
beforeAll(async () => {
  identity = await makeIdentity();
});

describe('an answer', () => {
  test('comes with status, reason, headers and text', async () => {
    const { port } = await serve(identity, (_, response) => {
      response.writeHead(500, 'VM is locked (backup)', { 'set-cookie': ['a=1', 'b=2'], 'X-Thing': 'é' });
      response.end('{"data":null} ä€');
    });
    const answer = await client(port).send(get);
    expect(answer).toMatchObject({ status: 500, reason: 'VM is locked (backup)', body: '{"data":null} ä€' });
    expect(answer.headers).toMatchObject({ 'set-cookie': 'a=1, b=2' });
  });

  test('the request stands on the wire as given, below the path of the URL', async () => {
    let got = {};
    const { port } = await serve(identity, async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      got = { method: request.method, url: request.url, body, length: request.headers['content-length'] };
      response.end('{}');
    });
    const url = `https://127.0.0.1:${port}/pve/api2/json/`;
    await client(port, { url }).send({
      method: 'POST',
      path: '/api2/json/pools?x=%2F',
      headers: {},
      body: 'a=%20b',
    });
    expect(got).toEqual({ method: 'POST', url: '/pve/api2/json/pools?x=%2F', body: 'a=%20b', length: '6' });
  });

  test.each([100, 200_000])('%i bytes are unpacked when they come as gzip', async (length) => {
    const text = 'ab€'.repeat(length / 5);
    const { port } = await serve(identity, (request, response) => {
      response.setHeader('content-encoding', String(request.headers['accept-encoding']));
      response.end(gzipSync(text, { level: 0 }));
    });
    expect((await client(port).send(get)).body).toBe(text);
  });

  test.each([
    ['packed', true],
    ['plain', false],
  ])('of more than 64 MiB, %s, is refused', async (_, packed) => {
    const body = Buffer.alloc(64 * 1024 * 1024 + 1);
    const { port } = await serve(identity, (_request, response) => {
      if (packed) response.setHeader('content-encoding', 'gzip');
      response.end(packed ? gzipSync(body) : body);
    });
    const failure = await failureOf(client(port).send(get));
    expect(failure).toMatchObject({ code: 'bad_answer', message: expect.stringContaining('64 MiB') });
  });

  test('that says gzip and is not', async () => {
    const { port } = await serve(identity, (_, response) => {
      response.setHeader('content-encoding', 'gzip').end('plain');
    });
    expect((await failureOf(client(port).send(get))).code).toBe('bad_answer');
  });
});

describe('connections', () => {
  test('are kept, for at most the 100 requests that Proxmox serves on one', async () => {
    const perSocket = new Map<unknown, number>();
    const { port, seen } = await serve(identity, ({ socket }, response) => {
      perSocket.set(socket, (perSocket.get(socket) ?? 0) + 1);
      response.end('{}');
    });
    const { send } = client(port);
    for (let i = 0; i < 250; i++) await send(get);
    expect(Math.max(...perSocket.values())).toBe(100);
    expect(seen.connections).toBeLessThan(6);
  });

  test('are at most 16', async () => {
    const { port, seen } = await serve(identity, (_, response) => response.end('{}'));
    const { send } = client(port);
    await Promise.all(Array.from({ length: 100 }, () => send(get)));
    expect(seen.requests).toHaveLength(100);
    expect(seen.connections).toBeLessThanOrEqual(16);
  });

  test('are as few as set', async () => {
    const { port, seen } = await serve(identity, (_, response) => response.end('{}'));
    const { send } = client(port, { connections: 2 });
    await Promise.all(Array.from({ length: 20 }, () => send(get)));
    expect(seen.connections).toBe(2);
  });

  test('have one more for what goes ahead, which waits behind none of the others', async () => {
    const held: (() => void)[] = [];
    const { port, seen } = await serve(identity, (request, response) => {
      if (request.url === '/ahead') response.end('now');
      else held.push(() => response.end('{}'));
    });
    const { send } = client(port, { connections: 2 });
    const others = Promise.all(Array.from({ length: 6 }, () => send(get)));
    for (let i = 0; i < 2; i++)
      expect((await send({ method: 'GET', path: '/ahead', headers: {}, ahead: true })).body).toBe('now');
    expect(seen.connections).toBeLessThanOrEqual(3);
    expect(seen.requests.filter((line) => line !== 'GET /ahead').length).toBeLessThanOrEqual(2);
    let done = false;
    void others.then(() => {
      done = true;
    });
    while (!done) {
      for (const answer of held.splice(0)) answer();
      await new Promise((resolve) => setImmediate(resolve));
    }
  });

  test('end with close, which waits for a call under way', async () => {
    const { port } = await serve(identity, (_, response) => setImmediate(() => response.end('{"data":1}')));
    const connection = client(port);
    const answer = connection.send(get);
    await new Promise((resolve) => setImmediate(resolve));
    await connection.close();
    expect((await answer).body).toBe('{"data":1}');
    expect((await failureOf(connection.send(get))).code).toBe('cancelled');
  });

  test('reach an IPv6 address, in brackets', async () => {
    const failure = await failureOf(client(0, { url: 'https://[::1]:1', timeoutMs: 1_000 }).send(get));
    expect(failure).toMatchObject({ code: 'unreachable', message: expect.stringContaining('[::1]:1') });
  });

  test.each(['http://pve:8006', 'pve:8006', 'https://root:pw@pve:8006', 'https://pve:8006/?a=1', ''])(
    'the address %j is refused at once, without repeating it',
    (url) => {
      expect(() => connect({ url, verify: true, timeoutMs: 1 })).toThrowError(
        expect.objectContaining({ code: 'config', message: expect.not.stringContaining('root:pw') }),
      );
    },
  );
});

/** A server that takes the TLS handshake and then does as told with each connection's first bytes. */
async function rawServer(onData: (socket: import('node:tls').TLSSocket, count: number) => void) {
  let count = 0;
  const server = createTlsServer({ cert: identity.cert, key: identity.key }, (socket) => {
    socket.on('error', () => {});
    socket.once('data', () => onData(socket, ++count));
  });
  return { port: await listen(server), count: () => count };
}

describe('a fault', () => {
  test('nothing listens there, even for many callers at once', async () => {
    const server = createNetServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const { send } = client(port);
    const failures = await Promise.all(Array.from({ length: 40 }, () => failureOf(send(get))));
    for (const failure of failures) {
      expect(failure).toMatchObject({
        code: 'unreachable',
        message: expect.stringContaining('ECONNREFUSED'),
      });
      expect(failure.hint).toContain('8006');
    }
    const write = await failureOf(send(post));
    expect(write.details.mayHaveRun).toBeUndefined();
    expect(everythingIn(write)).not.toContain(secret);
  });

  test('the port speaks plain HTTP', async () => {
    const port = await listen(
      createNetServer((socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))),
    );
    const failure = await failureOf(client(port).send(get));
    expect(failure).toMatchObject({ code: 'tls', message: expect.stringContaining('does not speak TLS') });
  });

  test('the port speaks no HTTP inside TLS', async () => {
    const { port } = await rawServer((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'));
    const failure = await failureOf(client(port).send(get));
    expect(failure).toMatchObject({ code: 'bad_answer', message: expect.stringContaining('HTTP') });
    expect(everythingIn(failure)).not.toContain(secret);
  });

  test('the handshake is never answered', async () => {
    const port = await listen(createNetServer());
    const failure = await failureOf(client(port, { timeoutMs: 50 }).send(post));
    expect(failure).toMatchObject({ code: 'timeout', message: expect.stringContaining('No connection') });
    expect(failure.hint).toContain('firewall');
    expect(failure.details.mayHaveRun).toBeUndefined();
  });

  test.each([get, post])('the answer never comes: $method', async (request) => {
    const { port, seen } = await serve(identity, () => {});
    const failure = await failureOf(client(port).send({ ...request, timeoutMs: 50 }));
    expect(failure).toMatchObject({ code: 'timeout', message: expect.stringContaining('50 ms') });
    expect(failure.details.mayHaveRun).toBe(request === post ? true : undefined);
    expect(seen.requests).toHaveLength(1);
  });

  test.each([
    ['on new connections', false],
    ['on kept connections', true],
  ])('every connection is busy, %s: a call behind them says so, and was not sent', async (_, kept) => {
    let silent = !kept;
    const { port, seen } = await serve(identity, (_request, response) => {
      if (!silent) response.end('{}');
    });
    const { send } = client(port, { timeoutMs: 1_000 });
    if (kept) await Promise.all(Array.from({ length: 16 }, () => send(get)));
    silent = true;
    const before = seen.requests.length;
    const stalled = Array.from({ length: 16 }, () => failureOf(send(get)));
    const behind = await failureOf(send(post));
    expect(behind.code).toBe('timeout');
    expect(behind.message).toContain('waited behind 16 other calls');
    expect(behind.hint).not.toContain('firewall');
    expect(behind.hint).toContain('PROXMOX_TIMEOUT');
    expect(behind.hint).toContain('timeoutMs');
    expect(behind.details.mayHaveRun).toBeUndefined();
    for (const failure of await Promise.all(stalled)) {
      expect(failure.message).toContain('sent no answer within 1000 ms');
      expect(failure.hint).toContain('PROXMOX_TIMEOUT');
    }
    expect(seen.requests.slice(before).filter((request) => request.startsWith('POST'))).toEqual([]);
  });

  test('the answer stops in its middle', async () => {
    const { port } = await rawServer((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"data":'),
    );
    const failure = await failureOf(client(port, { timeoutMs: 50 }).send(get));
    expect(failure).toMatchObject({ code: 'timeout', message: expect.stringContaining('in the middle') });
  });

  test.each([
    ['with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"data":"canary-7f3a-secret'],
    ['in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"dat'],
  ])('the connection is cut in the middle of an answer %s', async (_, start) => {
    const { port, count } = await rawServer((socket) => socket.end(start));
    const failure = await failureOf(client(port).send(post));
    expect(failure).toMatchObject({ code: 'bad_answer', message: expect.stringContaining('cut') });
    expect(failure.details.mayHaveRun).toBe(true);
    expect(count()).toBe(1);
    expect(everythingIn(failure)).not.toContain(secret);
  });

  test.each(['EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN'])('%s has its own words', async (code) => {
    const { networkFailure } = await import('./network-failure.ts');
    const progress = {
      host: 'pve:8006',
      timeoutMs: 1,
      behind: 0,
      started: false,
      answered: false,
      write: true,
    };
    const failure = networkFailure(Object.assign(new Error(secret), { code }), progress);
    expect(failure).toMatchObject({ code: 'unreachable', message: expect.stringContaining(code) });
    expect(everythingIn(failure)).not.toContain(secret);
  });
});

describe('a connection that closes without an answer', () => {
  test('a GET is sent once more, and its answer counts', async () => {
    const { port, count } = await rawServer((socket, n) =>
      socket.end(n === 1 ? '' : 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'),
    );
    expect((await client(port).send(get)).status).toBe(200);
    expect(count()).toBe(2);
  });

  test('a GET is sent twice at most', async () => {
    const { port, count } = await rawServer((socket) => socket.end());
    expect((await failureOf(client(port).send(get))).code).toBe('unreachable');
    expect(count()).toBe(2);
  });

  test('a change is sent once, and may have run', async () => {
    const { port, count } = await rawServer((socket) => socket.destroy());
    const failure = await failureOf(client(port).send(post));
    expect(failure).toMatchObject({ code: 'unreachable', details: { mayHaveRun: true } });
    expect(failure.hint).toContain('before sending it again');
    expect(count()).toBe(1);
  });
});

describe('giving up', () => {
  test('closes the socket', async () => {
    const abort = new AbortController();
    let closed: Promise<unknown> | undefined;
    const { port } = await serve(identity, (request) => {
      closed = new Promise((resolve) => request.socket.once('close', resolve));
      abort.abort();
    });
    const failure = await failureOf(client(port).send({ ...post, signal: abort.signal }));
    expect(failure).toMatchObject({ code: 'cancelled', details: { mayHaveRun: true } });
    await closed;
  });

  test('before it was sent sends nothing', async () => {
    const { port, seen } = await serve(identity, (_, response) => response.end('{}'));
    const connection = client(port);
    const failure = await failureOf(connection.send({ ...post, signal: AbortSignal.abort() }));
    expect(failure.code).toBe('cancelled');
    expect(failure.details.mayHaveRun).toBeUndefined();
    await connection.send(get);
    expect(seen.requests).toEqual(['GET /api2/json/version']);
  });

  test('while it waits for a connection sends nothing either', async () => {
    const abort = new AbortController();
    const { port, seen } = await serve(identity, (_, response) => response.end('{}'));
    const connection = client(port);
    await connection.send(get);
    const waiting = connection.send({ ...post, signal: abort.signal });
    abort.abort();
    const failure = await failureOf(waiting);
    expect(failure.code).toBe('cancelled');
    await connection.send(get);
    expect(seen.requests.filter((request) => request.startsWith('POST'))).toEqual([]);
  });
});
