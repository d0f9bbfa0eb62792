import type { Clock } from '../clock.ts';
import { Failure } from '../failure.ts';
import { type Answer, readAnswer } from './answer.ts';
import type { Login } from './auth.ts';
import type { Looking, Read } from './change.ts';
import type { CallFacts } from './explain.ts';
import { encodeForm, type Params } from './form.ts';
import type { Door, Outcome, Permit } from './gate/door.ts';
import type { Verdict } from './gate/verdict.ts';
import { LostAnswers } from './lost-answers.ts';
import { withMissingPrivilege } from './missing-privilege.ts';
import type { ApiPath } from './path.ts';
import { type Product, products } from './products.ts';
import { secretValues } from './secret-names.ts';
import { withoutSecrets } from './secrets.ts';
import { type ExchangeOptions, SignedWay } from './signed-way.ts';
import { isTextList } from './text-lists.ts';
import { withKnownNames } from './unknown-parameters.ts';
import type { Watch } from './watch.ts';
import type { Host, Send, Upgraded, Verb, WireRequest, WireResponse } from './wire.ts';

export interface ApiOptions {
  send: Send;
  /** Absent where there is nothing but `send`: then there are no consoles. */
  host?: () => Promise<Host>;
  login: Login;
  clock: Clock;
  /** PVE where it is not said. */
  product?: Product;
  prefix?: string;
  /** Told of every request, logins among them. */
  watch?: Watch;
}

/** How one call may differ from the rest. */
export type CallOptions = ExchangeOptions;

/**
 * The API of one Proxmox server: every call of this project goes through `request`. It logs in, encodes, sends, and
 * reads the answer or explains the error. A change is never sent twice, save after a 401 of the login layer, which
 * proves that it did not run; where its answer is lost, the task it began is looked for and its UPID is the answer.
 */
export class Api {
  /** Which product this API is. */
  readonly product: Product;
  readonly #way: SignedWay;
  readonly #host: (() => Promise<Host>) | undefined;
  readonly #prefix: string;
  readonly #lost: LostAnswers;
  readonly #options: ApiOptions;
  readonly #door: Door | undefined;
  readonly #watch: Watch | undefined;

  constructor(options: ApiOptions, behind?: { api: Api; door: Door; watch: Watch | undefined }) {
    this.product = options.product ?? products.pve;
    this.#options = options;
    this.#host = options.host;
    this.#prefix = options.prefix ?? '/api2/json';
    this.#door = behind?.door;
    this.#watch = behind?.watch;
    if (behind !== undefined) {
      this.#lost = behind.api.#lost;
      this.#way = behind.api.#way;
      return;
    }
    this.#lost = new LostAnswers(options.clock);
    this.#way = new SignedWay({ ...options, product: this.product, prefix: this.#prefix });
  }

  /**
   * The same API, login and all, behind a door: whatever is sent through it passes that first.
   *
   * @param watch told of every call that is made through it
   */
  behind(door: Door, watch?: Watch): Api {
    return new Api(this.#options, { api: this, door, watch });
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

  /** Tells whoever watches that a task of this type is waited for; the answer is to be called with how that ended. */
  waiting(type: string): ReturnType<NonNullable<Watch['wait']>> {
    return (this.#watch ?? this.#options.watch)?.wait?.(type) ?? (() => {});
  }

  /** Who calls: `user@realm`, or a token as `user@realm!name`. */
  get who(): SignedWay['who'] {
    return this.#way.who;
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
        who: this.#way.who,
        product: this.product,
      };
      throw await withMissingPrivilege(error, call, order.params, this.#reading(options));
    }
  }

  async #once({ verb, path, params, request }: Order, options?: CallOptions): Promise<Answer> {
    const call: CallFacts = { verb, path, who: this.#way.who, product: this.product };
    try {
      const heard = ({ headers }: WireResponse) => this.#lost.heard(headers.date);
      return readAnswer(await this.#way.send(request, options, { heard, watch: this.#watch }), call);
    } catch (error) {
      throw withoutSecrets(await withKnownNames(error, call), call, [
        ...this.#way.secrets(),
        ...secretValues(params),
      ]);
    }
  }

  /** How the task of a lost change is looked for: in whose name, and on the server that the change went to. */
  #lookingWith(options: CallOptions = {}): Looking {
    return { who: this.#way.who.name, read: this.#reading(options), signal: options.signal };
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
    return this.#way.unsigned({ ...options, method: 'GET', path, headers });
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
    const call: CallFacts = { verb: 'GET', path, who: this.#way.who, product: this.product };
    const order = this.wire('GET', path, params);
    const permit = await this.#admit(order, options);
    try {
      const answer = await this.#way.upgrade(order, options);
      if ('status' in answer) {
        readAnswer(answer, call);
        throw notUpgraded();
      }
      await permit?.ended({});
      return answer;
    } catch (error) {
      await permit?.ended({ failure: error as Failure });
      throw withoutSecrets(error, call, [...this.#way.secrets(), ...secretValues(params)]);
    }
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
function outcomeOf({ data, recovered }: Answer): Outcome {
  const upid = typeof data === 'string' ? data : (data as { upid?: unknown } | null)?.upid;
  return typeof upid === 'string' && upid.startsWith('UPID:')
    ? { upid, ...(recovered && { recovered }) }
    : {};
}
