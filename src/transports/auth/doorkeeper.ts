import type { IncomingMessage } from 'node:http';
import type { Who } from '../../server/who.ts';
import type { Buckets } from './buckets.ts';
import { hashOf, type NamedToken, StaticTokens } from './static-tokens.ts';
import type { Visitor } from './visitor.ts';
import { WrongTokens } from './wrong-tokens.ts';

/** Whom an access token speaks for, or why it is not taken. */
export type Checked = Granted | 'wrong' | 'no-scope' | 'unavailable';

/** A good token. */
export interface Granted extends Who {
  /** When it is no longer taken, in milliseconds since 1970. */
  until: number;
}

/** Those who check access tokens of an authorization server. */
export interface AccessTokens {
  /** @param hash of the token, which is what may be remembered of it */
  check(token: string, hash: Buffer): Promise<Checked>;
  /** What `WWW-Authenticate` says beside its first words. `error` is absent where no token came. */
  challenge(request: IncomingMessage, about: { error?: string; scope?: Who['scope'] }): string;
  /** What a client must know to fetch itself a token, where that is what a path asks for. */
  metadata(request: IncomingMessage, path: string): Record<string, unknown> | undefined;
}

export interface DoorkeeperOptions {
  tokens: readonly NamedToken[];
  oauth?: AccessTokens;
  /** Milliseconds since 1970. */
  now(): number;
  /** Where wrong tokens are counted. */
  buckets: Buckets;
  /** The address that a request comes from. */
  addressOf(request: IncomingMessage): string;
  /** Told of an address that has had its last try, once a minute. */
  onTooManyWrong?(address: string): void;
}

/** Why a request is turned away, as HTTP says it. */
export interface Denial {
  status: 401 | 403 | 429 | 503;
  message: string;
  headers: Record<string, string>;
}

/** One text for every token that is not taken: it says nothing about which part of it was wrong. */
const DENIED =
  'This needs a token: send it in the header "Authorization: Bearer <token>". Whoever runs the server hands tokens out.';
/** How long a token that was good is looked at even where its address has had its last try. Known to this process alone. */
const KNOWN_MS = 60 * 60_000;
const MAX_KNOWN = 10_000;

/** Stands before every MCP route, and finds out who comes. */
export class Doorkeeper {
  readonly #options: DoorkeeperOptions;
  readonly #tokens: StaticTokens;
  readonly #wrong: WrongTokens;
  /** Tokens that were good here, by hash, and when they last were: behind a shared address a guesser locks none of them out. */
  readonly #known = new Map<string, number>();

  constructor(options: DoorkeeperOptions) {
    this.#options = options;
    this.#tokens = new StaticTokens(options.tokens);
    const { buckets, now, onTooManyWrong } = options;
    this.#wrong = new WrongTokens({ buckets, now, onTooMany: onTooManyWrong });
  }

  /** A visitor, or why there is none. */
  async admit(request: IncomingMessage): Promise<Visitor | Denial> {
    const { authorization } = request.headers;
    if (authorization === undefined) return this.#denied(request);
    const address = this.#options.addressOf(request);
    const token = /^bearer +([\w.~+/-]+=*) *$/i.exec(authorization)?.[1];
    if (token === undefined) return this.#refused(request, address);
    const hash = hashOf(token);
    const key = hash.toString('base64');
    const isKnown = this.#isKnown(key);
    const wait = isKnown ? undefined : await this.#wrong.closedFor(address);
    if (wait !== undefined) return tooMany(wait);
    const found = await this.#find(request, token, hash, key);
    if (found !== undefined) return found;
    // A token that was good and has expired is no guess: its client must hear that it needs another one.
    return isKnown ? this.#denied(request, 'invalid_token') : this.#refused(request, address);
  }

  /** Answers, to anybody, how to come by a token, where that is what a path asks for. */
  metadata(request: IncomingMessage, path: string): Record<string, unknown> | undefined {
    return this.#options.oauth?.metadata(request, path);
  }

  /** Undefined where the token is wrong. */
  async #find(
    request: IncomingMessage,
    token: string,
    hash: Buffer,
    key: string,
  ): Promise<Visitor | Denial | undefined> {
    const named = this.#tokens.find(hash);
    if (named !== undefined) {
      this.#remember(key);
      return { who: named };
    }
    const { oauth } = this.#options;
    const checked = (await oauth?.check(token, hash)) ?? 'wrong';
    if (oauth === undefined || checked === 'wrong') return undefined;
    if (checked === 'unavailable')
      return {
        status: 503,
        message: 'Tokens cannot be checked at the moment. Try again later.',
        headers: { 'retry-after': '10' },
      };
    const ask = (scope: Who['scope']) =>
      `Bearer ${oauth.challenge(request, { error: 'insufficient_scope', scope })}`;
    if (checked === 'no-scope')
      return {
        status: 403,
        message: 'This token has no scope that is of use here.',
        headers: { 'www-authenticate': ask('read') },
      };
    this.#remember(key);
    const { name, scope, until } = checked;
    return { who: { name, scope }, challenge: ask, lastsMs: until - this.#options.now() };
  }

  /** For a request without a token. */
  #denied(request: IncomingMessage, error?: string): Denial {
    const rest = this.#options.oauth?.challenge(request, {
      ...(error !== undefined && { error }),
      scope: 'read',
    });
    const plain = error === undefined ? 'realm="proxmox-mcp"' : `realm="proxmox-mcp", error="${error}"`;
    return {
      status: 401,
      message: DENIED,
      headers: { 'www-authenticate': `Bearer ${rest ?? plain}` },
    };
  }

  /** For a token that is not taken. */
  async #refused(request: IncomingMessage, address: string): Promise<Denial> {
    const wait = await this.#wrong.note(address);
    return wait === undefined ? this.#denied(request, 'invalid_token') : tooMany(wait);
  }

  #isKnown(key: string): boolean {
    const last = this.#known.get(key);
    return last !== undefined && this.#options.now() - last < KNOWN_MS;
  }

  #remember(key: string): void {
    const isNew = !this.#known.has(key);
    if (isNew && this.#known.size >= MAX_KNOWN) this.#known.delete(this.#known.keys().next().value ?? '');
    this.#known.set(key, this.#options.now());
  }
}

function tooMany(seconds: number): Denial {
  return {
    status: 429,
    message: 'Too many wrong tokens from this address. Try again later.',
    headers: { 'retry-after': String(seconds) },
  };
}
