import type { Clock } from '../clock.ts';
import { Failure } from '../failure.ts';
import { type Answer, readAnswer } from './answer.ts';
import { Auth, type Login } from './auth.ts';
import type { Looking, Read } from './change.ts';
import { type Credentials, headersFor } from './credentials.ts';
import type { CallFacts } from './explain.ts';
import { encodeForm, type Params } from './form.ts';
import type { Door, Outcome, Permit } from './gate/door.ts';
import type { Verdict } from './gate/verdict.ts';
import { LostAnswers } from './lost-answers.ts';
import { withMissingPrivilege } from './missing-privilege.ts';
import { sendFailure } from './network-failure.ts';
import type { ApiPath } from './path.ts';
import { type Product, products } from './products.ts';
import { secretValues } from './secret-names.ts';
import { withoutSecrets } from './secrets.ts';
import { isTextList } from './text-lists.ts';
import { withKnownNames } from './unknown-parameters.ts';
import type { BodyStream, Host, Send, Upgraded, Verb, WireRequest, WireResponse } from './wire.ts';

export interface ApiOptions {
  send: Send;
  /** Absent where there is nothing but `send`: then there are no consoles. */
  host?: () => Promise<Host>;
  login: Login;
  clock: Clock;
  /** PVE where it is not said. */
  product?: Product;
  prefix?: string;
}

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
  readonly #options: ApiOptions;
  readonly #door: Door | undefined;

  constructor(options: ApiOptions, behind?: { api: Api; door: Door }) {
    this.product = options.product ?? products.pve;
    this.#options = options;
    this.#send = explaining(options.send);
    this.#host = options.host;
    this.#prefix = options.prefix ?? '/api2/json';
    this.#door = behind?.door;
    if (behind !== undefined) {
      this.#lost = behind.api.#lost;
      this.#auth = behind.api.#auth;
      return;
    }
    this.#lost = new LostAnswers(options.clock);
    this.#auth = new Auth({
      login: options.login,
      send: this.#send,
      clock: options.clock,
      prefix: this.#prefix,
      product: this.product,
    });
  }

  /** The same API, login and all, behind a door: whatever is sent through it passes that first. */
  behind(door: Door): Api {
    return new Api(this.#options, { api: this, door });
  }

  /**
   * One call. GET and DELETE carry their parameters in the query, POST and PUT in the body, as Proxmox wants them.
   *
   * @throws Failure with the code for what went wrong; `details.mayHaveRun` for a change that may have been made
   */
  async request(verb: Verb, path: ApiPath, params?: Params, options?: CallOptions): Promise<Answer> {
    const order = { verb, path, params, request: this.wire(verb, path, params) };
    if (options?.stream !== undefined) order.request.stream = options.stream;
    const permit = await this.#admit(order.request, options);
    if (verb === 'GET' && permit === undefined) return this.#asked(order, options);
    try {
      const answer = await this.#change(order, options);
      await permit?.ended(outcomeOf(answer));
      return answer;
    } catch (error) {
      await permit?.ended({ failure: error as Failure });
      throw error;
    }
  }

  /** What the door thinks of a call; undefined where there is none. */
  async judge(verb: Verb, path: ApiPath, params?: Params): Promise<Verdict | undefined> {
    return this.#door?.judge(this.wire(verb, path, params), this.#reading(undefined));
  }

  /**
   * Asks the person at once for several calls that will be made in this order, where one must be asked for: each is then
   * made once without another question. Without a door it does nothing.
   */
  async foresee(calls: readonly { verb: Verb; path: ApiPath; params?: Params }[]): Promise<void> {
    const requests = calls.map(({ verb, path, params }) => this.wire(verb, path, params));
    await this.#door?.foresee(requests, this.#reading(undefined));
  }

  /** Tells whoever keeps the door how a task ended that was waited for. */
  async taskEnded(upid: string, exitstatus: string): Promise<void> {
    await this.#door?.taskEnded(upid, exitstatus);
  }

  /** Who calls: `user@realm`, or a token as `user@realm!name`. */
  get who(): Auth['who'] {
    return this.#auth.who;
  }

  /** A call exactly as it will stand on the wire, save for the login. Sends nothing. */
  wire(verb: Verb, path: ApiPath, params?: Params): WireRequest {
    const isText = this.product.family === 'perl' ? (name: string) => isTextList(path, name) : undefined;
    const encoded = params === undefined ? '' : encodeForm(params, isText);
    const whole = this.#prefix + path;
    if (encoded === '') return { method: verb, path: whole, headers: {} };
    if (verb === 'POST' || verb === 'PUT') return { method: verb, path: whole, headers: {}, body: encoded };
    return { method: verb, path: `${whole}?${encoded}`, headers: {} };
  }

  async #change(order: Order, options: CallOptions | undefined): Promise<Answer> {
    const { verb, path, params } = order;
    return this.#lost.guard(
      { verb, path, params: params ?? {} },
      () => this.#asked(order, options),
      // The types of tasks are known for PVE alone.
      this.product.name === 'pve' ? this.#lookingWith(options) : undefined,
    );
  }

  #admit(request: WireRequest, options: CallOptions | undefined): Promise<Permit | undefined> | undefined {
    return this.#door?.admit(request, this.#reading(options));
  }

  /** Somebody's call: a refusal says what exactly is missing. What is read for ourselves needs no such words. */
  async #asked(order: Order, options: CallOptions | undefined): Promise<Answer> {
    try {
      return await this.#once(order, options);
    } catch (error) {
      const call: CallFacts = {
        verb: order.verb,
        path: order.path,
        who: this.#auth.who,
        product: this.product,
      };
      throw await withMissingPrivilege(error, call, order.params, this.#reading(options));
    }
  }

  async #once({ verb, path, params, request }: Order, options?: CallOptions): Promise<Answer> {
    const call: CallFacts = { verb, path, who: this.#auth.who, product: this.product };
    try {
      return readAnswer(await this.#exchange(request, options), call);
    } catch (error) {
      throw withoutSecrets(await withKnownNames(error, call), call, [
        ...this.#auth.secrets(),
        ...secretValues(params),
      ]);
    }
  }

  /** How the task of a lost change is looked for: in whose name, and on the server that the change went to. */
  #lookingWith(options: CallOptions = {}): Looking {
    return { who: this.#auth.who.name, read: this.#reading(options), signal: options.signal };
  }

  /** A way to read for our own needs, which passes no door. */
  #reading({ signal, host }: CallOptions = {}): Read {
    const options = { timeoutMs: 10_000, ...(signal && { signal }), ...(host && { host }) };
    return (path, params) => {
      const order = { verb: 'GET', path: path as ApiPath, params } as const;
      return this.#once({ ...order, request: this.wire('GET', order.path, params) }, options);
    };
  }

  /**
   * A page that stands beside the API and needs no login, such as its description. No login goes with it, and nothing
   * below `/api2` can be had this way. Whatever status comes is the answer's.
   *
   * @throws Failure where no whole answer comes, `bad_answer` also for one of more than `largest` bytes
   */
  async page(
    path: string,
    headers: Record<string, string>,
    options: PageOptions = {},
  ): Promise<WireResponse> {
    if (!isPage(path))
      throw new Failure('invalid_argument', 'This is no page beside the API.', 'Call the API.');
    return this.#send({ ...options, method: 'GET', path, headers });
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
    const order = this.wire('GET', path, params);
    const permit = await this.#admit(order, options);
    try {
      const { read } = await unlessAborted(this.#auth.credentials(), options.signal);
      const headers = { ...read, ...options.headers };
      const answer = await explaining(options.host.upgrade)({ ...options, ...order, headers });
      if ('status' in answer) {
        readAnswer(answer, call);
        throw notUpgraded();
      }
      await permit?.ended({});
      return answer;
    } catch (error) {
      await permit?.ended({ failure: error as Failure });
      throw withoutSecrets(error, call, [...this.#auth.secrets(), ...secretValues(params)]);
    }
  }

  async #exchange(unsigned: WireRequest, options: CallOptions | undefined) {
    const request = { ...unsigned };
    const verb = request.method;
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

/** How much a page may be waited for, and how many bytes it may have. */
export type PageOptions = Pick<WireRequest, 'signal' | 'timeoutMs' | 'largest'>;

function isPage(path: string): boolean {
  const words = path.split('/').slice(1);
  const isPlain = words.every((word) => /^[\w-]+(?:\.[\w-]+)*$/.test(word));
  return path.startsWith('/') && isPlain && words[0]?.toLowerCase() !== 'api2';
}

function notUpgraded(): Failure {
  return new Failure(
    'bad_answer',
    'The server answered instead of opening a websocket.',
    'A reverse proxy in between must pass websockets on.',
  );
}

/** A call, and the request that it is on the wire. */
interface Order {
  verb: Verb;
  path: ApiPath;
  params: Params | undefined;
  request: WireRequest;
}

/** The UPID is the answer, or, for consoles, in it. */
function outcomeOf({ data }: Answer): Outcome {
  const upid = typeof data === 'string' ? data : (data as { upid?: unknown } | null)?.upid;
  return typeof upid === 'string' && upid.startsWith('UPID:') ? { upid } : {};
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
