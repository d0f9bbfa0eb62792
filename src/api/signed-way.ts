import type { Clock } from '../clock.ts';
import { Failure } from '../failure.ts';
import { Auth, type Login } from './auth.ts';
import { type Credentials, headersFor } from './credentials.ts';
import { sendFailure } from './network-failure.ts';
import type { Product } from './products.ts';
import type { Watch } from './watch.ts';
import type { BodyStream, Host, Send, Upgraded, Verb, WireRequest, WireResponse } from './wire.ts';

/** How one exchange may differ from the rest. */
export interface ExchangeOptions {
  /** Gives up when it aborts: the socket is closed, and the call fails with `cancelled`. */
  signal?: AbortSignal;
  /** How long to wait for the answer's head, and again between parts of its body, in milliseconds. */
  timeoutMs?: number;
  /** A body to send instead of parameters, for uploads. */
  stream?: BodyStream;
  /** The server to go to, where it must be the one of a call before. */
  host?: Host;
  /** Goes on a connection kept for such calls, and so waits behind none of the others: for finding out how things are. */
  ahead?: boolean;
}

/** Who hears of one exchange. */
export interface Listeners {
  /** Told of each answer. */
  heard(response: WireResponse): void;
  watch: Watch | undefined;
}

/** A way onto the wire in the name of one login: signs what is sent, and signs anew once where the login had ended. */
export class SignedWay {
  readonly #auth: Auth;
  readonly #send: Send;
  readonly #product: Product;
  readonly #watch: Watch | undefined;

  /** @param options `watch` is told of every request, logins among them */
  constructor(options: {
    send: Send;
    login: Login;
    clock: Clock;
    product: Product;
    prefix: string;
    watch?: Watch | undefined;
  }) {
    this.#product = options.product;
    this.#watch = options.watch;
    this.#send = watched(explaining(options.send), options.watch);
    this.#auth = new Auth({ ...options, send: this.#send });
  }

  /** Who calls: `user@realm`, or a token as `user@realm!name`. */
  get who(): Auth['who'] {
    return this.#auth.who;
  }

  /** What must stand in no error. */
  secrets(): string[] {
    return this.#auth.secrets();
  }

  /** Sends without a login. */
  unsigned(request: WireRequest): Promise<WireResponse> {
    return this.#send(request);
  }

  /** Sends; whatever status comes is the answer's. */
  async send(
    unsigned: WireRequest,
    options: ExchangeOptions | undefined,
    { heard, watch }: Listeners,
  ): Promise<WireResponse> {
    let answers = 0;
    const send = () =>
      this.#signed(unsigned, options, (response) => {
        answers += 1;
        heard(response);
      });
    return watched(send, watch, () => Math.max(0, answers - 1))(unsigned);
  }

  async #signed(
    unsigned: WireRequest,
    options: ExchangeOptions | undefined,
    heard: (response: WireResponse) => void,
  ): Promise<WireResponse> {
    const request = { ...unsigned };
    const verb = request.method;
    if (options?.signal !== undefined) request.signal = options.signal;
    if (options?.timeoutMs !== undefined) request.timeoutMs = options.timeoutMs;
    if (options?.ahead) request.ahead = true;
    const stream = options?.stream;
    if (stream !== undefined) request.stream = stream;
    const send =
      options?.host === undefined ? this.#send : watched(explaining(options.host.send), this.#watch);

    if (options?.signal?.aborted) throw cancelled();
    const credentials = await unlessAborted(this.#auth.credentials(), options?.signal);
    const headers = headersFor(credentials, verb);
    request.headers = stream === undefined ? headers : { ...headers, ...headersOf(stream) };
    const response = await send(request);
    heard(response);
    if (response.status !== 401 || !provesNothingRan(verb, response, this.#product)) return response;

    const others: Credentials | undefined = await unlessAborted(
      this.#auth.afterRefusal(credentials),
      options?.signal,
    );
    // What streamed is gone.
    if (others === undefined || stream !== undefined) return response;
    const second = await send({ ...request, headers: headersFor(others, verb) });
    heard(second);
    return second;
  }

  /** Asks to leave HTTP for a websocket, in the name of the login. */
  async upgrade(
    request: WireRequest,
    options: ExchangeOptions & { host: Host; headers: Record<string, string> },
  ): Promise<Upgraded | WireResponse> {
    const { read } = await unlessAborted(this.#auth.credentials(), options.signal);
    const headers = { ...read, ...options.headers };
    return explaining(options.host.upgrade)({ ...options, ...request, headers });
  }
}

function headersOf({ contentType, length }: BodyStream): Record<string, string> {
  return { 'content-type': contentType, 'content-length': String(length) };
}

/** Whatever a way onto the wire throws comes as a Failure. */
function explaining<T>(way: (request: WireRequest) => Promise<T>): (request: WireRequest) => Promise<T> {
  return (request) =>
    way(request).catch((error) => {
      throw sendFailure(error, request);
    });
}

/** Tells `watch` of every request on this way, and how often it was sent again. */
function watched(send: Send, watch: Watch | undefined, again = () => 0): Send {
  if (watch === undefined) return send;
  return async (request) => {
    const ended = watch.request(request);
    try {
      const response = await send(request);
      ended(response.status, again());
      return response;
    } catch (error) {
      ended((error as Failure).code, again());
      throw error;
    }
  };
}

/**
 * The login layer's own 401 has no body (recorded on PVE 9.2), or these two words (PBS and PDM); one with another body
 * comes from the method itself.
 */
function provesNothingRan(verb: Verb, { body }: WireResponse, { family }: Product): boolean {
  return verb === 'GET' || body === '' || (family === 'rust' && body.trim() === 'authentication failed');
}

/** A login is shared, so one caller's abort must not end it; it only ends that caller's wait. */
function unlessAborted<T>(work: T | Promise<T>, signal: AbortSignal | undefined): T | Promise<T> {
  if (signal === undefined || !(work instanceof Promise)) return work;
  return new Promise<T>((resolve, reject) => {
    const stop = () => reject(cancelled());
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

function cancelled(): Failure {
  return new Failure('cancelled', 'The call was cancelled before it was sent.', 'Nothing was done.');
}
