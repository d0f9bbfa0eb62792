import type { Readable, Writable } from 'node:stream';
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/server';
import type { Opening } from '../server/opening.ts';
import type { ServerFactory } from '../server/server-factory.ts';
import { MessageLines } from './lines.ts';
import { isRequest, isResponse } from './message.ts';

/** How long after the first answers the rest is loaded, unless it is needed before. */
const PAUSE_MS = 10;

export interface StdioOptions {
  input: Readable;
  output: Writable;
  /** Answers what needs no server. */
  opening: Opening;
  /** Loads the rest, when something comes that the opening can't answer, or when there is time. */
  load(): Promise<ServerFactory>;
  onError(error: unknown): void;
}

/** The stdio server while it runs. */
export interface StdioHandle {
  /** Resolves when the client has closed its end. */
  closed: Promise<void>;
  /** Takes no more requests. */
  pause(): void;
  close(): void;
}

/**
 * Serves MCP over stdin and stdout. The opening answers the client's first questions; the server behind it is loaded
 * after them, is told what was said so far, and takes over.
 */
export function serveStdio(options: StdioOptions): StdioHandle {
  const toTell: JSONRPCMessage[] = [];
  let channel: Promise<Channel> | undefined;
  const takeOver = (): Promise<Channel> => {
    channel ??= openChannel(options, lines, toTell);
    return channel;
  };

  const receive = (message: JSONRPCMessage): void => {
    if (channel === undefined && answerAtOnce(message)) return;
    takeOver()
      .then((server) => server.deliver(message))
      .catch(options.onError);
  };
  const answerAtOnce = (message: JSONRPCMessage): boolean => {
    if (isResponse(message)) return false;
    if (!isRequest(message)) return toTell.push(message) > 0;
    const result = options.opening(message.method, (message.params ?? {}) as Record<string, unknown>);
    if (result === undefined) return false;
    lines.write({ jsonrpc: '2.0', id: message.id, result });
    if (message.method === 'initialize') toTell.push(message);
    // The client is busy reading its tools: time to get ready for its first call.
    if (message.method === 'tools/list')
      setTimeout(() => takeOver().catch(options.onError), PAUSE_MS).unref();
    return true;
  };

  const lines = new MessageLines(options.input, options.output, receive);
  return { closed: lines.closed, pause: () => lines.pause(), close: () => lines.close() };
}

async function openChannel(
  options: StdioOptions,
  lines: MessageLines,
  toTell: JSONRPCMessage[],
): Promise<Channel> {
  const [factory, sdk] = await Promise.all([options.load(), import('@modelcontextprotocol/server/stdio')]);
  const channel = new Channel(lines, toTell);
  sdk.serveStdio(factory, { transport: channel, onerror: options.onError });
  for (const message of toTell) channel.deliver(message);
  return channel;
}

/** What the SDK's server speaks through. Its answers to what it is told after the fact have been given already. */
class Channel implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport['onmessage'];
  readonly #lines: MessageLines;
  readonly #answered: Set<string | number>;

  constructor(lines: MessageLines, told: readonly JSONRPCMessage[]) {
    this.#lines = lines;
    this.#answered = new Set(told.filter(isRequest).map((request) => request.id));
    void lines.closed.then(() => this.onclose?.());
  }

  async start(): Promise<void> {}

  deliver(message: JSONRPCMessage): void {
    this.onmessage?.(message);
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const repeats = isResponse(message) && message.id !== undefined && this.#answered.delete(message.id);
    if (!repeats) this.#lines.write(message);
  }

  async close(): Promise<void> {
    this.#lines.close();
  }
}
