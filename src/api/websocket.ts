import { createHash, randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { Failure } from '../failure.ts';
import type { Api, CallOptions } from './api.ts';
import type { Params } from './form.ts';
import type { ApiPath } from './path.ts';
import { type Frame, FrameReader, opcodes, writeFrame } from './websocket-frames.ts';
import type { Host } from './wire.ts';

/** pveproxy takes no larger frame and sends none (PVE 9.2), in bytes. */
export const largestFrame = 128 * 1024;

/** How long what was written may take to go out when the console is closed, in milliseconds. */
const LAST_WORD_MS = 1_000;

/** The subprotocol of Proxmox's consoles. */
const PROTOCOL = 'binary';

/**
 * Opens a websocket on a given server: over a connection made and trusted like any other, and no compression. undici's own
 * WebSocket would do that too, but keeps a refusal's words to itself, and reads whether anybody listens or not.
 *
 * @throws Failure as a call does; a refusal has Proxmox's own words
 */
export async function openWebSocket(
  api: Api,
  path: ApiPath,
  params: Params,
  options: Pick<CallOptions, 'signal' | 'timeoutMs'> & { host: Host },
): Promise<WebSocketStream> {
  const key = randomBytes(16).toString('base64');
  const { socket, headers } = await api.upgrade(path, params, {
    ...options,
    headers: {
      'sec-websocket-version': '13',
      'sec-websocket-key': key,
      'sec-websocket-protocol': PROTOCOL,
    },
  });
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const asExpected =
    headers['sec-websocket-accept'] === accept &&
    headers['sec-websocket-protocol'] === PROTOCOL &&
    headers['sec-websocket-extensions'] === undefined;
  if (asExpected) return new WebSocketStream(socket, options.signal);
  socket.destroy();
  throw new Failure(
    'bad_answer',
    'The server opened something else than the websocket asked for.',
    'Look for a proxy in between.',
  );
}

/** Bytes both ways. What comes is read only as fast as it is asked for. */
export class WebSocketStream implements AsyncIterable<Buffer> {
  /** Resolves when the connection is gone, for whatever reason. */
  readonly closed: Promise<void>;
  readonly #socket: Duplex;
  readonly #reader = new FrameReader(largestFrame);
  readonly #signal: AbortSignal | undefined;
  readonly #incoming: AsyncIterator<Buffer>;
  #closed = false;

  constructor(socket: Duplex, signal?: AbortSignal) {
    this.#socket = socket;
    this.#signal = signal;
    this.#incoming = this.#read();
    // Whoever reads or writes next hears of it; nobody else has to.
    socket.on('error', () => {});
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        signal?.removeEventListener('abort', this.#onAbort);
        resolve();
      });
    });
    if (signal?.aborted) this.#onAbort();
  }

  /**
   * Sends bytes, in as many frames as it takes; resolves when there is room for more.
   *
   * @throws Failure `unreachable` when the connection is closed, `cancelled` after an abort
   */
  async write(data: Uint8Array | string): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    for (let at = 0; at < bytes.length; at += largestFrame) {
      await this.#send(writeFrame(opcodes.binary, bytes.subarray(at, at + largestFrame)));
    }
  }

  /** What comes, piece by piece, until either side closes. Everybody who iterates takes from the same stream. */
  [Symbol.asyncIterator](): AsyncIterator<Buffer> {
    // Leaving a loop over it does not close it: what follows may be read by another one.
    return { next: () => this.#incoming.next() };
  }

  /** Ends it. What was written before still goes out. */
  async close(): Promise<void> {
    if (this.#socket.destroyed) return;
    this.#closed = true;
    const hangUp = () => void this.#socket.destroy();
    // The other side may have stopped reading.
    const timer = setTimeout(hangUp, LAST_WORD_MS);
    // 1000: done. Proxmox answers a close frame by hanging up, so there is nothing to wait for.
    this.#socket.end(writeFrame(opcodes.close, Buffer.from([0x03, 0xe8])), hangUp);
    await this.closed;
    clearTimeout(timer);
  }

  readonly #onAbort = (): void => {
    this.#socket.destroy();
  };

  async #send(frame: Buffer): Promise<void> {
    if (this.#closed || !this.#socket.writable) throw this.#gone();
    if (this.#socket.write(frame)) return;
    await new Promise<void>((resolve, reject) => {
      const settle = () => {
        this.#socket.off('drain', settle);
        this.#socket.off('close', settle);
        if (this.#socket.writable) resolve();
        else reject(this.#gone());
      };
      this.#socket.once('drain', settle);
      this.#socket.once('close', settle);
    });
  }

  async *#read(): AsyncGenerator<Buffer, undefined> {
    try {
      for await (const chunk of this.#socket as AsyncIterable<Buffer>) {
        for (const frame of this.#frames(chunk)) {
          if (frame.opcode === opcodes.close) return undefined;
          if (frame.opcode === opcodes.ping) await this.#send(writeFrame(opcodes.pong, frame.payload));
          else if (frame.opcode <= opcodes.binary && frame.payload.length > 0) yield frame.payload;
        }
      }
    } catch (error) {
      if (error instanceof Failure) throw error;
      if (!this.#closed) throw this.#gone();
    } finally {
      this.#socket.destroy();
    }
    // The end of a console is the end of the connection, without a close frame (PVE 9.2).
    if (this.#reader.isMidway && !this.#closed) throw this.#gone();
    return undefined;
  }

  #frames(chunk: Buffer): Frame[] {
    try {
      return this.#reader.push(chunk);
    } catch (error) {
      throw new Failure(
        'bad_answer',
        `The server sent ${(error as Error).message}, which Proxmox never does.`,
        'Look for a proxy in between.',
      );
    }
  }

  #gone(): Failure {
    if (this.#signal?.aborted)
      return new Failure('cancelled', 'The console was cancelled.', 'Open it again if it is still wanted.');
    if (this.#closed) return new Failure('cancelled', 'The console is closed.', 'Open a new one.');
    return new Failure(
      'unreachable',
      'The connection of the console has ended.',
      'What runs in it may go on: open it again.',
    );
  }
}
