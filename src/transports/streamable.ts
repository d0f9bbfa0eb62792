import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JSONRPCMessage, Transport, TransportSendOptions } from '@modelcontextprotocol/server';
import type { ServerFactory } from '../server/server-factory.ts';
import { saidBy, sameVisitor, type Visitor } from './auth/visitor.ts';
import { EventStream, Exchange, sendError } from './exchange.ts';
import { type Call, cancelledBy, isRequest, isResponse, isWholeInitialize, requestsIn } from './message.ts';

/** Sessions that say nothing for this long are closed: their client is gone and did not say so. */
const IDLE_MS = 60 * 60_000;
const MAX_SESSIONS = 10_000;
const INVALID_PARAMS = -32602;

/**
 * Streamable HTTP for the revisions up to 2025-11-25: `initialize` opens a session, whose id the client repeats in
 * `mcp-session-id`. Written over node:http directly; the SDK's own transport goes through web streams, at several times
 * the cost per call.
 */
export class StreamableSessions {
  readonly #factory: ServerFactory;
  readonly #sessions = new Map<string, StreamableSession>();

  constructor(factory: ServerFactory) {
    this.#factory = factory;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Serves a POST whose body is one JSON-RPC message, or a batch of them. */
  async post(
    request: IncomingMessage,
    response: ServerResponse,
    messages: JSONRPCMessage[],
    batch: boolean,
    visitor: Visitor,
  ): Promise<void> {
    const opening = requestsIn(messages).find((call) => call.method === 'initialize');
    if (opening !== undefined && !isWholeInitialize(opening.params)) {
      const text = 'initialize needs protocolVersion, capabilities and clientInfo with name and version.';
      return sendError(response, 400, INVALID_PARAMS, text, opening.id);
    }
    const session =
      opening !== undefined ? await this.#open(response, visitor) : this.#find(request, response, visitor);
    session?.deliver(request, response, messages, batch, visitor);
  }

  /** Serves the GET stream, on which the server speaks unasked. */
  get(request: IncomingMessage, response: ServerResponse, visitor: Visitor): void {
    this.#find(request, response, visitor)?.listen(response);
  }

  /** The client ends its session. */
  delete(request: IncomingMessage, response: ServerResponse, visitor: Visitor): void {
    const session = this.#find(request, response, visitor);
    if (session === undefined) return;
    void session.close();
    response.writeHead(200).end();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session.close()));
  }

  async #open(response: ServerResponse, visitor: Visitor): Promise<StreamableSession | undefined> {
    if (this.#sessions.size >= MAX_SESSIONS && !this.#closeLongestIdle(visitor)) {
      sendError(response, 503, -32000, 'Too many sessions are open. Try again later.');
      return undefined;
    }
    const session = new StreamableSession(visitor, () => this.#sessions.delete(session.sessionId));
    this.#sessions.set(session.sessionId, session);
    await this.#factory({ era: 'legacy' }).connect(session);
    return session;
  }

  /** Makes room at the expense of the client that has been silent longest: of the same visitor, if there is one. */
  #closeLongestIdle(visitor: Visitor): boolean {
    const all = [...this.#sessions.values()].filter((session) => session.isIdle);
    const own = all.filter((session) => sameVisitor(session.owner, visitor));
    const idle = own.length > 0 ? own : all;
    const longest = idle.reduce<StreamableSession | undefined>(
      (a, b) => (a === undefined || b.lastHeard < a.lastHeard ? b : a),
      undefined,
    );
    void longest?.close();
    return longest !== undefined;
  }

  /** The session that a request names. Somebody else's is answered like one that never was. */
  #find(request: IncomingMessage, response: ServerResponse, visitor: Visitor): StreamableSession | undefined {
    const id = request.headers['mcp-session-id'];
    if (typeof id !== 'string') {
      sendError(
        response,
        400,
        -32000,
        'The Mcp-Session-Id header is missing. Send initialize first, and repeat the id it answers with.',
      );
      return undefined;
    }
    const session = this.#sessions.get(id);
    if (session === undefined || !sameVisitor(session.owner, visitor)) {
      sendError(response, 404, -32001, 'Session not found. Open a new one with initialize.');
      return undefined;
    }
    const version = request.headers['mcp-protocol-version'];
    if (version !== undefined && !session.speaks(String(version))) {
      sendError(
        response,
        400,
        -32000,
        'The MCP-Protocol-Version header names a revision that this server does not speak.',
      );
      return undefined;
    }
    return session;
  }
}

/** One client of an old revision: its server, its POSTs under way and its GET stream. */
class StreamableSession implements Transport {
  readonly sessionId = randomUUID();
  readonly owner: Visitor;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport['onmessage'];
  readonly #exchanges = new Map<string | number, Exchange>();
  readonly #forget: () => void;
  #versions: string[] = [];
  #stream: EventStream | undefined;
  #idle: NodeJS.Timeout;
  #closed = false;

  constructor(owner: Visitor, forget: () => void) {
    this.owner = owner;
    this.#forget = forget;
    this.#idle = setTimeout(() => void this.close(), IDLE_MS);
    this.#idle.unref();
  }

  /** When the client last said something, in milliseconds of this process. */
  lastHeard = performance.now();

  /** Whether nothing is under way, so that closing it loses nothing. */
  get isIdle(): boolean {
    return this.#exchanges.size === 0 && this.#stream === undefined;
  }

  async start(): Promise<void> {}

  setSupportedProtocolVersions(versions: string[]): void {
    this.#versions = versions;
  }

  speaks(version: string): boolean {
    return this.#versions.includes(version);
  }

  deliver(
    request: IncomingMessage,
    response: ServerResponse,
    messages: JSONRPCMessage[],
    batch: boolean,
    visitor: Visitor,
  ): void {
    this.#idle.refresh();
    this.lastHeard = performance.now();
    const calls = requestsIn(messages);
    const ids = new Set(calls.map((call) => call.id));
    if (calls.length === 0) {
      response.writeHead(202).end();
    } else if (ids.size < calls.length || calls.some((call) => this.#exchanges.has(call.id))) {
      sendError(
        response,
        400,
        -32600,
        'Each request needs an id of its own: this one is still being answered, or came twice.',
      );
      return;
    } else {
      const exchange = new Exchange(response, {
        visitor,
        awaited: calls.length,
        batch,
        mayStream: /text\/event-stream|\*\/\*/.test(request.headers.accept ?? '*/*'),
        headers: { 'mcp-session-id': this.sessionId },
      });
      for (const call of calls) this.#exchanges.set(call.id, exchange);
      response.once('close', () => this.#drop(calls, exchange));
    }
    const said = saidBy(visitor);
    for (const message of messages) {
      this.onmessage?.(message, said);
      const cancelled = cancelledBy(message);
      if (cancelled === undefined) continue;
      // A cancelled request gets no answer, so its POST must not wait for one.
      this.#exchanges.get(cancelled)?.abandon();
      this.#exchanges.delete(cancelled);
    }
  }

  listen(response: ServerResponse): void {
    if (this.#stream !== undefined) {
      sendError(response, 409, -32000, 'This session has a GET stream already.');
      return;
    }
    const stream = new EventStream(response, { 'mcp-session-id': this.sessionId });
    this.#stream = stream;
    // A session with an open stream is alive, however little is said.
    clearTimeout(this.#idle);
    response.once('close', () => {
      this.#stream = undefined;
      if (!this.#closed) this.#idle.refresh();
    });
  }

  async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    if (isResponse(message)) {
      const exchange = message.id === undefined ? undefined : this.#exchanges.get(message.id);
      if (message.id !== undefined) this.#exchanges.delete(message.id);
      exchange?.finish(message);
      return;
    }
    const related = options?.relatedRequestId;
    if (related !== undefined && this.#exchanges.get(related)?.notify(message)) return;
    const isQuestion = isRequest(message);
    if (related === undefined || isQuestion) this.#stream?.message(message);
    // Whoever asks must not wait for an answer to what nobody hears.
    if (isQuestion && this.#stream === undefined) throw new Error('The client has no stream open.');
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#idle);
    this.#forget();
    this.#stream?.end();
    for (const [id, exchange] of this.#exchanges) {
      exchange.finish({
        jsonrpc: '2.0',
        id,
        error: { code: -32000, message: 'The session was closed before the answer was ready.' },
      });
    }
    this.#exchanges.clear();
    this.onclose?.();
  }

  /** The client went away from a POST: in these revisions that is no cancellation, but nobody hears the answer. */
  #drop(calls: Call[], exchange: Exchange): void {
    for (const call of calls) {
      if (this.#exchanges.get(call.id) === exchange) this.#exchanges.delete(call.id);
    }
  }
}
