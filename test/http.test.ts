import { Agent, request as httpRequest } from 'node:http';
import { connect as connectSocket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Send } from '../src/api/wire.ts';
import { Failure } from '../src/failure.ts';
import { createSimulator } from '../src/simulator/simulator.ts';
import { KEEP_ALIVE_MS } from '../src/transports/exchange.ts';
import { callTool, clientFor, served } from './connect.ts';

interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** One request as written, by node:http, which lets a test set any header. */
function ask(
  url: string,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Reply> {
  const { method = 'GET', headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${url}${path}`, { method, headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (part) => (text += part));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
  path = '/mcp',
): Promise<Reply> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return ask(url, path, { method: 'POST', headers: { ...JSON_HEADERS, ...headers }, body: text });
}

/** One connection that stays open, as a proxy keeps them; a request on it is a POST where it has a body. */
function keptConnection(url: string, headers: Record<string, string> = {}) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  return (path: string, body?: object) =>
    new Promise<{ status: number; connection: string }>((resolve, reject) => {
      const options = { agent, method: body ? 'POST' : 'GET', headers: { ...JSON_HEADERS, ...headers } };
      const request = httpRequest(`${url}${path}`, options, (response) => {
        const { statusCode: status = 0, headers: said } = response;
        response.resume().on('end', () => resolve({ status, connection: said.connection ?? '' }));
      });
      request.on('error', reject).end(body && JSON.stringify(body));
    });
}

const hello = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-03-26', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};
const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };

/** The id of a new session of an old revision. */
async function session(url: string): Promise<Record<string, string>> {
  const { headers } = await post(url, hello);
  return { 'mcp-session-id': String(headers['mcp-session-id']) };
}

/** Opens a stream and collects what comes; `until` resolves when the text so far matches. */
function openStream(url: string, path: string, headers: Record<string, string> = {}) {
  let text = '';
  const waiting: { pattern: RegExp; resolve: (found: RegExpMatchArray) => void }[] = [];
  const check = () => {
    for (const entry of waiting) {
      const found = text.match(entry.pattern);
      if (found) entry.resolve(found);
    }
  };
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const request = httpRequest(
    `${url}${path}`,
    { headers: { accept: 'text/event-stream', ...headers }, agent: false },
    (response) => {
      open();
      response.on('data', (part) => {
        text += part;
        check();
      });
    },
  );
  request.on('error', () => {});
  request.end();
  onTestFinished(() => void request.destroy());
  return {
    opened,
    until: (pattern: RegExp) =>
      new Promise<RegExpMatchArray>((resolve) => {
        waiting.push({ pattern, resolve });
        check();
      }),
  };
}

test('healthz says ok; other addresses and methods say where to go', async () => {
  const { http } = await served();
  expect(JSON.parse((await ask(http.url, '/healthz')).text)).toEqual({ status: 'ok', version: '0.0.0-test' });
  expect(await ask(http.url, '/')).toMatchObject({ status: 404, text: expect.stringContaining('/mcp') });
  expect(await ask(http.url, '/mcp', { method: 'PUT' })).toMatchObject({
    status: 405,
    headers: { allow: 'GET, POST, DELETE' },
  });
  expect(await ask(http.url, '/sse', { method: 'DELETE' })).toMatchObject({
    status: 405,
    headers: { allow: 'GET' },
  });
});

test.each(['/mcp', '/sse', '/messages/', '/healthz'])(
  '%s is closed to an evil Host and an evil Origin',
  async (path) => {
    const { http } = await served({ allowedHosts: ['mcp.example'], allowedOrigins: ['app.example'] });
    expect((await ask(http.url, path, { headers: { host: 'evil.example' } })).status).toBe(421);
    expect((await ask(http.url, path, { headers: { origin: 'https://evil.example' } })).status).toBe(403);
    const welcome = await ask(http.url, '/healthz', {
      headers: { host: 'mcp.example', origin: 'https://app.example' },
    });
    expect(welcome.status).toBe(200);
  },
);

test.each([
  ['{', 400, -32700],
  ['', 400, -32700],
  ['42', 400, -32600],
  ['[]', 400, -32600],
  ['{"jsonrpc":"2.0"}', 400, -32600],
  ['{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}', 400, -32600],
  ['{"jsonrpc":"2.0","id":1,"method":7}', 400, -32600],
])('the body %j answers %i with %i, and the server lives on', async (body, status, code) => {
  const { http, mistakes } = await served();
  const reply = await post(http.url, body, await session(http.url));
  expect(reply.status).toBe(status);
  expect(JSON.parse(reply.text).error.code).toBe(code);
  expect((await ask(http.url, '/healthz')).status).toBe(200);
  expect(mistakes).toEqual([]);
});

test('a body over 4 MiB is refused on every transport', async () => {
  const { http } = await served();
  const stream = openStream(http.url, '/sse');
  const [, path = ''] = await stream.until(/data: (\S+)/);
  const huge = JSON.stringify({ ...list, params: { pad: 'x'.repeat(4 * 1024 * 1024) } });
  for (const reply of await Promise.all([
    post(http.url, huge, await session(http.url)),
    post(http.url, huge, {}, path),
  ])) {
    expect(reply.status).toBe(413);
  }
});

test('a session must be named, known, and speak a revision that it knows', async () => {
  const { http } = await served();
  expect((await post(http.url, list)).status).toBe(400);
  expect((await post(http.url, list, { 'mcp-session-id': 'made-up' })).status).toBe(404);
  const known = await session(http.url);
  expect((await post(http.url, list, known)).status).toBe(200);
  expect((await post(http.url, list, { ...known, 'mcp-protocol-version': '1999-01-01' })).status).toBe(400);
  expect((await ask(http.url, '/mcp', { method: 'DELETE', headers: known })).status).toBe(200);
  expect((await post(http.url, list, known)).status).toBe(404);
  expect((await post(http.url, list, {}, '/messages/?session_id=made-up')).status).toBe(404);
  expect((await post(http.url, list, {}, '/messages/')).status).toBe(404);
});

test('a batch of an old revision is answered as a batch; a notification with 202', async () => {
  const { http } = await served();
  const headers = await session(http.url);
  const batch = await post(
    http.url,
    [list, { jsonrpc: '2.0', method: 'notifications/initialized' }, { ...list, id: 2 }],
    headers,
  );
  expect(
    JSON.parse(batch.text)
      .map((answer: { id: number }) => answer.id)
      .sort(),
  ).toEqual([1, 2]);
  expect(
    (await post(http.url, { jsonrpc: '2.0', method: 'notifications/initialized' }, headers)).status,
  ).toBe(202);
});

const envelope = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};
const modernHeaders = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/list' };
const modernList = { ...list, params: { _meta: envelope } };

test("revision 2026-07-28: the everyday lane and the SDK's own handler answer alike", async () => {
  const { http } = await served();
  const everyday = await post(http.url, modernList, modernHeaders);
  // A header that the everyday lane does not know by heart sends the same question down the other one.
  const other = await post(http.url, modernList, { ...modernHeaders, 'mcp-name': 'unneeded' });
  expect(everyday.status).toBe(200);
  expect(JSON.parse(everyday.text)).toEqual(JSON.parse(other.text));
});

test.each([
  [
    'a header that names another method',
    modernList,
    { ...modernHeaders, 'mcp-method': 'tools/call' },
    400,
    -32020,
  ],
  ['no method header', modernList, { 'mcp-protocol-version': '2026-07-28' }, 400, -32020],
  [
    'a tool name that the header contradicts',
    { ...list, method: 'tools/call', params: { name: 'list_nodes', _meta: envelope } },
    { ...modernHeaders, 'mcp-method': 'tools/call', 'mcp-name': 'other' },
    400,
    -32020,
  ],
  [
    'a revision of the future',
    { ...list, params: { _meta: { ...envelope, 'io.modelcontextprotocol/protocolVersion': '2099-01-01' } } },
    { ...modernHeaders, 'mcp-protocol-version': '2099-01-01' },
    400,
    -32022,
  ],
  [
    'an unknown method',
    { ...modernList, method: 'tools/bake' },
    { ...modernHeaders, 'mcp-method': 'tools/bake' },
    404,
    -32601,
  ],
])('revision 2026-07-28: %s', async (_what, body, headers, status, code) => {
  const { http } = await served();
  const reply = await post(http.url, body, headers as Record<string, string>);
  expect({ status: reply.status, code: JSON.parse(reply.text).error.code }).toEqual({ status, code });
});

test('a client that leaves a modern call cancels it, down to the request to Proxmox', async () => {
  let asked: () => void = () => {};
  const reached = new Promise<void>((resolve) => {
    asked = resolve;
  });
  let aborted: () => void = () => {};
  const cancelled = new Promise<void>((resolve) => {
    aborted = resolve;
  });
  // A Proxmox that never answers: the call ends because its client has left, or not at all.
  const send: Send = ({ signal }) =>
    new Promise((_, reject) => {
      signal?.addEventListener('abort', () => {
        aborted();
        reject(new Failure('cancelled', 'cancelled', ''));
      });
      asked();
    });
  const { http, mistakes } = await served({ send });
  const headers = { ...JSON_HEADERS, ...modernHeaders, 'mcp-method': 'tools/call', 'mcp-name': 'list_nodes' };
  const request = httpRequest(`${http.url}/mcp`, { method: 'POST', headers });
  request.on('error', () => {});
  const params = { name: 'list_nodes', arguments: {}, _meta: envelope };
  request.end(JSON.stringify({ ...list, method: 'tools/call', params }));
  await reached;
  request.destroy();
  await cancelled;
  expect(mistakes).toEqual([]);
});

test('idle streams are kept alive with comment lines, on /sse and on the GET of /mcp', async () => {
  vi.useFakeTimers({ toFake: ['setInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const { http } = await served();
  const sse = openStream(http.url, '/sse');
  const get = openStream(http.url, '/mcp', await session(http.url));
  await Promise.all([sse.opened, get.opened]);
  // Ten idle minutes.
  for (let ms = 0; ms < 600_000; ms += KEEP_ALIVE_MS) vi.advanceTimersByTime(KEEP_ALIVE_MS);
  await sse.until(/(: keep-alive\n\n){40}/);
  await get.until(/(: keep-alive\n\n){40}/);
});

test('two hundred SSE streams at once each get their own answers', async () => {
  const { http } = await served();
  const clients = await Promise.all(Array.from({ length: 200 }, () => clientFor(http.url, 'sse')));
  expect(http.connections().sse).toBe(200);
  const answers = await Promise.all(clients.map((client) => callTool(client, 'list_nodes')));
  expect(new Set(answers.map((answer) => answer.isError))).toEqual(new Set([false]));
});

test('a second GET stream in a session is refused', async () => {
  const { http } = await served();
  const headers = await session(http.url);
  await openStream(http.url, '/mcp', headers).opened;
  const second = await ask(http.url, '/mcp', { headers: { ...headers, accept: 'text/event-stream' } });
  expect(second.status).toBe(409);
});

test('garbage on the socket ends that socket alone', async () => {
  const { http } = await served();
  const { port } = new URL(http.url);
  const answer = await new Promise<string>((resolve) => {
    const socket = connectSocket(Number(port), '127.0.0.1', () =>
      socket.write('\u0016\u0003\u0001 hello\r\n\r\n'),
    );
    let text = '';
    socket.on('data', (part) => (text += part));
    socket.on('close', () => resolve(text));
    socket.on('error', () => {});
  });
  expect(answer).toMatch(/^HTTP\/1.1 400/);
  expect((await ask(http.url, '/healthz')).status).toBe(200);
});

test('a client that never finishes its request is cut off with 408, and the server lives on', async () => {
  const { http } = await served({ requestTimeoutMs: 50 });
  const { port } = new URL(http.url);
  const answer = await new Promise<string>((resolve) => {
    const head =
      'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{';
    const socket = connectSocket(Number(port), '127.0.0.1', () => socket.write(head));
    let text = '';
    socket.on('data', (part) => (text += part));
    socket.on('close', () => resolve(text));
    socket.on('error', () => {});
  });
  expect(answer).toMatch(/^HTTP\/1.1 408/);
  expect((await ask(http.url, '/healthz')).status).toBe(200);
});

test('a browser that asks first is told what an allowed page may do, and others nothing', async () => {
  const { http } = await served({ allowedOrigins: ['https://app.example'] });
  const allowed = await ask(http.url, '/mcp', {
    method: 'OPTIONS',
    headers: { origin: 'https://app.example' },
  });
  expect(allowed).toMatchObject({
    status: 204,
    headers: { 'access-control-allow-origin': 'https://app.example' },
  });
  const evil = await ask(http.url, '/mcp', {
    method: 'OPTIONS',
    headers: { origin: 'https://evil.example' },
  });
  expect(evil.status).toBe(403);
  expect(evil.headers).not.toHaveProperty('access-control-allow-origin');
});

test('a batch with one id twice is refused, not left hanging', async () => {
  const { http } = await served();
  const reply = await post(http.url, [list, list], await session(http.url));
  expect(reply.status).toBe(400);
});

test('a call that is cancelled by a second POST ends the first', async () => {
  let asked: () => void = () => {};
  const reached = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const send: Send = ({ signal }) =>
    new Promise((_, reject) => {
      signal?.addEventListener('abort', () => reject(new Failure('cancelled', 'cancelled', '')));
      asked();
    });
  const { http } = await served({ send });
  const headers = await session(http.url);
  const call = post(
    http.url,
    { ...list, id: 7, method: 'tools/call', params: { name: 'list_nodes' } },
    headers,
  );
  await reached;
  await post(
    http.url,
    { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 7 } },
    headers,
  );
  expect((await call).status).toBe(202);
});

test.each([{}, { protocolVersion: '2025-06-18' }, { protocolVersion: 7, capabilities: {}, clientInfo: {} }])(
  'initialize with %j is refused and leaves no session',
  async (params) => {
    const { http } = await served();
    expect((await post(http.url, { ...hello, params })).status).toBe(400);
    expect(http.connections().sessions).toBe(0);
  },
);

test('a server that shuts down finishes what runs and takes nothing new', async () => {
  let answer: () => void = () => {};
  let asked: () => void = () => {};
  const reached = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const simulator = createSimulator({ seed: 'tiny' });
  const send: Send = async (request) => {
    asked();
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
    return simulator.fetch(request);
  };
  const { http } = await served({ simulator, send });
  const headers = await session(http.url);
  const kept = keptConnection(http.url, headers);
  expect(await kept('/healthz')).toEqual({ status: 200, connection: 'keep-alive' });
  const call = post(http.url, { ...list, method: 'tools/call', params: { name: 'list_nodes' } }, headers);
  await reached;
  void http.drain();
  // The proxy may have written it before it knew.
  expect(await kept('/mcp', { ...list, id: 2 })).toEqual({ status: 200, connection: 'close' });
  await expect(kept('/healthz')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  answer();
  expect((await call).text).toContain('pve1');
});

test.each(['/healthz', '/sse'])('a server that shuts down answers 503 at %s', async (path) => {
  const { http } = await served();
  const kept = keptConnection(http.url);
  await kept('/healthz');
  void http.drain();
  expect(await kept(path)).toEqual({ status: 503, connection: 'close' });
});
