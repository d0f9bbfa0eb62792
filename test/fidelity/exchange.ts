import { connect, type TLSSocket } from 'node:tls';

/** An answer as its bytes came. */
export interface Answer {
  status: number;
  reason: string;
  /** In order, with duplicates. */
  headers: [name: string, value: string][];
  /** As sent, compressed or not. */
  body: Buffer;
  /** Whether the server ended the connection after it. */
  closed: boolean;
}

/** How long to wait for the server to close a connection that it said it would, in milliseconds. */
const PATIENCE = 2000;

/**
 * A client that writes bytes and reads bytes, so that nothing is smoothed over. It uses a connection again for as long
 * as the server says it may: an answer that promised `Keep-Alive` and lied breaks the next request.
 */
export class RawClient {
  readonly #port: number;
  #socket: TLSSocket | undefined;

  constructor(url: string) {
    this.#port = Number(new URL(url).port);
  }

  /** Sends a request; undefined where the server closed without an answer. */
  async send(request: Buffer): Promise<Answer | undefined> {
    this.#socket ??= await this.#open();
    const socket = this.#socket;
    const bytes = new Bytes(socket);
    socket.write(request);
    const head = await bytes.until('\r\n\r\n');
    if (head === undefined) {
      this.close();
      return undefined;
    }
    const [line = '', ...lines] = head.toString('latin1').trimEnd().split('\r\n');
    const [, status = '', reason = ''] = /^HTTP\/1\.[01] (\d+) (.*)$/.exec(line) ?? [];
    const headers = lines.map((text): [string, string] => {
      const colon = text.indexOf(': ');
      return [text.slice(0, colon), text.slice(colon + 2)];
    });
    const of = (name: string) => headers.filter(([key]) => key === name).map(([, value]) => value);
    const body = await bytes.take(Number(of('Content-Length')[0] ?? 0));
    const promised = of('Connection').at(-1) === 'Keep-Alive';
    const closed = !promised && (await bytes.ended(PATIENCE));
    bytes.release();
    if (!promised) this.close();
    return { status: Number(status), reason, headers, body, closed };
  }

  /** Ends the connection, so that the next request opens a new one. */
  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #open(): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      // The certificate is made anew at every start; who answers is not what is tried here.
      const socket = connect({ port: this.#port, host: '127.0.0.1', rejectUnauthorized: false });
      socket.once('secureConnect', () => resolve(socket));
      socket.once('error', reject);
    });
  }
}

/** What a socket sends, read piece by piece. */
class Bytes {
  readonly #socket: TLSSocket;
  #read: Buffer = Buffer.alloc(0);
  #over = false;
  #wake: () => void = () => undefined;
  readonly #onData = (chunk: Buffer) => {
    this.#read = Buffer.concat([this.#read, chunk]);
    this.#wake();
  };
  readonly #onEnd = () => {
    this.#over = true;
    this.#wake();
  };

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on('data', this.#onData);
    for (const event of ['end', 'close', 'error']) socket.on(event, this.#onEnd);
  }

  async until(mark: string): Promise<Buffer | undefined> {
    while (this.#read.indexOf(mark) < 0) {
      if (this.#over) return undefined;
      await this.#more();
    }
    return this.take(this.#read.indexOf(mark) + mark.length);
  }

  async take(length: number): Promise<Buffer> {
    while (this.#read.length < length && !this.#over) await this.#more();
    const taken = this.#read.subarray(0, length);
    this.#read = this.#read.subarray(length);
    return taken;
  }

  async ended(patience: number): Promise<boolean> {
    const until = Date.now() + patience;
    while (!this.#over && Date.now() < until) {
      const timer = setTimeout(() => this.#wake(), until - Date.now());
      await this.#more();
      clearTimeout(timer);
    }
    return this.#over;
  }

  release(): void {
    this.#socket.off('data', this.#onData);
    for (const event of ['end', 'close', 'error']) this.#socket.off(event, this.#onEnd);
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
