import type { Clock } from '../clock.ts';
import { Failure } from '../failure.ts';
import { type Answer, readAnswer } from './answer.ts';
import { Auth, type Login } from './auth.ts';
import type { Looking, Read } from './change.ts';
import { type Credentials, headersFor } from './credentials.ts';
import type { CallFacts } from './explain.ts';
import { encodeForm, type Params } from './form.ts';
import { LostAnswers } from './lost-answers.ts';
import { sendFailure } from './network-failure.ts';
import type { ApiPath } from './path.ts';
import { type Product, products } from './products.ts';
import { withoutSecrets } from './secrets.ts';
import { isTextList } from './text-lists.ts';
import { withKnownNames } from './unknown-parameters.ts';
import type { BodyStream, Host, Send, Upgraded, Verb, WireRequest, WireResponse } from './wire.ts';

/** How one call may differ from the rest. */
export interface CallOptions {
  /** Gives up when it aborts: the socket is closed, and the call fails with `cancelled`. */
  signal?: AbortSignal;
  /** How long to wait for the answer's head, and again between parts of its body, in milliseconds. */
  timeoutMs?: number;
  /** A body to send instead of parameters, for uploads. */
  stream?: BodyStream;
  /** The server to go to, where it must be the one of a call before. */
  host?: Host;
}

/**
 * The API of one Proxmox server: every call of this project goes through `request`. It logs in, encodes, sends, and
 * reads the answer or explains the error. A change is never sent twice, save after a 401 of the login layer, which
 * proves that it did not run; where its answer is lost, the task it began is looked for and its UPID is the answer.
 */
export class Api {
  /** Which product this API is. */
  readonly product: Product;
  readonly #send: Send;
  readonly #auth: Auth;
  readonly #host: (() => Promise<Host>) | undefined;
  readonly #prefix: string;
  readonly #lost: LostAnswers;

  constructor(options: {
    send: Send;
    /** Absent where there is nothing but `send`: then there are no consoles. */
    host?: () => Promise<Host>;
    login: Login;
    clock: Clock;
    /** PVE where it is not said. */
    product?: Product;
    prefix?: string;
  }) {
    this.product = options.product ?? products.pve;
    this.#send = explaining(options.send);
    this.#host = options.host;
    this.#lost = new LostAnswers(options.clock);
    this.#prefix = options.prefix ?? '/api2/json';
    this.#auth = new Auth({
      login: options.login,
      send: this.#send,
      clock: options.clock,
      prefix: this.#prefix,
      product: this.product,
    });
  }

  /**
   * One call. GET and DELETE carry their parameters in the query, POST and PUT in the body, as Proxmox wants them.
   *
   * @throws Failure with the code for what went wrong; `details.mayHaveRun` for a change that may have been made
   */
  async request(verb: Verb, path: ApiPath, params?: Params, options?: CallOptions): Promise<Answer> {
    if (verb === 'GET') return this.#once(verb, path, params, options);
    return this.#lost.guard(
      { verb, path, params: params ?? {} },
      () => this.#once(verb, path, params, options),
      // The types of tasks are known for PVE alone.
      this.product.name === 'pve' ? this.#lookingWith(options) : undefined,
    );
  }

  async #once(verb: Verb, path: ApiPath, params?: Params, options?: CallOptions): Promise<Answer> {
    const call: CallFacts = { verb, path, who: this.#auth.who, product: this.product };
    try {
      return readAnswer(await this.#exchange(verb, path, params, options), call);
    } catch (error) {
      throw withoutSecrets(await withKnownNames(error, call), call, [
        ...this.#auth.secrets(),
        ...secretValues(params),
      ]);
    }
  }

  /** How the task of a lost change is looked for: in whose name, and on the server that the change went to. */
  #lookingWith({ signal, host }: CallOptions = {}): Looking {
    const options = { timeoutMs: 10_000, ...(signal && { signal }), ...(host && { host }) };
    const read: Read = (path, params) => this.#once('GET', path as ApiPath, params, options);
    return { who: this.#auth.who.name, read, signal };
  }

  /** Reads; answers `data`. */
  async get<T = unknown>(path: ApiPath, params?: Params, options?: CallOptions): Promise<T> {
    return (await this.request('GET', path, params, options)).data as T;
  }

  /** Creates or starts something; answers `data`, often a UPID: then the change is done when that task is. */
  async post<T = unknown>(path: ApiPath, params?: Params, options?: CallOptions): Promise<T> {
    return (await this.request('POST', path, params, options)).data as T;
  }

  /** Changes something; answers `data`, often `null`. */
  async put<T = unknown>(path: ApiPath, params?: Params, options?: CallOptions): Promise<T> {
    return (await this.request('PUT', path, params, options)).data as T;
  }

  /** Removes something; answers `data`, often a UPID or `null`. */
  async delete<T = unknown>(path: ApiPath, params?: Params, options?: CallOptions): Promise<T> {
    return (await this.request('DELETE', path, params, options)).data as T;
  }

  /** The server that answers at the moment, for calls that must meet the same one: give it as `host` to each. */
  async host(): Promise<Host> {
    if (this.#host !== undefined) return this.#host();
    throw new Failure(
      'config',
      'This way to Proxmox carries calls only, no consoles.',
      'Connect to a server over HTTPS.',
    );
  }

  /**
   * Leaves HTTP for a websocket: resolves with the bare connection after the server's 101.
   *
   * @throws Failure as `request` does; a refusal has Proxmox's own words
   */
  async upgrade(
    path: ApiPath,
    params: Params,
    options: CallOptions & { host: Host; headers: Record<string, string> },
  ): Promise<Upgraded> {
    const call: CallFacts = { verb: 'GET', path, who: this.#auth.who, product: this.product };
    try {
      const { read } = await unlessAborted(this.#auth.credentials(), options.signal);
      const request = { ...options, method: 'GET' as const, headers: { ...read, ...options.headers } };
      const answer = await explaining(options.host.upgrade)({
        ...request,
        path: `${this.#prefix}${path}?${encodeForm(params)}`,
      });
      if (!('status' in answer)) return answer;
      readAnswer(answer, call);
      throw new Failure(
        'bad_answer',
        'The server answered instead of opening a websocket.',
        'A reverse proxy in between must pass websockets on.',
      );
    } catch (error) {
      throw withoutSecrets(error, call, [...this.#auth.secrets(), ...secretValues(params)]);
    }
  }

  async #exchange(verb: Verb, path: ApiPath, params: Params | undefined, options: CallOptions | undefined) {
    const isText = this.product.family === 'perl' ? (name: string) => isTextList(path, name) : undefined;
    const encoded = params === undefined ? '' : encodeForm(params, isText);
    const inBody = verb === 'POST' || verb === 'PUT';
    const request: WireRequest = {
      method: verb,
      path: encoded === '' || inBody ? this.#prefix + path : `${this.#prefix}${path}?${encoded}`,
      headers: {},
    };
    if (inBody && encoded !== '') request.body = encoded;
    if (options?.signal !== undefined) request.signal = options.signal;
    if (options?.timeoutMs !== undefined) request.timeoutMs = options.timeoutMs;
    const stream = options?.stream;
    if (stream !== undefined) request.stream = stream;
    const send = options?.host === undefined ? this.#send : explaining(options.host.send);

    if (options?.signal?.aborted) throw cancelled();
    const credentials = await unlessAborted(this.#auth.credentials(), options?.signal);
    const headers = headersFor(credentials, verb);
    request.headers = stream === undefined ? headers : { ...headers, ...headersOf(stream) };
    const response = await send(request);
    this.#lost.heard(response.headers.date);
    if (response.status !== 401 || !provesNothingRan(verb, response, this.product)) return response;

    const others: Credentials | undefined = await unlessAborted(
      this.#auth.afterRefusal(credentials),
      options?.signal,
    );
    // What streamed is gone.
    if (others === undefined || stream !== undefined) return response;
    return send({ ...request, headers: headersFor(others, verb) });
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

/**
 * Parameters whose values are secrets: passwords, tickets, tokens and private keys of other services. Not the ids of API
 * tokens (`tokens`, `tokenid`), nor what only sounds alike (`lock-token`, `master-pubkey`, `certkey`, which is a path).
 */
const secretNames = /passw|secret|ticket|-key$|^(?:token|keys?|keyring|t?otp|tfa-challenge)$/i;

function secretValues(params: Params | undefined): string[] {
  return Object.entries(params ?? {})
    .filter(([name]) => secretNames.test(name))
    .flatMap(([, value]) => value)
    .filter((value) => typeof value === 'string');
}
