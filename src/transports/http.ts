import {
  createServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import type { ServerFactory } from '../server/server-factory.ts';
import { ApprovalPage, type ApprovalPageOptions, approvalId } from './approval-page.ts';
import { MAX_BODY_BYTES, readJson } from './body.ts';
import { sendError, sendJson } from './exchange.ts';
import { createGuard, type Guard, type GuardOptions } from './guard.ts';
import { isMessage } from './message.ts';
import { ModernEndpoint } from './modern.ts';
import { SseStreams } from './sse.ts';
import { StreamableSessions } from './streamable.ts';

const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;
const MAX_BATCH = 100;
const REQUEST_TIMEOUT_MS = 60_000;
const HEADERS_TIMEOUT_MS = 15_000;
const CHECK_MS = 5_000;

export interface HttpOptions extends GuardOptions {
  factory: ServerFactory;
  host: string;
  port: number;
  /** How long a client may take to say what it wants, in milliseconds. */
  requestTimeoutMs?: number;
  /** What `GET /healthz` tells beside `status: "ok"`. */
  version: string;
  /** Where plans are approved on a page: `GET` and `POST /approve/<id>`. */
  approval?: ApprovalPageOptions;
  onError: (error: unknown) => void;
}

/** The HTTP server while it runs. */
export interface HttpHandle {
  url: string;
  /** Open SSE streams and old-revision sessions, for logs and tests. */
  connections(): { sse: number; sessions: number };
  /** Takes no more work: new connections and new requests are turned away, what is under way goes on. */
  drain(): void;
  /** Ends every stream, and resolves when all sockets are closed. */
  close(): Promise<void>;
}

/**
 * Serves MCP over HTTP: `/mcp` (Streamable HTTP, both eras), `/sse` with `/messages/`, and `/healthz`; beside them, where
 * it is wanted, the page on which plans are approved.
 */
export async function serveHttp(options: HttpOptions): Promise<HttpHandle> {
  const door = new HttpDoor(options);
  const requestTimeout = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  const server = createServer({
    // A client that trickles its request in is cut off; streams of ours are answers and not touched by this.
    requestTimeout,
    headersTimeout: Math.min(requestTimeout, HEADERS_TIMEOUT_MS),
    connectionsCheckingInterval: Math.min(requestTimeout, CHECK_MS),
    // Longer than the usual proxy's, so that the proxy closes first and never writes into a closing socket.
    keepAliveTimeout: 75_000,
    maxHeaderSize: 32 * 1024,
  });
  server.on('request', (request, response) => door.answer(request, response));
  await listen(server, options.host, options.port);
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}`,
    connections: () => door.connections(),
    drain() {
      door.closing = true;
      server.close();
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await door.close();
      // Answers that end now leave idle connections behind; whoever is busy longer gets a moment and no more.
      const idle = setInterval(() => server.closeIdleConnections(), 20);
      const force = setTimeout(() => server.closeAllConnections(), 1000);
      await closed;
      clearInterval(idle);
      clearTimeout(force);
    },
  };
}

function listen(server: HttpServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

class HttpDoor {
  closing = false;
  readonly #guard: Guard;
  readonly #sessions: StreamableSessions;
  readonly #streams: SseStreams;
  readonly #modern: ModernEndpoint;
  readonly #page: ApprovalPage | undefined;
  readonly #options: HttpOptions;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.#page = options.approval && new ApprovalPage(options.approval);
    this.#guard = createGuard(options);
    this.#sessions = new StreamableSessions(options.factory);
    this.#streams = new SseStreams(options.factory);
    this.#modern = new ModernEndpoint(options.factory);
  }

  connections(): { sse: number; sessions: number } {
    return { sse: this.#streams.size, sessions: this.#sessions.size };
  }

  async close(): Promise<void> {
    await Promise.all([this.#sessions.close(), this.#streams.close(), this.#modern.close()]);
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    this.#route(request, response).catch((error: unknown) => {
      this.#options.onError(error);
      sendError(response, 500, -32603, 'Internal error');
    });
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?', 1)[0] ?? '/';
    const plan = this.#page && approvalId(path);
    if (this.#page !== undefined && plan !== undefined) {
      const refusal = this.#guard.refusePage(request);
      if (refusal !== undefined) return refuse(request, response, refusal.status, refusal.message);
      return this.#page.answer(request, response, plan);
    }
    const refusal = this.#guard.refuse(request);
    if (refusal !== undefined) return refuse(request, response, refusal.status, refusal.message);
    for (const [name, value] of Object.entries(this.#guard.headers(request))) response.setHeader(name, value);
    // A browser asks first; the headers just set are the answer.
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    if (this.closing) return refuse(request, response, 503, 'The server is shutting down.');
    switch (path) {
      case '/mcp':
      case '/mcp/':
        return this.#mcp(request, response);
      case '/sse':
      case '/sse/':
        if (request.method !== 'GET') return notAllowed(request, response, 'GET');
        return this.#streams.open(response);
      case '/messages':
      case '/messages/':
        if (request.method !== 'POST') return notAllowed(request, response, 'POST');
        return this.#sseMessage(request, response);
      case '/healthz':
        if (request.method !== 'GET') return notAllowed(request, response, 'GET');
        return sendJson(response, 200, { status: 'ok', version: this.#options.version });
      default:
        return refuse(
          request,
          response,
          404,
          'Nothing is here. MCP is at /mcp (Streamable HTTP) and /sse (HTTP+SSE).',
        );
    }
  }

  async #mcp(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET') return this.#sessions.get(request, response);
    if (request.method === 'DELETE') return this.#sessions.delete(request, response);
    if (request.method !== 'POST') return notAllowed(request, response, 'GET, POST, DELETE');
    const body = await jsonBody(request, response);
    if (body === undefined) return;
    if (await this.#modern.post(request, response, body.value)) return;
    const batch = Array.isArray(body.value);
    const messages = (batch ? body.value : [body.value]) as unknown[];
    if (!areMessages(messages)) return invalid(response);
    await this.#sessions.post(request, response, messages, batch);
  }

  async #sseMessage(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const stream = this.#streams.find(request);
    if (stream === undefined) {
      return refuse(
        request,
        response,
        404,
        'Unknown session. Open a stream with GET /sse and post to the address it names.',
      );
    }
    const body = await jsonBody(request, response);
    if (body === undefined) return;
    const messages = (Array.isArray(body.value) ? body.value : [body.value]) as unknown[];
    if (!areMessages(messages)) return invalid(response);
    response.writeHead(202, { 'content-length': 8 }).end('Accepted');
    for (const message of messages) stream.deliver(message);
  }
}

function areMessages(values: unknown[]): values is JSONRPCMessage[] {
  return values.length > 0 && values.length <= MAX_BATCH && values.every(isMessage);
}

async function jsonBody(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<{ value: unknown } | undefined> {
  const body = await readJson(request);
  if (body.kind === 'json') return body;
  if (body.kind === 'too-large') {
    // What is still coming is not read: the connection ends with this answer.
    sendError(response, 413, -32000, `The message is larger than ${MAX_BODY_BYTES} bytes.`, null, {
      connection: 'close',
    });
  } else if (body.kind === 'not-json') {
    sendError(response, 400, PARSE_ERROR, 'Parse error: the body is not valid JSON.');
  }
  return undefined;
}

function invalid(response: ServerResponse): void {
  sendError(response, 400, INVALID_REQUEST, 'Invalid request: the body is not a JSON-RPC 2.0 message.');
}

function notAllowed(request: IncomingMessage, response: ServerResponse, allow: string): void {
  response.setHeader('allow', allow);
  refuse(request, response, 405, `Method not allowed here. Allowed: ${allow}.`);
}

/** Turned away before the protocol begins: plain text, and the body that may be on its way is not waited for. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number, message: string): void {
  if (request.method === 'POST' || status === 503) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${message}\n`);
}
