import type { WebSocketStream } from '../api/websocket.ts';
import type { Clock } from '../clock.ts';
import { Failure } from '../failure.ts';

/** A terminal: what it writes can be iterated, as bytes with their control sequences. */
export interface Terminal extends AsyncIterable<Buffer> {
  /** Types something; `\r` is the Enter key. Resolves when there is room for more. */
  write(data: Uint8Array | string): Promise<void>;
  /** In characters. */
  resize(columns: number, rows: number): Promise<void>;
  /** Ends it; what runs in a guest's terminal goes on. */
  close(): Promise<void>;
}

/** Proxmox's own interface gives a sign of life as often, in milliseconds. */
const ALIVE_EVERY = 30_000;
const LARGEST_SIDE = 0xffff;

/**
 * What termproxy speaks (PVE 9.2): a first line `user:ticket`, answered `OK`; then `0:BYTES:DATA` for keys,
 * `1:COLUMNS:ROWS:` for the size and `2` as a sign of life, while what comes is the terminal's output as it is.
 */
export class TerminalStream implements Terminal {
  readonly #stream: WebSocketStream;
  readonly #clock: Clock;
  readonly #output: AsyncIterator<Buffer>;
  readonly #over = new AbortController();
  /** What came together with the `OK`. */
  #first: Buffer | undefined;

  constructor(stream: WebSocketStream, clock: Clock) {
    this.#stream = stream;
    this.#clock = clock;
    this.#output = stream[Symbol.asyncIterator]();
    void stream.closed.then(() => this.#over.abort());
  }

  /**
   * Sends the first line and waits for the `OK`.
   *
   * @throws Failure `auth` where the ticket is not accepted, `timeout` where nothing comes
   */
  async logIn(line: string, timeoutMs: number): Promise<void> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      void this.#stream.close();
    }, timeoutMs);
    try {
      await this.#stream.write(`${line}\n`);
      let heard = Buffer.alloc(0);
      while (heard.length < 2) {
        const { value, done } = await this.#output.next();
        if (done || value === undefined) throw late ? tooLate(timeoutMs) : notAccepted();
        heard = Buffer.concat([heard, value]);
      }
      if (heard.toString('latin1', 0, 2) !== 'OK') throw notAccepted();
      if (heard.length > 2) this.#first = heard.subarray(2);
    } finally {
      clearTimeout(timer);
    }
    void this.#stayAlive();
  }

  async write(data: Uint8Array | string): Promise<void> {
    const bytes = Buffer.from(data as Uint8Array);
    await this.#stream.write(Buffer.concat([Buffer.from(`0:${bytes.length}:`), bytes]));
  }

  async resize(columns: number, rows: number): Promise<void> {
    for (const side of [columns, rows]) {
      if (Number.isSafeInteger(side) && side > 0 && side <= LARGEST_SIDE) continue;
      throw new Failure(
        'invalid_argument',
        `A terminal can't be ${columns} by ${rows} characters.`,
        `Give whole numbers from 1 to ${LARGEST_SIDE}, columns first.`,
      );
    }
    await this.#stream.write(`1:${columns}:${rows}:`);
  }

  [Symbol.asyncIterator](): AsyncIterator<Buffer> {
    return {
      next: async () => {
        if (this.#first !== undefined) {
          const value = this.#first;
          this.#first = undefined;
          return { value, done: false };
        }
        return this.#output.next();
      },
    };
  }

  async close(): Promise<void> {
    this.#over.abort();
    await this.#stream.close();
  }

  async #stayAlive(): Promise<void> {
    const { signal } = this.#over;
    try {
      while (!signal.aborted) {
        await this.#clock.sleep(ALIVE_EVERY, signal);
        await this.#stream.write('2');
      }
    } catch {
      // It is over; whoever reads or writes hears why.
    }
  }
}

function notAccepted(): Failure {
  return new Failure(
    'auth',
    'The terminal did not accept its own ticket.',
    'It is good for ten seconds and on the server that gave it: open the terminal again. A load balancer in between must keep to one server.',
  );
}

function tooLate(timeoutMs: number): Failure {
  return new Failure(
    'timeout',
    `The terminal said nothing within ${timeoutMs} ms.`,
    'The node it runs on is busy or hangs: try again.',
  );
}
