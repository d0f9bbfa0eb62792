import type { IncomingMessage } from 'node:http';
import type { JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from 'jose';
import type { Who } from '../../server/who.ts';
import type { AccessTokens, Checked } from './doorkeeper.ts';
import { IssuerKeys, type IssuerKeysOptions } from './issuer-keys.ts';

export interface OauthOptions extends Omit<IssuerKeysOptions, 'now'> {
  audience: readonly string[];
  /** What stands before `read`, `change` and `danger` in scopes. */
  scopePrefix: string;
  /** How clients reach this server: `https://host/prefix`, without a slash at the end. */
  baseOf(request: IncomingMessage): string;
  now(): number;
}

/** With a key that both sides have, whoever can check a token could make one; and `none` is no signature. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
/** How far two clocks may be apart, in seconds. */
const SKEW_S = 30;
/** How long a token that was checked is not checked again, but for its end. */
const REMEMBERED_MS = 60_000;
const MAX_REMEMBERED = 10_000;

const LEVELS = ['danger', 'change', 'read'] as const;

/** Where RFC 9728 puts what a client must know to fetch itself a token. */
const METADATA_PATH = '/.well-known/oauth-protected-resource';

/** Access tokens (JWT) of one issuer: this server is their resource server. */
export class OauthTokens implements AccessTokens {
  readonly #options: OauthOptions;
  readonly #keys: IssuerKeys;
  readonly #remembered = new Map<string, { checked: Checked; until: number }>();

  constructor(options: OauthOptions) {
    this.#options = options;
    this.#keys = new IssuerKeys(options);
  }

  /** Asks for the issuer's keys before the first token comes, so that a mistake in the settings is seen at once. */
  async warmUp(): Promise<void> {
    await this.#keys.get();
  }

  async check(token: string, hash: Buffer): Promise<Checked> {
    const key = hash.toString('base64');
    const now = this.#options.now();
    const before = this.#remembered.get(key);
    if (before !== undefined && now < before.until) return before.checked;
    this.#remembered.delete(key);
    // Not the form of a JWT: some other token that is none of ours.
    if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return 'wrong';

    const payload = await this.#verify(token);
    if (typeof payload === 'string') return payload;
    const end = ((payload.exp ?? 0) + SKEW_S) * 1000;
    const checked = this.#whoIn(payload, end);
    if (this.#remembered.size >= MAX_REMEMBERED)
      this.#remembered.delete(this.#remembered.keys().next().value ?? '');
    if (checked !== 'wrong')
      this.#remembered.set(key, { checked, until: Math.min(end, now + REMEMBERED_MS) });
    return checked;
  }

  async #verify(token: string): Promise<JWTPayload | 'wrong' | 'unavailable'> {
    const keys = await this.#keys.get();
    if (keys === undefined) return 'unavailable';
    const first = await this.#verifyWith(keys, token);
    if (first !== 'no-key') return first;
    const renewed = await this.#keys.renewed();
    if (renewed === undefined) return 'unavailable';
    const second = await this.#verifyWith(renewed, token);
    return second === 'no-key' ? 'wrong' : second;
  }

  async #verifyWith(keys: JWTVerifyGetKey, token: string): Promise<JWTPayload | 'wrong' | 'no-key'> {
    const { jwtVerify, errors } = await import('jose');
    const { issuer, audience, now } = this.#options;
    const options: JWTVerifyOptions = {
      algorithms: ALGORITHMS,
      issuer,
      audience: [...audience],
      clockTolerance: SKEW_S,
      requiredClaims: ['exp', 'sub'],
      currentDate: new Date(now()),
    };
    try {
      return (await jwtVerify(token, keys, options)).payload;
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return 'no-key';
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) return 'wrong';
      // A token that names no key, of an issuer with several.
      for await (const key of error) {
        const tried = await jwtVerify(token, key, options).catch(() => undefined);
        if (tried !== undefined) return tried.payload;
      }
      return 'wrong';
    }
  }

  #whoIn({ sub, scope, scp }: JWTPayload, until: number): Checked {
    // What is written down of it must be one line.
    if (typeof sub !== 'string' || !/^[^\p{C}]{1,200}$/u.test(sub)) return 'wrong';
    const scopes = [scope, scp].flatMap((claim) =>
      typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [],
    );
    const level = LEVELS.find((each) => scopes.includes(`${this.#options.scopePrefix}${each}`));
    // No name of a token has a colon: nobody can take another's by what an issuer calls them.
    return level === undefined ? 'no-scope' : { name: `oauth:${sub}`, scope: level, until };
  }

  challenge(request: IncomingMessage, { error, scope }: { error?: string; scope?: Who['scope'] }): string {
    const path = request.url?.split('?', 1)[0] ?? '';
    const resource = /\/(sse|messages)\/?$/.test(path) ? '/sse' : '/mcp';
    const words = [
      ...(error === undefined ? [] : [`error="${error}"`]),
      ...(scope === undefined ? [] : [`scope="${this.#options.scopePrefix}${scope}"`]),
      `resource_metadata="${this.#options.baseOf(request)}${METADATA_PATH}${resource}"`,
    ];
    return words.join(', ');
  }

  /** The metadata of this resource server (RFC 9728), where that is what a path asks for. */
  metadata(request: IncomingMessage, path: string): Record<string, unknown> | undefined {
    if (!path.startsWith(METADATA_PATH)) return undefined;
    // Where there is a prefix, the RFC has it after this path, and our own link before it.
    const { pathname } = new URL(this.#options.baseOf(request));
    const rest = path.slice(METADATA_PATH.length).replace(/\/$/, '');
    const resource = pathname !== '/' && rest.startsWith(pathname) ? rest.slice(pathname.length) : rest;
    if (resource !== '' && resource !== '/mcp' && resource !== '/sse') return undefined;
    const { issuer, scopePrefix } = this.#options;
    return {
      resource: `${this.#options.baseOf(request)}${resource}`,
      authorization_servers: [issuer],
      scopes_supported: [...LEVELS].reverse().map((level) => `${scopePrefix}${level}`),
      bearer_methods_supported: ['header'],
      resource_name: 'Proxmox MCP server',
    };
  }
}
