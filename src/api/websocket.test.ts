import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { beforeAll, describe, expect, test } from 'vitest';
import { failureOf } from '../../test/failure-of.ts';
import { realClock } from '../clock.ts';
import { Api } from './api.ts';
import { path } from './path.ts';
import { client, type Identity, makeIdentity, serve } from './test-server.ts';
import { openWebSocket } from './websocket.ts';

let identity: Identity;
beforeAll(async () => {
  identity = await makeIdentity();
});

interface Told {
  opcode: number;
  last: boolean;
  masked: boolean;
  length: number;
  text: string;
}

/** Reads what a client sent, written apart from the code under test. */
function* framesIn(bytes: Buffer): Generator<Told> {
  for (let at = 0; at < bytes.length; ) {
    const opcode = (bytes[at] as number) & 15;
    const last = (bytes[at] as number) > 127;
    const masked = (bytes[at + 1] as number) > 127;
    let length = (bytes[at + 1] as number) & 127;
    at += 2;
    const extra = length === 126 ? 2 : length === 127 ? 8 : 0;
    if (extra > 0) length = bytes.readUIntBE(at + Math.max(0, extra - 6), Math.min(extra, 6));
    at += extra;
    const mask = bytes.subarray(at, at + 4);
    at += 4;
    const text = Buffer.from(
      bytes.subarray(at, at + length).map((byte, i) => byte ^ (mask[i % 4] as number)),
    );
    at += length;
    yield { opcode, last, masked, length, text: text.toString('latin1') };
  }
}

/** A server that opens websockets, in front of it a client; `said` is all that the client sent on it. */
async function opened(
  headers: Record<string, string | undefined> = {},
  refusal?: string,
  trust: { fingerprint?: string } = {},
) {
  const asked: { url: string; headers: Record<string, unknown> }[] = [];
  const sockets: Duplex[] = [];
  let said = Buffer.alloc(0);
  const { server, port, seen } = await serve(identity, (_, response) => response.end('{"data":[]}'));
  server.on('upgrade', (request, socket) => {
    asked.push({ url: request.url ?? '', headers: request.headers });
    sockets.push(socket);
    if (refusal !== undefined) return void socket.end(refusal);
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    const all = { 'Sec-WebSocket-Accept': accept, 'Sec-WebSocket-Protocol': 'binary', ...headers };
    const lines = Object.entries(all).flatMap(([name, value]) => (value ? [`${name}: ${value}\r\n`] : []));
    const head = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n';
    socket.on('data', (chunk) => {
      said = Buffer.concat([said, chunk]);
    });
    socket.on('error', () => {});
    socket.write(`${head}${lines.join('')}\r\n`);
  });
  const connection = client(port, trust);
  const login = { kind: 'token', user: 'a@pve', tokenName: 't', secret: 'canary-secret' } as const;
  const api = new Api({ ...connection, login, clock: realClock });
  const open = async (signal?: AbortSignal) =>
    openWebSocket(
      api,
      path`/nodes/pve/vncwebsocket`,
      { port: 5900, vncticket: 'PVEVNC:canary-ticket' },
      { host: await api.host(), ...(signal && { signal }) },
    );
  return {
    ...{ open, api, asked, seen },
    server: () => sockets[0] as Duplex,
    said: () => [...framesIn(said)],
  };
}

const frame = (first: number, payload: string | Buffer) =>
  Buffer.concat([Buffer.from([first, payload.length]), Buffer.from(payload)]);

describe('opening a websocket', () => {
  test('asks for the subprotocol binary and no compression, logged in like any call', async () => {
    const { open, asked } = await opened();
    await (await open()).close();
    expect(asked[0]?.url).toBe(
      '/api2/json/nodes/pve/vncwebsocket?port=5900&vncticket=PVEVNC%3Acanary-ticket',
    );
    expect(asked[0]?.headers).toMatchObject({
      ...{ upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-protocol': 'binary' },
      authorization: 'PVEAPIToken=a@pve!t=canary-secret',
      'sec-websocket-key': expect.stringMatching(/^[A-Za-z0-9+/]{22}==$/),
    });
    expect(asked[0]?.headers).not.toHaveProperty('sec-websocket-extensions');
  });

  test('leaves calls alone that go on beside it', async () => {
    const { open, api, seen } = await opened();
    const stream = await open();
    await Promise.all([api.get(path`/nodes`), api.get(path`/nodes`)]);
    await stream.close();
    await api.get(path`/nodes`);
    expect(seen.requests.filter((line) => line === 'GET /api2/json/nodes')).toHaveLength(3);
  });

  test('sends nothing to a server with another certificate than the pinned one', async () => {
    const { open, asked } = await opened({}, undefined, { fingerprint: 'ab'.repeat(32) });
    expect((await failureOf(open())).code).toBe('tls');
    expect(asked).toEqual([]);
  });

  // Recorded on PVE 9.2.
  test.each([
    [
      'HTTP/1.1 401 permission denied - invalid PVEVNC ticket\r\nConnection: close\r\nContent-Length: 69\r\nContent-Type: application/json;charset=UTF-8\r\n\r\n{"data":null,"message":"permission denied - invalid PVEVNC ticket\\n"}',
      'auth',
      'invalid PVEVNC ticket',
    ],
    ['HTTP/1.1 401 No ticket\r\nConnection: close\r\n\r\n', 'auth', 'No ticket'],
    [
      'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 24\r\n\r\n{"data":{"port":"5901"}}',
      'bad_answer',
      'instead of opening a websocket',
    ],
    ['HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\n\r\n', 'bad_answer', 'Bad Gateway'],
    ['', 'unreachable', 'closed the connection'],
  ])('says why it is refused: %s', async (refusal, code, message) => {
    const { open } = await opened({}, refusal);
    const failure = await failureOf(open());
    expect(failure).toMatchObject({ code, message: expect.stringContaining(message) });
    expect(JSON.stringify([failure.message, failure.hint, failure.details])).not.toContain('canary');
  });

  test.each([
    ['the key of another', { 'Sec-WebSocket-Accept': 'AAAA' }],
    ['no subprotocol', { 'Sec-WebSocket-Protocol': undefined }],
    ['compression', { 'Sec-WebSocket-Extensions': 'permessage-deflate' }],
  ])('takes no %s', async (_, headers) => {
    const { open, server } = await opened(headers);
    expect((await failureOf(open())).code).toBe('bad_answer');
    await expect.poll(() => server().destroyed).toBe(true);
  });
});

describe('an open websocket', () => {
  test('gives what comes, in whatever pieces, until the other side hangs up', async () => {
    const { open, server } = await opened();
    const stream = await open();
    const bytes = Buffer.concat([
      frame(0x82, 'one'),
      frame(0x02, 'two '),
      frame(0x89, 'ping'),
      frame(0x80, 'parts'),
      frame(0x81, ''),
      Buffer.concat([Buffer.from([0x82, 126, 0x01, 0x00]), Buffer.alloc(256, 'x')]),
      Buffer.concat([Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 2, 0, 0]), Buffer.alloc(128 * 1024, 'y')]),
    ]);
    for (let at = 0; at < 400; at += 7) server().write(bytes.subarray(at, Math.min(at + 7, 400)));
    server().end(bytes.subarray(399 + 1));
    let text = '';
    for await (const piece of stream) text += piece;
    expect(text).toBe(`onetwo parts${'x'.repeat(256)}${'y'.repeat(128 * 1024)}`);
  });

  test('answers pings, and ends with a close frame', async () => {
    const { open, server, said } = await opened();
    const stream = await open();
    server().write(Buffer.concat([frame(0x89, 'hello'), frame(0x82, 'x'), frame(0x88, '\x03\xe8')]));
    const pieces = [];
    for await (const piece of stream) pieces.push(String(piece));
    expect(pieces).toEqual(['x']);
    await expect.poll(said).toMatchObject([{ opcode: 10, masked: true, last: true, text: 'hello' }]);
  });

  test('sends masked frames of at most 128 KiB, and a close frame last', async () => {
    const { open, said } = await opened();
    const stream = await open();
    for (const length of [0, 1, 125, 126, 65_535, 65_536, 300_000])
      await stream.write('é'.repeat(length / 2));
    await stream.close();
    await expect.poll(() => said().at(-1)?.opcode).toBe(8);
    const frames = said();
    expect(frames.every(({ masked, last }) => masked && last)).toBe(true);
    const data = frames.filter(({ opcode }) => opcode === 2);
    expect(data.map(({ length }) => length)).toEqual([
      ...[124, 126, 65_534, 65_536, 131_072, 131_072, 37_856],
    ]);
    expect(data.map(({ text }) => text).join('')).toBe(
      '\xc3\xa9'.repeat(62 + 63 + 32_767 + 32_768 + 150_000),
    );
  });

  test('waits for room when the other side does not read', async () => {
    const { open, server } = await opened();
    const stream = await open();
    server().pause();
    let written = 0;
    const writing = (async () => {
      for (; written < 1_000; written++) await stream.write(Buffer.alloc(128 * 1024));
    })();
    // Until what the system holds for us is full, nothing waits; then everything does.
    let before = -1;
    await expect
      .poll(
        () => {
          const stuck = before === written;
          before = written;
          return stuck;
        },
        { interval: 200, timeout: 10_000 },
      )
      .toBe(true);
    expect(written).toBeLessThan(1_000);
    await stream.close();
    expect(await failureOf(writing)).toMatchObject({ code: 'cancelled' });
  });

  test.each([
    ['masked', Buffer.from([0x82, 0x80, 0, 0, 0, 0])],
    ['too large', Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 2, 0, 1])],
    ['compressed', Buffer.from([0xc2, 0])],
  ])('takes no frame that is %s', async (_, bytes) => {
    const { open, server } = await opened();
    const stream = await open();
    server().write(bytes);
    expect(await failureOf(stream[Symbol.asyncIterator]().next())).toMatchObject({ code: 'bad_answer' });
  });

  test('that is cut within a frame is no end', async () => {
    const { open, server } = await opened();
    const stream = await open();
    server().end(Buffer.from([0x82, 5, 0x61]));
    expect(await failureOf(stream[Symbol.asyncIterator]().next())).toMatchObject({ code: 'unreachable' });
    expect(await failureOf(stream.write('x'))).toMatchObject({ code: 'unreachable' });
  });

  test('ends at once when it is cancelled', async () => {
    const { open, server } = await opened();
    const controller = new AbortController();
    const stream = await open(controller.signal);
    const next = failureOf(stream[Symbol.asyncIterator]().next());
    controller.abort();
    expect(await next).toMatchObject({ code: 'cancelled' });
    expect(await failureOf(stream.write('x'))).toMatchObject({ code: 'cancelled' });
    await expect.poll(() => server().destroyed).toBe(true);
  });

  test('can be closed twice, and then takes nothing more', async () => {
    const { open } = await opened();
    const stream = await open();
    await stream.close();
    await stream.close();
    await stream.closed;
    expect(await failureOf(stream.write('x'))).toMatchObject({ code: 'cancelled' });
    expect(await stream[Symbol.asyncIterator]().next()).toMatchObject({ done: true });
  });
});
