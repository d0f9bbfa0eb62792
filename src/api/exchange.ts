import type { Duplex, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip, gunzipSync } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { Failure } from '../failure.ts';
import { codeOf, isLost, networkFailure, type Progress, queueTimeout } from './network-failure.ts';
import type { WireRequest, WireResponse } from './wire.ts';

/** No answer of Proxmox is larger, and no more is held in memory: 64 MiB, unpacked. */
export const largestBody = 64 * 1024 * 1024;

const unzip = promisify(gunzip);

/** All exchanges with one server share it. */
export interface Traffic {
  /** How many may be on the wire at once. */
  readonly most: number;
  /** How many are. */
  now: number;
}

/** One request on one connection and its answer, as undici tells of it. Used once. */
export class Exchange implements Dispatcher.DispatchHandler {
  /** Whether it failed on a connection that was never made or that closed before any answer. */
  lost = false;
  /** The bare connection, once the server has left HTTP for another protocol. */
  socket: Duplex | undefined;
  readonly #request: WireRequest;
  readonly #progress: Progress;
  readonly #traffic: Traffic;
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #status = 0;
  #reason = '';
  #headers: Record<string, string> = {};
  #controller: Dispatcher.DispatchController | undefined;
  #resolve: (response: WireResponse) => void = () => {};
  #reject: (failure: Failure) => void = () => {};
  #settled = false;
  /** Runs out when nothing happens for `timeoutMs`: no connection, no head, no further part of the body. */
  #timer: NodeJS.Timeout | undefined;
  readonly #largest: number;

  constructor(request: WireRequest, host: string, timeoutMs: number, traffic: Traffic) {
    this.#request = request;
    this.#largest = request.largest ?? largestBody;
    this.#traffic = traffic;
    const write = request.method !== 'GET';
    this.#progress = { host, timeoutMs, behind: 0, started: false, answered: false, write };
  }

  /** Sends it. `path` is the whole path on this server, `upgrade` the protocol to leave HTTP for. */
  run(dispatcher: Dispatcher, path: string, upgrade?: string): Promise<WireResponse> {
    const { method, headers, body, stream, signal } = this.#request;
    const { timeoutMs } = this.#progress;
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      if (signal?.aborted) return this.#fail(cancelled());
      signal?.addEventListener('abort', this.#onAbort, { once: true });
      this.#timer = setTimeout(this.#onTimeout, timeoutMs);
      this.#lookAhead();
      dispatcher.dispatch(
        {
          method,
          path,
          headers: { ...headers, 'accept-encoding': 'gzip' },
          body: stream === undefined ? (body ?? null) : (this.#watched(stream.chunks) as unknown as Readable),
          ...(upgrade !== undefined && { upgrade }),
          // Its own timers are coarse (a second); see #timer.
          headersTimeout: 0,
          bodyTimeout: 0,
        },
        this,
      );
    });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It was given up while it waited for a connection; closing this one keeps it from being sent.
    if (this.#settled) controller.abort(new Error('cancelled'));
    else if (!this.#progress.started) {
      this.#progress.started = true;
      this.#traffic.now++;
    }
    this.#timer?.refresh();
  }

  onRequestUpgrade(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
    socket: Duplex,
  ): void {
    // Whoever waited for it may have given up meanwhile.
    if (this.#settled) return void socket.destroy();
    this.#status = status;
    this.#takeHeaders(headers);
    this.socket = socket;
    this.#done('');
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
    reason?: string,
  ): void {
    if (status < 200) return;
    this.#progress.answered = true;
    this.#timer?.refresh();
    this.#status = status;
    this.#reason = reason ?? '';
    this.#takeHeaders(headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#timer?.refresh();
    this.#size += chunk.length;
    this.#chunks.push(chunk);
    if (this.#size <= this.#largest) return;
    this.#fail(this.#explained(tooLarge(this.#largest)));
    controller.abort(new Error('too large'));
  }

  onResponseEnd(): void {
    const whole =
      this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks, this.#size);
    if (this.#headers['content-encoding'] !== 'gzip') {
      this.#done(whole.toString());
      return;
    }
    this.#unpack(whole).then(
      (body) => this.#done(body.toString()),
      (error) =>
        this.#fail(
          this.#explained(codeOf(error) === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(this.#largest) : notGzip()),
        ),
    );
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: unknown): void {
    this.lost = !this.#settled && !this.#progress.answered && isLost(error);
    this.#fail(this.#explained(error));
  }

  readonly #onAbort = (): void => {
    this.#fail(this.#explained(cancelled()));
    this.#controller?.abort(new Error('cancelled'));
  };

  readonly #onTimeout = (): void => {
    this.#lookAhead();
    this.#fail(this.#explained({ code: timeoutCode(this.#progress) }));
    this.#controller?.abort(new Error('timeout'));
  };

  /** Notes the calls that must end before this one gets a connection; other waits are for a connection to be made. */
  #lookAhead(): void {
    const { now, most } = this.#traffic;
    if (!this.#progress.started && now >= most) this.#progress.behind = now;
  }

  #takeHeaders(headers: Record<string, string | string[] | undefined>): void {
    for (const name in headers) {
      const value = headers[name];
      if (value !== undefined) this.#headers[name] = typeof value === 'string' ? value : value.join(', ');
    }
  }

  /** Each piece that leaves is a sign of life. */
  async *#watched(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of chunks) {
      this.#timer?.refresh();
      yield chunk;
    }
  }

  #explained(error: unknown): Failure {
    const { stream } = this.#request;
    const write = this.#progress.write && stream?.complete !== false;
    return networkFailure(error, { ...this.#progress, write });
  }

  async #unpack(packed: Buffer): Promise<Buffer> {
    const limit = { maxOutputLength: this.#largest };
    // A small one is unpacked faster here than handed to another thread.
    return packed.length < 16_384 ? gunzipSync(packed, limit) : unzip(packed, limit);
  }

  #done(body: string): void {
    if (!this.#settle()) return;
    this.#resolve({ status: this.#status, reason: this.#reason, headers: this.#headers, body });
  }

  #fail(failure: Failure): void {
    if (this.#settle()) this.#reject(failure);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    if (this.#progress.started) this.#traffic.now--;
    clearTimeout(this.#timer);
    this.#request.signal?.removeEventListener('abort', this.#onAbort);
    return true;
  }
}

function timeoutCode({ started, answered, behind }: Progress): string {
  if (!started) return behind > 0 ? queueTimeout : 'UND_ERR_CONNECT_TIMEOUT';
  return answered ? 'UND_ERR_BODY_TIMEOUT' : 'UND_ERR_HEADERS_TIMEOUT';
}

function cancelled(): Failure {
  return new Failure('cancelled', 'The call was cancelled.', 'Call again if it is still wanted.');
}

function tooLarge(largest: number): Failure {
  return new Failure(
    'bad_answer',
    `The answer is larger than ${Math.round(largest / 2 ** 20)} MiB.`,
    'Ask for less: use the limit, start or filter parameters of this call.',
  );
}

function notGzip(): Failure {
  return new Failure(
    'bad_answer',
    "The answer says it is gzip but can't be unpacked.",
    'Try again; look for a proxy in between.',
  );
}
