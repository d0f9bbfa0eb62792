import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect as connectSocket, type Socket } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { failureOf } from '../../test/failure-of.ts';
import { goesPast } from './proxy.ts';
import { client, everythingIn, type Identity, listen, makeIdentity, serve } from './test-server.ts';
import type { WireRequest } from './wire.ts';

const get: WireRequest = { method: 'GET', path: '/api2/json/version', headers: {} };
const post: WireRequest = { method: 'POST', path: '/api2/json/pools', headers: {}, body: 'a=1' };

let identity: Identity;
beforeAll(async () => {
  identity = await makeIdentity();
});

/** A proxy on 127.0.0.1 that opens tunnels, or answers CONNECT with a status of its own. */
async function startProxy(answer = '200 Connection established') {
  const seen: { target: string; authorization: string | undefined }[] = [];
  const server = createServer();
  server.on('connect', (request: IncomingMessage, near: Socket) => {
    seen.push({ target: request.url ?? '', authorization: request.headers['proxy-authorization'] });
    if (!answer.startsWith('200')) return near.end(`HTTP/1.1 ${answer}\r\nContent-Length: 0\r\n\r\n`);
    const { hostname, port } = new URL(`http://${request.url}`);
    const far = connectSocket(Number(port), hostname, () => {
      near.write(`HTTP/1.1 ${answer}\r\n\r\n`);
      far.pipe(near).pipe(far);
    });
    for (const socket of [near, far]) socket.on('error', () => {});
    near.on('close', () => far.destroy());
  });
  const port = await listen(server);
  return { seen, port, url: `http://127.0.0.1:${port}` };
}

function server() {
  return serve(identity, (_, response) => response.end('{"data":1}'));
}

describe('through a proxy', () => {
  test('calls go through a tunnel, kept for the next call', async () => {
    const [{ port, seen }, proxy] = [await server(), await startProxy()];
    const { send } = client(port, { proxy: proxy.url, connections: 1 });
    await send(get);
    await send(post);
    expect(seen.requests).toEqual(['GET /api2/json/version', 'POST /api2/json/pools']);
    expect(proxy.seen).toEqual([{ target: `127.0.0.1:${port}`, authorization: undefined }]);
  });

  test('the certificate of the server is checked inside the tunnel, before anything is sent', async () => {
    const [{ port, seen }, proxy] = [await server(), await startProxy()];
    const settings = { proxy: proxy.url, verify: true };
    expect((await failureOf(client(port, settings).send(get))).code).toBe('tls');
    const pin = await failureOf(client(port, { ...settings, fingerprint: 'AB'.repeat(32) }).send(post));
    expect(pin).toMatchObject({ code: 'tls', message: expect.stringContaining(identity.fingerprint) });
    expect(seen.requests).toEqual([]);
    const right = client(port, { ...settings, fingerprint: identity.fingerprint });
    expect((await right.send(get)).status).toBe(200);
    const signed = client(port, { ...settings, ca: identity.cert });
    expect((await signed.send(get)).status).toBe(200);
  });

  test('a login for the proxy is sent to it alone', async () => {
    const [{ port }, proxy] = [await server(), await startProxy()];
    const url = proxy.url.replace('//', '//me:pass%20word@');
    await client(port, { proxy: url }).send(get);
    expect(proxy.seen[0]?.authorization).toBe(`Basic ${Buffer.from('me:pass word').toString('base64')}`);
  });

  test.each([
    ['403 Forbidden', 'unreachable', /403 Forbidden/],
    ['407 Proxy Authentication Required', 'unreachable', /407/],
  ])('%s is its own failure, and nothing was sent', async (answer, code, said) => {
    const [{ port, seen }, proxy] = [await server(), await startProxy(answer)];
    const url = proxy.url.replace('//', '//me:canary-word@');
    const failure = await failureOf(client(port, { proxy: url }).send(post));
    expect(failure).toMatchObject({ code, message: expect.stringMatching(said) });
    expect(failure.message).toContain('proxy');
    expect(failure.details.mayHaveRun).toBeUndefined();
    expect(everythingIn(failure)).not.toContain('canary-word');
    expect(seen.requests).toEqual([]);
  });

  test('where there is none', async () => {
    const failure = await failureOf(client(1, { proxy: 'http://127.0.0.1:1' }).send(get));
    expect(failure).toMatchObject({ code: 'unreachable', message: expect.stringContaining('The proxy') });
  });

  test('that never answers', async () => {
    const port = await listen(createServer().on('connect', () => {}));
    const settings = { proxy: `http://127.0.0.1:${port}`, connectTimeoutMs: 100 };
    const failure = await failureOf(client(1, settings).send(post));
    expect(failure).toMatchObject({ code: 'timeout', message: expect.stringContaining('The proxy') });
    expect(failure.details.mayHaveRun).toBeUndefined();
  });

  test('that speaks TLS itself is not trusted blindly', async () => {
    const port = await listen(createHttpsServer({ cert: identity.cert, key: identity.key }));
    const failure = await failureOf(client(1, { proxy: `https://127.0.0.1:${port}` }).send(get));
    expect(failure).toMatchObject({ code: 'unreachable', message: expect.stringMatching(/proxy.*CERT/i) });
  });

  test.each(['socks5://127.0.0.1:1080', 'http://', 'ht tp://x'])('%s is no proxy', async (proxy) => {
    expect((await failureOf(client(1, { proxy }).send(get))).code).toBe('config');
  });

  test('NO_PROXY is reached directly', async () => {
    const [{ port }, proxy] = [await server(), await startProxy()];
    await client(port, { proxy: proxy.url, noProxy: 'example.com, 127.0.0.0/8' }).send(get);
    expect(proxy.seen).toEqual([]);
  });
});

describe('NO_PROXY', () => {
  test.each([
    ['*', 'pve.lan', true],
    ['', 'pve.lan', false],
    ['pve.lan', 'pve.lan', true],
    ['PVE.lan', 'pve.LAN', true],
    ['lan', 'pve.lan', true],
    ['.lan', 'pve.lan', true],
    ['*.lan', 'pve.lan', true],
    ['an', 'pve.lan', false],
    ['other, pve.lan', 'pve.lan', true],
    ['pve.lan:8006', 'pve.lan', true],
    ['pve.lan:443', 'pve.lan', false],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.0/24', '192.0.2.7', true],
    ['192.0.2.0/24', '192.0.3.7', false],
    ['192.0.2.0/99', '192.0.2.7', false],
    ['2.7', '192.0.2.7', false],
    ['2001:db8::1', '[2001:db8::1]', true],
    ['[2001:db8::1]:8006', '[2001:db8::1]', true],
    ['2001:db8::/32', '[2001:db8::1]', true],
    ['192.0.2.0/24', '[2001:db8::1]', false],
  ])('"%s" for %s: %s', (list, host, past) => {
    expect(goesPast(list, host, 8006)).toBe(past);
  });
});
