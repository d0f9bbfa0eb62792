import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import type { ServerFactory } from '../server/server-factory.ts';
import { sameVisitor, type Visitor } from './auth/visitor.ts';
import { sendError } from './exchange.ts';
import { isWholeInitialize, requestsIn } from './message.ts';
import { type SessionTimes, StreamableSession } from './streamable-session.ts';

const MAX_SESSIONS = 10_000;
const INVALID_PARAMS = -32602;

/**
 * Streamable HTTP for the revisions up to 2025-11-25: `initialize` opens a session, whose id the client repeats in
 * `mcp-session-id`. Written over node:http directly; the SDK's own transport goes through web streams, at several times
 * the cost per call.
 */
export class StreamableSessions {
  readonly #factory: ServerFactory;
  readonly #times: SessionTimes;
  readonly #sessions = new Map<string, StreamableSession>();

  constructor(factory: ServerFactory, times: SessionTimes) {
    this.#factory = factory;
    this.#times = times;
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
    this.#find(request, response, visitor)?.listen(response, visitor);
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
    const session = new StreamableSession(visitor, this.#times, () =>
      this.#sessions.delete(session.sessionId),
    );
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
    if (session === undefined || session.isOver || !sameVisitor(session.owner, visitor)) {
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
