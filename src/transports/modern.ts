import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  classifyInboundRequest,
  createMcpHandler,
  type JSONRPCMessage,
  type McpHttpHandler,
  PerRequestHTTPServerTransport,
  PROTOCOL_VERSION_META_KEY,
  type TransportSendOptions,
} from '@modelcontextprotocol/server';
import { MODERN_REVISION, type ServerFactory } from '../server/server-factory.ts';
import { saidBy, type Visitor } from './auth/visitor.ts';
import { Exchange } from './exchange.ts';
import { type Call, isMessage, isObject, isRequest, isResponse } from './message.ts';

/** The calls that make up nearly all traffic, and the body member that `Mcp-Name` must repeat. */
const EVERYDAY: Record<string, string | undefined> = {
  'tools/list': undefined,
  'tools/call': 'name',
  'server/discover': undefined,
};

/** What 2026-07-28 answers with HTTP 400 although a handler said it: a capability that the client did not declare. */
const MISSING_CAPABILITY = -32021;

/**
 * Streamable HTTP of revision 2026-07-28: no session, everything said with each request.
 *
 * Two lanes. An everyday request whose headers and body agree to the letter goes to one server that lives as long as
 * the process. All else (subscriptions, every kind of mistake) goes to the SDK's own handler, which makes a server for
 * each request and knows every rule of the revision: about a tenth of the speed, and the same answers.
 */
export class ModernEndpoint {
  readonly #channel = new SharedChannel();
  readonly #handler: McpHttpHandler;
  #ready: Promise<void> | undefined;
  readonly #factory: ServerFactory;

  constructor(factory: ServerFactory) {
    this.#factory = factory;
    this.#handler = createMcpHandler(factory, { legacy: 'reject' });
  }

  /**
   * Serves a POST of this revision, or one that is a mistake which this revision has an answer for. Answers `false`,
   * having done nothing, when it belongs to the older ones.
   */
  async post(
    request: IncomingMessage,
    response: ServerResponse,
    body: unknown,
    visitor: Visitor,
  ): Promise<boolean> {
    const call = everydayCall(request, body);
    if (call !== undefined) {
      this.#ready ??= this.#factory({ era: 'modern' }).connect(this.#channel);
      await this.#ready;
      this.#channel.deliver(call, request, response, visitor);
      return true;
    }
    if (isOlder(request, body)) return false;
    await this.#slowLane(request, response, body, visitor);
    return true;
  }

  async close(): Promise<void> {
    await Promise.all([this.#handler.close(), this.#channel.close()]);
  }

  async #slowLane(
    request: IncomingMessage,
    response: ServerResponse,
    body: unknown,
    visitor: Visitor,
  ): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) {
      // Their token ends at the door.
      if (typeof value === 'string' && name !== 'authorization') headers.set(name, value);
    }
    const asked = new Request('http://localhost/mcp', {
      method: 'POST',
      headers,
      body: '{}',
      signal: gone.signal,
    });
    const answer = await this.#handler.fetch(asked, { parsedBody: body, ...saidBy(visitor) });
    if (response.destroyed) return;
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    if (answer.body === null) response.end();
    else
      Readable.fromWeb(answer.body as Parameters<typeof Readable.fromWeb>[0])
        .on('error', () => response.destroy())
        .pipe(response);
  }
}

/** Whether the SDK's rules see a request of an older revision in it. */
function isOlder(request: IncomingMessage, body: unknown): boolean {
  const protocolVersionHeader = header(request, 'mcp-protocol-version');
  const mcpMethodHeader = header(request, 'mcp-method');
  const mcpNameHeader = header(request, 'mcp-name');
  const { kind } = classifyInboundRequest({
    httpMethod: 'POST',
    ...(protocolVersionHeader !== undefined && { protocolVersionHeader }),
    ...(mcpMethodHeader !== undefined && { mcpMethodHeader }),
    ...(mcpNameHeader !== undefined && { mcpNameHeader }),
    body,
  });
  return kind === 'legacy';
}

/** The call, when everything about it is as it should be: with any doubt it is not an everyday one. */
function everydayCall(request: IncomingMessage, body: unknown): Call | undefined {
  if (header(request, 'mcp-protocol-version') !== MODERN_REVISION) return undefined;
  if (!isMessage(body) || !isRequest(body) || !Object.hasOwn(EVERYDAY, body.method)) return undefined;
  if (header(request, 'mcp-method') !== body.method) return undefined;
  const params = (body.params ?? {}) as Record<string, unknown>;
  const named = EVERYDAY[body.method];
  const name = named === undefined ? undefined : params[named];
  if (header(request, 'mcp-name') !== name) return undefined;
  return hasEnvelope(params._meta) ? body : undefined;
}

/** Whether the request says who asks, and in which revision, as the revision wants it said. */
function hasEnvelope(meta: unknown): boolean {
  if (!isObject(meta) || meta[PROTOCOL_VERSION_META_KEY] !== MODERN_REVISION) return false;
  const info = meta[CLIENT_INFO_META_KEY];
  const capabilities = meta[CLIENT_CAPABILITIES_META_KEY];
  if (!isObject(info) || !isObject(capabilities)) return false;
  const named = typeof info.name === 'string' && typeof info.version === 'string';
  return (
    named &&
    Object.values(info).every((value) => typeof value === 'string') &&
    Object.values(capabilities).every(isObject)
  );
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

/**
 * Carries the calls of many clients to one server. Ids are ours on the inside, because two clients may use the same
 * one. It stands in for the SDK's transport of a single exchange, which is how a server learns that it is to speak
 * this revision.
 */
class SharedChannel extends PerRequestHTTPServerTransport {
  readonly #calls = new Map<number, { id: string | number; exchange: Exchange }>();
  #lastId = 0;

  constructor() {
    super({ classification: { era: 'modern', revision: MODERN_REVISION } });
  }

  override async start(): Promise<void> {}

  deliver(call: Call, request: IncomingMessage, response: ServerResponse, visitor: Visitor): void {
    this.#lastId += 1;
    const id = this.#lastId;
    const mayStream = /text\/event-stream|\*\/\*/.test(request.headers.accept ?? '*/*');
    this.#calls.set(id, { id: call.id, exchange: new Exchange(response, { mayStream, visitor }) });
    response.once('close', () => this.#leave(id));
    const classification = { era: 'modern', revision: MODERN_REVISION } as const;
    this.onmessage?.({ ...call, id }, { classification, ...saidBy(visitor) });
  }

  override async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    if (!isResponse(message)) {
      this.#calls.get(Number(options?.relatedRequestId))?.exchange.notify(message);
      return;
    }
    const call = this.#calls.get(Number(message.id));
    if (call === undefined) return;
    this.#calls.delete(Number(message.id));
    const refused = 'error' in message && message.error.code === MISSING_CAPABILITY;
    call.exchange.finish({ ...message, id: call.id }, refused ? 400 : 200);
  }

  override async close(): Promise<void> {
    this.onclose?.();
  }

  /** In this revision a client that goes away has cancelled. */
  #leave(id: number): void {
    if (!this.#calls.delete(id)) return;
    this.onmessage?.({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } });
  }
}
