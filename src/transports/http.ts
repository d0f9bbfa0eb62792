import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServerFactory } from '../server/server-factory.ts';
import { ApprovalPage, type ApprovalPageOptions, approvalId } from './approval-page.ts';
import type { Denial } from './auth/doorkeeper.ts';
import type { Limits } from './auth/limits.ts';
import type { Visitor } from './auth/visitor.ts';
import { sendError } from './exchange.ts';
import { createGuard, type Guard, type GuardOptions } from './guard.ts';
import { listen, MAX_HEADERS, makeServer, noneLeft, stopListening } from './listener.ts';
import { isMessage, requestsIn } from './message.ts';
import { ModernEndpoint } from './modern.ts';
import type { Proxies } from './proxies.ts';
import { areMessages, invalid, jsonBody, notAllowed, refuse } from './replies.ts';
import { type SideRoutesOptions, sideRoute } from './side-routes.ts';
import { SseStreams } from './sse.ts';
import { StreamableSessions } from './streamable.ts';
import { SESSION_TIMES, type SessionTimes } from './streamable-session.ts';

const DRAIN_MS = 1_000;
/** What makes calls to Proxmox, and so counts towards how many one identity may have under way. */
const CALLS: ReadonlySet<string> = new Set(['tools/call', 'resources/read', 'completion/complete']);

export interface HttpOptions extends GuardOptions, SideRoutesOptions {
  factory: ServerFactory;
  host: string;
  port: number;
  /** How long a client may take to say what it wants, in milliseconds. */
  requestTimeoutMs?: number;
  /** Told of every request that is turned away for want of a token. */
  onDenied?(status: number): void;
  /** What stands before it. */
  proxies?: Proxies;
  /** What stands before every path outside: `/proxmox`. */
  prefix?: string;
  /** How much each of them may ask for. */
  limits?: Limits;
  /** How long sessions and streams may last. */
  times?: SessionTimes;
  /** Where plans are approved on a page: `GET` and `POST /approve/<id>`. */
  approval?: ApprovalPageOptions;
  onError: (error: unknown) => void;
}

/** The HTTP server while it runs. */
export interface HttpHandle {
  url: string;
  /** Open SSE streams and old-revision sessions, for logs and tests. */
  connections(): { sse: number; sessions: number };
  /**
   * Takes no more connections and streams; what is under way goes on. A proxy may be writing a call into a connection that
   * it has open, which would be lost if that were closed: each gets its answer, and is closed after it. Resolves when none
   * is left, or after a second.
   */
  drain(): Promise<void>;
  /** Ends every stream, and resolves when all sockets are closed. */
  close(): Promise<void>;
}

/**
 * Serves MCP over HTTP: `/mcp` (Streamable HTTP, both eras), `/sse` with `/messages/`, and `/healthz`; beside them, where
 * it is wanted, the page on which plans are approved.
 */
export async function serveHttp(options: HttpOptions): Promise<HttpHandle> {
  const door = new HttpDoor(options);
  const server = makeServer(options.requestTimeoutMs);
  server.on('request', (request, response) => door.answer(request, response));
  await listen(server, options.host, options.port);
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}`,
    connections: () => door.connections(),
    async drain() {
      door.closing = true;
      stopListening(server);
      await noneLeft(server, DRAIN_MS);
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

type McpRoute = 'mcp' | 'sse' | 'messages';
const MCP_ROUTES: Record<string, McpRoute | undefined> = {
  '/mcp': 'mcp',
  '/sse': 'sse',
  '/messages': 'messages',
};

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
    this.#sessions = new StreamableSessions(options.factory, options.times ?? SESSION_TIMES);
    const { maxMs } = options.times ?? SESSION_TIMES;
    this.#streams = new SseStreams(options.factory, { maxMs, prefix: options.prefix ?? '' });
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
    const { proxies, prefix = '' } = this.#options;
    if (request.rawHeaders.length > 2 * MAX_HEADERS)
      return refuse(request, response, 431, `More than ${MAX_HEADERS} headers.`);
    // From here on it is as if the client had come by itself.
    if (proxies !== undefined) request.headers.host = proxies.originOf(request).host;
    const whole = request.url?.split('?', 1)[0] ?? '/';
    // A proxy may have taken the prefix off.
    const path = whole.startsWith(`${prefix}/`) ? whole.slice(prefix.length) : whole;
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
    const route = MCP_ROUTES[path.replace(/(?<=.)\/$/, '')];
    if (this.closing) {
      response.setHeader('connection', 'close');
      const isCall = route !== undefined && request.method === 'POST';
      if (!isCall) return refuse(request, response, 503, 'The server is shutting down.');
    }
    if (route !== undefined) return this.#behindDoor(route, request, response);
    if (await sideRoute(path, request, response, this.#options)) return;
    const where = 'Nothing is here. MCP is at /mcp (Streamable HTTP) and /sse (HTTP+SSE).';
    refuse(request, response, 404, where);
  }

  async #behindDoor(route: McpRoute, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { doorkeeper } = this.#options;
    const admitted: Visitor | Denial = (await doorkeeper?.admit(request)) ?? { who: undefined };
    if ('status' in admitted) {
      this.#options.onDenied?.(admitted.status);
      return refuse(request, response, admitted.status, admitted.message, admitted.headers);
    }
    const { traceparent } = request.headers;
    const visitor = typeof traceparent === 'string' ? { ...admitted, traceparent } : admitted;
    switch (route) {
      case 'mcp':
        return this.#mcp(request, response, visitor);
      case 'sse':
        if (request.method !== 'GET') return notAllowed(request, response, 'GET');
        if (!(await this.#take(visitor, [], response))) return;
        return this.#streams.open(response, visitor);
      case 'messages':
        if (request.method !== 'POST') return notAllowed(request, response, 'POST');
        return this.#sseMessage(request, response, visitor);
    }
  }

  /** Whether the visitor may ask this much now; where not, that has been answered. */
  async #take({ who }: Visitor, messages: readonly unknown[], response: ServerResponse): Promise<boolean> {
    const requests = requestsIn(messages.filter(isMessage));
    const calls = requests.filter(({ method }) => CALLS.has(method)).length;
    const name = who?.name ?? 'anonymous';
    const wait = await this.#options.limits?.take(name, Math.max(1, requests.length), calls);
    if (wait === undefined) return true;
    const text = `Too many requests. Try again in ${wait} s.`;
    sendError(response, 429, -32000, text, requests[0]?.id ?? null, { 'retry-after': String(wait) });
    return false;
  }

  async #mcp(request: IncomingMessage, response: ServerResponse, visitor: Visitor): Promise<void> {
    if (request.method === 'DELETE') return this.#sessions.delete(request, response, visitor);
    if (request.method === 'GET') {
      if (!(await this.#take(visitor, [], response))) return;
      return this.#sessions.get(request, response, visitor);
    }
    if (request.method !== 'POST') return notAllowed(request, response, 'GET, POST, DELETE');
    const body = await jsonBody(request, response);
    if (body === undefined) return;
    const batch = Array.isArray(body.value);
    const messages = (batch ? body.value : [body.value]) as unknown[];
    if (!(await this.#take(visitor, messages, response))) return;
    if (await this.#modern.post(request, response, body.value, visitor)) return;
    if (!areMessages(messages)) return invalid(response);
    await this.#sessions.post(request, response, messages, batch, visitor);
  }

  async #sseMessage(request: IncomingMessage, response: ServerResponse, visitor: Visitor): Promise<void> {
    const stream = this.#streams.find(request, visitor);
    if (stream === undefined) {
      const where = 'Open a stream with GET /sse and post to the address it names.';
      return refuse(request, response, 404, `Unknown session. ${where}`);
    }
    const body = await jsonBody(request, response);
    if (body === undefined) return;
    const messages = (Array.isArray(body.value) ? body.value : [body.value]) as unknown[];
    if (!areMessages(messages)) return invalid(response);
    if (!(await this.#take(visitor, messages, response))) return;
    response.writeHead(202, { 'content-length': 8 }).end('Accepted');
    for (const message of messages) stream.deliver(message, visitor);
  }
}
