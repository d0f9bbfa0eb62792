import type { ServerResponse } from 'node:http';
import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import { stepUp, type Visitor } from './auth/visitor.ts';

/** How long a call may be silent before its answer becomes a stream that a proxy sees is alive. */
export const KEEP_ALIVE_MS = 15_000;

/** A reader that lets this much pile up is gone or hostile: its stream is closed. */
export const MAX_BACKLOG_BYTES = 1024 * 1024;

const EVENT_STREAM = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  // nginx would hold events back otherwise.
  'x-accel-buffering': 'no',
};

/** A one-way stream of events to a client, kept alive with comment lines. */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #timer: NodeJS.Timeout;

  constructor(response: ServerResponse, headers: Record<string, string> = {}) {
    this.#response = response;
    response.writeHead(200, { ...EVENT_STREAM, ...headers });
    // The head must leave now: a client waits for it before it speaks.
    response.flushHeaders();
    this.#timer = setInterval(() => this.#write(': keep-alive\n\n'), KEEP_ALIVE_MS);
    this.#timer.unref();
    response.once('close', () => clearInterval(this.#timer));
    // A connection reset is the client's way of leaving, not an error of ours.
    response.on('error', () => {});
  }

  event(name: string, data: string): void {
    this.#write(`event: ${name}\ndata: ${data}\n\n`);
  }

  message(message: JSONRPCMessage): void {
    this.event('message', JSON.stringify(message));
  }

  end(): void {
    clearInterval(this.#timer);
    this.#response.end();
  }

  #write(text: string): void {
    if (this.#response.writableEnded || this.#response.destroyed) return;
    if (this.#response.writableLength > MAX_BACKLOG_BYTES) this.#response.destroy();
    else this.#response.write(text);
  }
}

/**
 * The answer to one POST: plain JSON when the result is all there is to say (the cheapest for both sides), an event
 * stream as soon as the server says something before it (progress), or has been silent for long.
 */
export class Exchange {
  readonly #response: ServerResponse;
  readonly #headers: Record<string, string>;
  readonly #results: JSONRPCMessage[] = [];
  readonly #batch: boolean;
  readonly #visitor: Visitor;
  #awaited: number;
  #stream: EventStream | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param awaited how many results the client waits for: one, or several for a batch of old revisions. */
  constructor(
    response: ServerResponse,
    options: {
      visitor: Visitor;
      awaited?: number;
      batch?: boolean;
      mayStream: boolean;
      headers?: Record<string, string>;
    },
  ) {
    this.#response = response;
    this.#headers = options.headers ?? {};
    this.#batch = options.batch ?? false;
    this.#visitor = options.visitor;
    this.#awaited = options.awaited ?? 1;
    response.on('error', () => {});
    if (options.mayStream) {
      this.#timer = setTimeout(() => this.#openStream(), KEEP_ALIVE_MS);
      this.#timer.unref();
      response.once('close', () => clearTimeout(this.#timer));
    }
  }

  /** Something before the result: progress, a question to the client. False on a client that takes no streams. */
  notify(message: JSONRPCMessage): boolean {
    if (this.#timer === undefined && this.#stream === undefined) return false;
    this.#openStream().message(message);
    return true;
  }

  /** A result or an error: the answer ends with the last one awaited. */
  finish(message: JSONRPCMessage, status = 200): void {
    this.#awaited -= 1;
    if (this.#stream !== undefined) {
      this.#stream.message(message);
      if (this.#awaited === 0) this.#stream.end();
      return;
    }
    this.#results.push(message);
    if (this.#awaited > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const body = this.#batch ? this.#results : message;
    // As long as nothing is said, HTTP can still say that a wider scope would do.
    const challenge = stepUp(this.#results, this.#visitor);
    if (challenge === undefined) sendJson(this.#response, status, body, this.#headers);
    else sendJson(this.#response, 403, body, { ...this.#headers, 'www-authenticate': challenge });
  }

  /** No answer will come for one that was awaited: the client has cancelled it. */
  abandon(): void {
    this.#awaited -= 1;
    if (this.#awaited > 0) return;
    clearTimeout(this.#timer);
    if (this.#stream !== undefined) this.#stream.end();
    else if (this.#results.length > 0) sendJson(this.#response, 200, this.#results, this.#headers);
    else this.#response.writeHead(202, this.#headers).end();
  }

  #openStream(): EventStream {
    if (this.#stream === undefined) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#stream = new EventStream(this.#response, this.#headers);
      for (const result of this.#results) this.#stream.message(result);
    }
    return this.#stream;
  }
}

/** Sends one JSON body, whole. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  const text = JSON.stringify(body);
  const length = Buffer.byteLength(text);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': length, ...headers });
  // As text, it leaves in one write together with the head.
  response.end(text);
}

/** Sends a JSON-RPC error as the HTTP answer. */
export function sendError(
  response: ServerResponse,
  status: number,
  code: number,
  message: string,
  id: string | number | null = null,
  headers: Record<string, string> = {},
): void {
  sendJson(response, status, { jsonrpc: '2.0', error: { code, message }, id }, headers);
}
