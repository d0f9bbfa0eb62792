import type { Readable, Writable } from 'node:stream';
import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import { MAX_BODY_BYTES } from './body.ts';
import { cancelledBy, isMessage, isRequest, isResponse } from './message.ts';

const MAX_BACKLOG_BYTES = 64 * 1024 * 1024;
const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;

/** How long the answers still owed may take after the client has closed its end. */
const LAST_ANSWERS_MS = 10_000;

/** JSON-RPC messages over a pair of streams, one a line. What is not a message is answered with the protocol's error. */
export class MessageLines {
  /** Resolves when the conversation is over: the client has closed its end and has its answers, or is gone. */
  readonly closed: Promise<void>;
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #receive: (message: JSONRPCMessage) => void;
  #resolveClosed: () => void = () => {};
  #isClosed = false;
  #inputEnded = false;
  readonly #unanswered = new Set<string | number>();
  #line: Buffer[] = [];
  #lineBytes = 0;

  constructor(input: Readable, output: Writable, receive: (message: JSONRPCMessage) => void) {
    this.#input = input;
    this.#output = output;
    this.#receive = receive;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    input.on('data', (part: Buffer) => this.#take(part));
    for (const end of ['end', 'close', 'error']) input.once(end, () => this.#end());
    // A reader that is gone (EPIPE) has ended the conversation.
    output.on('error', () => this.close());
  }

  write(message: JSONRPCMessage): void {
    this.#write(message);
    if (isResponse(message) && message.id !== undefined) this.#settle(message.id);
  }

  /** Reads no more; what was asked before is still answered. */
  pause(): void {
    this.#input.pause();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#input.pause();
    this.#resolveClosed();
  }

  /** `echo … | proxmox-mcp` closes its end at once and still wants to read the answers. */
  #end(): void {
    this.#inputEnded = true;
    if (this.#unanswered.size === 0) this.close();
    else setTimeout(() => this.close(), LAST_ANSWERS_MS).unref();
  }

  #settle(id: string | number): void {
    this.#unanswered.delete(id);
    if (this.#inputEnded && this.#unanswered.size === 0) this.close();
  }

  #write(message: object): void {
    if (this.#isClosed) return;
    this.#output.write(`${JSON.stringify(message)}\n`);
    // A reader that lets this much pile up does not read.
    if (this.#output.writableLength > MAX_BACKLOG_BYTES) this.close();
  }

  #take(part: Buffer): void {
    let from = 0;
    for (let end = part.indexOf(10); end !== -1; end = part.indexOf(10, from)) {
      this.#keep(part.subarray(from, end));
      from = end + 1;
      this.#endLine();
    }
    this.#keep(part.subarray(from));
  }

  /** What is over the limit is counted and dropped, so that a line without end can't eat the memory. */
  #keep(part: Buffer): void {
    this.#lineBytes += part.length;
    if (this.#lineBytes <= MAX_BODY_BYTES) this.#line.push(part);
    else this.#line = [];
  }

  #endLine(): void {
    const tooLarge = this.#lineBytes > MAX_BODY_BYTES;
    const text = Buffer.concat(this.#line).toString('utf8').trim();
    this.#line = [];
    this.#lineBytes = 0;
    if (tooLarge) this.#refuse(INVALID_REQUEST, `The message is larger than ${MAX_BODY_BYTES} bytes.`);
    else if (text !== '') this.#parse(text);
  }

  #parse(text: string): void {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      this.#refuse(PARSE_ERROR, 'Parse error: the line is not valid JSON.');
      return;
    }
    const messages: unknown[] = Array.isArray(value) ? value : [value];
    if (messages.length === 0) this.#refuse(INVALID_REQUEST, 'Invalid request: an empty batch.');
    for (const each of messages) {
      if (isMessage(each)) this.#accept(each);
      else this.#refuse(INVALID_REQUEST, 'Invalid request: not a JSON-RPC 2.0 message.');
    }
  }

  #accept(message: JSONRPCMessage): void {
    if (isRequest(message)) this.#unanswered.add(message.id);
    this.#receive(message);
    // A cancelled request gets no answer.
    const cancelled = cancelledBy(message);
    if (cancelled !== undefined) this.#settle(cancelled);
  }

  #refuse(code: number, message: string): void {
    this.#write({ jsonrpc: '2.0', id: null, error: { code, message } });
  }
}
