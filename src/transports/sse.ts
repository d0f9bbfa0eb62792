import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/server';
import type { ServerFactory } from '../server/server-factory.ts';
import { TokenTimer } from './auth/token-timer.ts';
import { saidBy, sameVisitor, type Visitor } from './auth/visitor.ts';
import { EventStream } from './exchange.ts';
import { cancelledBy, isRequest, isResponse } from './message.ts';

const MAX_STREAMS = 10_000;

interface SseOptions {
  /** How long a stream may last, in milliseconds. */
  maxMs: number;
  /** What stands before every path outside. */
  prefix: string;
}

/**
 * HTTP+SSE of revision 2024-11-05, which Gemini CLI's `url` and many older clients speak: `GET /sse` is a stream whose
 * first event names the address for POSTs; every answer comes on the stream. Deprecated in the protocol, kept working here.
 */
export class SseStreams {
  readonly #factory: ServerFactory;
  readonly #options: SseOptions;
  readonly #streams = new Map<string, SseTransport>();

  constructor(factory: ServerFactory, options: SseOptions) {
    this.#factory = factory;
    this.#options = options;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** Serves `GET /sse`. */
  async open(response: ServerResponse, visitor: Visitor): Promise<void> {
    if (this.#streams.size >= MAX_STREAMS) {
      response.writeHead(503, { 'retry-after': '10' }).end('Too many streams are open. Try again later.\n');
      return;
    }
    const transport = new SseTransport(response, visitor, this.#options, () =>
      this.#streams.delete(transport.sessionId),
    );
    this.#streams.set(transport.sessionId, transport);
    await this.#factory({ era: 'legacy' }).connect(transport);
  }

  /** The stream that a POST to `/messages/?session_id=…` belongs to. Somebody else's is none. */
  find(request: IncomingMessage, visitor: Visitor): SseTransport | undefined {
    const query = request.url?.split('?')[1] ?? '';
    const id = new URLSearchParams(query).get('session_id');
    const stream = id === null ? undefined : this.#streams.get(id);
    if (stream === undefined || stream.isOver || !sameVisitor(stream.owner, visitor)) return undefined;
    return stream;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#streams.values()].map((stream) => stream.close()));
  }
}

/** One client's stream. */
class SseTransport implements Transport {
  readonly sessionId = randomUUID().replaceAll('-', '');
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport['onmessage'];
  readonly owner: Visitor;
  readonly #response: ServerResponse;
  readonly #forget: () => void;
  readonly #prefix: string;
  readonly #old: NodeJS.Timeout;
  readonly #token: TokenTimer;
  /** Requests that are being answered. */
  readonly #pending = new Set<string | number>();
  /** Its time is up: it takes nothing new, and ends with what is under way. */
  isOver = false;
  #stream: EventStream | undefined;
  #closed = false;

  constructor(response: ServerResponse, owner: Visitor, { maxMs, prefix }: SseOptions, forget: () => void) {
    this.owner = owner;
    this.#prefix = prefix;
    this.#old = setTimeout(() => this.#tooOld(), maxMs).unref();
    this.#token = new TokenTimer(owner, () => this.#tooOld());
    this.#response = response;
    this.#forget = forget;
  }

  async start(): Promise<void> {
    this.#response.once('close', () => void this.close());
    this.#stream = new EventStream(this.#response);
    // FastMCP's address; its clients know no other.
    this.#stream.event('endpoint', `${this.#prefix}/messages/?session_id=${this.sessionId}`);
  }

  deliver(message: JSONRPCMessage, visitor: Visitor): void {
    this.#token.prolong(visitor);
    if (isRequest(message)) this.#pending.add(message.id);
    this.onmessage?.(message, saidBy(visitor));
    const cancelled = cancelledBy(message);
    if (cancelled !== undefined) this.#answered(cancelled);
  }

  async send(message: JSONRPCMessage): Promise<void> {
    this.#stream?.message(message);
    if (isResponse(message) && message.id !== undefined) this.#answered(message.id);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#old);
    this.#token.stop();
    this.#forget();
    this.#stream?.end();
    this.onclose?.();
  }

  #answered(id: string | number): void {
    this.#pending.delete(id);
    if (this.isOver && this.#pending.size === 0) void this.close();
  }

  #tooOld(): void {
    this.isOver = true;
    if (this.#pending.size === 0) void this.close();
  }
}
