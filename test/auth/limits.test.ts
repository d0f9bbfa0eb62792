import { createServer, type RequestListener } from 'node:http';
import { connect as connectSocket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Send } from '../../src/api/wire.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { EventStream, MAX_BACKLOG_BYTES } from '../../src/transports/exchange.ts';
import { listen, makeServer } from '../../src/transports/listener.ts';
import { cutOffStalledReaders } from '../../src/transports/stalled-readers.ts';
import { callTool, clientFor, served, WAYS } from '../connect.ts';
import { ask, bearer, hello, modernCall, openSse, toolCall } from './raw.ts';

const ALICE = 'alice-0123456789abcdef';
const BOB = 'bob-0123456789abcdef';
const tokens = [
  { name: 'alice', scope: 'danger', token: ALICE },
  { name: 'bob', scope: 'danger', token: BOB },
] as const;
const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };

async function session(url: string, token: string): Promise<Record<string, string>> {
  const { headers } = await ask(url, '/mcp', { body: hello, headers: bearer(token) });
  return { 'mcp-session-id': String(headers['mcp-session-id']), ...bearer(token) };
}

/** A Proxmox that answers when it is told to. */
function slowProxmox() {
  const simulator = createSimulator({ seed: 'tiny' });
  const waiting: (() => void)[] = [];
  let whenAsked: () => void = () => {};
  const send: Send = async (request) => {
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      whenAsked();
    });
    return simulator.fetch(request);
  };
  return {
    simulator,
    send,
    /** Resolves when so many requests wait. */
    asked: (count: number) =>
      new Promise<void>((resolve) => {
        whenAsked = () => void (waiting.length >= count && resolve());
        whenAsked();
      }),
    /** Answers all that wait, and all that come. */
    answer() {
      waiting.push = (go) => {
        go();
        return 0;
      };
      for (const go of waiting.splice(0)) go();
    },
  };
}

test('one who asks too much is told when to come again; others are not held up', async () => {
  const { http, simulator } = await served({ tokens, limits: { perMinute: 30, concurrent: 0 } });
  const alice = await session(http.url, ALICE);
  const statusOf = async (body: unknown, headers: Record<string, string> = alice) =>
    (await ask(http.url, '/mcp', { body, headers })).status;
  for (let request = 1; request < 30; request += 1) expect(await statusOf(list)).toBe(200);
  const refused = await ask(http.url, '/mcp', { body: list, headers: alice });
  expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '2' } });
  expect(JSON.parse(refused.text)).toMatchObject({
    id: 1,
    error: { message: expect.stringContaining('2 s') },
  });
  const modern = modernCall('list_nodes');
  expect(await statusOf(modern.body, { ...modern.headers, ...bearer(ALICE) })).toBe(429);
  expect((await ask(http.url, '/sse', { headers: bearer(ALICE) })).status).toBe(429);

  expect(await statusOf(list, await session(http.url, BOB))).toBe(200);
  await simulator.clock.sleep(2_000);
  expect(await statusOf(list)).toBe(200);
  expect(await statusOf([list, { ...list, id: 2 }])).toBe(429);
});

test.each(WAYS)(
  '%s: a call above the number at a time is refused, and goes through when one has ended',
  async (way) => {
    const slow = slowProxmox();
    const { http } = await served({ ...slow, tokens, limits: { perMinute: 0, concurrent: 2 } });
    const alice = await clientFor(http.url, way, {}, ALICE);
    const bob = await clientFor(http.url, way, {}, BOB);
    const running = [callTool(alice, 'list_nodes'), callTool(alice, 'list_nodes')];
    await slow.asked(2);
    await expect(callTool(alice, 'list_nodes')).rejects.toThrow(/429|Too many requests/);
    const his = callTool(bob, 'list_nodes');
    slow.answer();
    for (const answer of await Promise.all([...running, his])) expect(answer.isError).toBe(false);
    expect((await callTool(alice, 'list_nodes')).isError).toBe(false);
  },
);

function fakeTime() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
}

const times = { idleMs: 60_000, maxMs: 600_000 };

test('a session that says nothing is closed; one that speaks now and then is not', async () => {
  fakeTime();
  const { http } = await served({ tokens, times });
  const silent = await session(http.url, ALICE);
  const speaking = await session(http.url, ALICE);
  for (let minute = 0; minute < 3; minute += 1) {
    vi.advanceTimersByTime(50_000);
    expect((await ask(http.url, '/mcp', { body: list, headers: speaking })).status).toBe(200);
  }
  expect((await ask(http.url, '/mcp', { body: list, headers: silent })).status).toBe(404);
  expect(http.connections().sessions).toBe(1);
});

test('a session is not silent while its client waits for an answer', async () => {
  fakeTime();
  const slow = slowProxmox();
  const { http } = await served({ ...slow, tokens, times });
  const headers = await session(http.url, ALICE);
  const call = ask(http.url, '/mcp', { body: toolCall('list_nodes', {}, 7), headers });
  await slow.asked(1);
  vi.advanceTimersByTime(50_000);
  slow.answer();
  await call;
  vi.advanceTimersByTime(50_000);
  expect((await ask(http.url, '/mcp', { body: list, headers })).status).toBe(200);
});

test('however much it says, a session is over at last: nothing new begins, and what runs is finished', async () => {
  fakeTime();
  const slow = slowProxmox();
  const { http } = await served({ ...slow, tokens, times });
  const headers = await session(http.url, ALICE);
  const call = ask(http.url, '/mcp', { body: toolCall('list_nodes', {}, 7), headers });
  await slow.asked(1);
  vi.advanceTimersByTime(times.maxMs);
  expect((await ask(http.url, '/mcp', { body: list, headers })).status).toBe(404);
  slow.answer();
  expect((await call).text).toContain('pve1');
  expect(http.connections().sessions).toBe(0);
});

test('an SSE stream is closed after the same time, with its last answer', async () => {
  fakeTime();
  const slow = slowProxmox();
  const { http } = await served({ ...slow, tokens, times });
  const { address, text } = await openSse(http.url, ALICE);
  const post = (body: unknown) => ask(http.url, address, { body, headers: bearer(ALICE) });
  await post(hello);
  await post(toolCall('list_nodes', {}, 7));
  await slow.asked(1);
  vi.advanceTimersByTime(times.maxMs);
  expect((await post(list)).status).toBe(404);
  expect(http.connections().sse).toBe(1);
  slow.answer();
  await vi.waitUntil(() => http.connections().sse === 0);
  // It has left, and is on its way.
  await vi.waitUntil(() => text().includes('pve1'));
});

/** A promise, and what resolves it. */
function signal() {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve: () => resolve() };
}

test('a reader that does not drain is cut off when its backlog is full', async () => {
  let stream: EventStream | undefined;
  const closed = signal();
  const opened = signal();
  let sent = 0;
  const server = createServer((_request, response) => {
    stream = new EventStream(response);
    response.once('close', () => closed.resolve());
    opened.resolve();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const socket = connectSocket(port, '127.0.0.1', () =>
    socket.write('GET /sse HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  );
  socket.pause();
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await opened.promise;
  const megabyte = 'x'.repeat(1024 * 1024);
  let gone = false;
  void closed.promise.then(() => {
    gone = true;
  });
  while (!gone && sent < 200) {
    stream?.event('message', megabyte);
    sent += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await closed.promise;
  // What the kernel's buffers hold comes on top.
  expect(sent).toBeLessThan(MAX_BACKLOG_BYTES / megabyte.length + 20);
});

/** A server with this answer that cuts off readers which have stopped for that long; and a way to open a connection to it. */
async function cuttingOff(stalledMs: number, answer: RequestListener) {
  const server = createServer(answer);
  cutOffStalledReaders(server, stalledMs);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  return () => {
    const socket = connectSocket(port, '127.0.0.1').on('error', () => {});
    onTestFinished(() => void socket.destroy());
    return socket;
  };
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

test('a reader that takes nothing is cut off, and a silent answer after one that was taken is not', async () => {
  const closed = signal();
  const open = await cuttingOff(120, (request, response) => {
    if (request.url === '/silent') return void setTimeout(() => response.end('at last'), 300);
    response.once('close', () => request.url === '/large' && closed.resolve());
    response.end('x'.repeat(request.url === '/large' ? 32 * 1024 * 1024 : 1));
  });
  const deaf = open();
  deaf.pause();
  deaf.write(get('/large'));

  const reader = open();
  let text = '';
  reader.on('data', (part) => (text += part));
  reader.write(get('/small') + get('/silent'));
  await closed.promise;
  await vi.waitUntil(() => text.endsWith('at last') || reader.closed);
  expect(text).toMatch(/at last$/);
});

test('it is cut off whatever it still says, and whether its answer has ended or goes on', async () => {
  const closed = [signal(), signal()];
  const open = await cuttingOff(120, (request, response) => {
    const large = 'x'.repeat(32 * 1024 * 1024);
    if (request.url === '/ended') response.end(large);
    else if (request.url === '/open') response.write(large);
    else response.end('small');
    response.socket?.once('close', () => closed[request.url === '/open' ? 1 : 0]?.resolve());
  });
  for (const path of ['/ended', '/open']) {
    const deaf = open();
    deaf.pause();
    deaf.write(get(path));
    // Half a request, byte by byte.
    const talk = setInterval(() => deaf.write('G'), 20);
    onTestFinished(() => clearInterval(talk));
  }
  await Promise.all(closed.map(({ promise }) => promise));
});

test('one that is slow, and takes something now and then, is not', async () => {
  const length = 24 * 1024 * 1024;
  const open = await cuttingOff(600, (_request, response) => void response.end('x'.repeat(length)));
  const slow = open();
  let size = 0;
  slow.on('data', (part) => {
    size += part.length;
    slow.pause();
    // The whole of it takes longer than anybody may stand still.
    if (size < length) setTimeout(() => slow.resume(), 3);
  });
  const began = performance.now();
  slow.write(get('/'));
  await vi.waitUntil(() => size >= length || slow.closed, { timeout: 20_000 });
  expect(size).toBeGreaterThanOrEqual(length);
  expect(performance.now() - began).toBeGreaterThan(600);
});

test('the server cuts off so whoever does not read what it sends', async () => {
  fakeTime();
  const server = makeServer();
  const closed = signal();
  server.on('connection', (socket) => socket.once('close', () => closed.resolve()));
  server.on('request', (_request, response) => void response.end('x'.repeat(32 * 1024 * 1024)));
  await listen(server, '127.0.0.1', 0);
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const deaf = connectSocket(port, '127.0.0.1').on('error', () => {});
  onTestFinished(() => void deaf.destroy());
  deaf.pause();
  deaf.write(get('/'));
  let gone = false;
  void closed.promise.then(() => {
    gone = true;
  });
  for (let seconds = 0; seconds < 60 && !gone; seconds += 1) {
    vi.advanceTimersByTime(1000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await closed.promise;
});
