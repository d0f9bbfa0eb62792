import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JSONRPCMessage, Transport, TransportSendOptions } from '@modelcontextprotocol/server';
import { TokenTimer } from './auth/token-timer.ts';
import { saidBy, type Visitor } from './auth/visitor.ts';
import { EventStream, Exchange, sendError } from './exchange.ts';
import { type Call, cancelledBy, isRequest, isResponse, requestsIn } from './message.ts';

/** How long a session may last. */
export interface SessionTimes {
  /** One that says nothing for this long is closed: its client is gone and did not say so. Milliseconds. */
  idleMs: number;
  /** After this a client must open a new one, whatever it says. Milliseconds. */
  maxMs: number;
}

export const SESSION_TIMES: SessionTimes = { idleMs: 60 * 60_000, maxMs: 24 * 60 * 60_000 };

/** One client of an old revision: its server, its POSTs under way and its GET stream. */
export class StreamableSession implements Transport {
  readonly sessionId = randomUUID();
  readonly owner: Visitor;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport['onmessage'];
  readonly #exchanges = new Map<string | number, Exchange>();
  readonly #forget: () => void;
  #versions: string[] = [];
  #stream: EventStream | undefined;
  #token: TokenTimer | undefined;
  readonly #idle: NodeJS.Timeout;
  readonly #old: NodeJS.Timeout;
  #closed = false;

  constructor(owner: Visitor, times: SessionTimes, forget: () => void) {
    this.owner = owner;
    this.#forget = forget;
    this.#idle = setTimeout(() => this.#tooIdle(), times.idleMs).unref();
    this.#old = setTimeout(() => this.#tooOld(), times.maxMs).unref();
  }

  /** When the client last said something, in milliseconds of this process. */
  lastHeard = performance.now();

  /** Its time is up: it takes nothing new, and ends with what is under way. */
  isOver = false;

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
    this.#token?.prolong(visitor);
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

  listen(response: ServerResponse, visitor: Visitor): void {
    if (this.#stream !== undefined) {
      sendError(response, 409, -32000, 'This session has a GET stream already.');
      return;
    }
    const stream = new EventStream(response, { 'mcp-session-id': this.sessionId });
    this.#stream = stream;
    const token = new TokenTimer(visitor, () => stream.end());
    this.#token = token;
    response.once('close', () => {
      this.#stream = undefined;
      token.stop();
      if (!this.#closed) this.#idle.refresh();
    });
  }

  async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    if (isResponse(message)) {
      const exchange = message.id === undefined ? undefined : this.#exchanges.get(message.id);
      if (message.id !== undefined) this.#exchanges.delete(message.id);
      exchange?.finish(message);
      // Its client was not silent while it waited.
      if (!this.#closed) this.#idle.refresh();
      if (this.isOver && this.#exchanges.size === 0) await this.close();
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
    clearTimeout(this.#old);
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

  /** With a stream or a call it is alive, however little is said. */
  #tooIdle(): void {
    if (this.isIdle) void this.close();
    else this.#idle.refresh();
  }

  #tooOld(): void {
    this.isOver = true;
    if (this.#exchanges.size === 0) void this.close();
  }

  /** The client went away from a POST: in these revisions that is no cancellation, but nobody hears the answer. */
  #drop(calls: Call[], exchange: Exchange): void {
    for (const call of calls) {
      if (this.#exchanges.get(call.id) === exchange) this.#exchanges.delete(call.id);
    }
    if (this.isOver && this.#exchanges.size === 0) void this.close();
  }
}
