import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';
import { type Fetch, findJwksUrl, readJson } from './issuer-metadata.ts';

/** After this the keys are asked for again, while the old ones serve on. */
const FRESH_MS = 10 * 60_000;
/** So long keys are good while nobody can say whether they still are. */
const STALE_MS = 24 * 60 * 60_000;
/** Between two questions to the issuer: tokens with made-up keys must not become a flood of them. */
const COOL_DOWN_MS = 30_000;
const COOL_DOWN_AFTER_FAILURE_MS = 5_000;

export interface IssuerKeysOptions {
  issuer: string;
  /** Undefined: as the issuer's metadata says. */
  jwksUrl: string | undefined;
  fetch: Fetch;
  /** Milliseconds since 1970. */
  now(): number;
  /** Told when the issuer can't be asked. */
  onProblem(problem: string): void;
}

/** The public keys of an issuer, kept, and asked for again with care. */
export class IssuerKeys {
  readonly #options: IssuerKeysOptions;
  #keys: { find: JWTVerifyGetKey; at: number } | undefined;
  #asked: { at: number; good: boolean } | undefined;
  #asking: Promise<void> | undefined;

  constructor(options: IssuerKeysOptions) {
    this.#options = options;
  }

  /** What finds the key of a token. Undefined where there are no keys that can still be trusted. */
  async get(): Promise<JWTVerifyGetKey | undefined> {
    const age = this.#age();
    if (age === undefined || age > STALE_MS) await this.#ask();
    else if (age > FRESH_MS) void this.#ask();
    const now = this.#age();
    return now !== undefined && now <= STALE_MS ? this.#keys?.find : undefined;
  }

  /**
   * For a token whose key is not among those that are known: the issuer may have a new one. Undefined where that can't
   * be found out now.
   */
  async renewed(): Promise<JWTVerifyGetKey | undefined> {
    await this.#ask();
    return this.#asked?.good ? this.#keys?.find : undefined;
  }

  #age(): number | undefined {
    return this.#keys && this.#options.now() - this.#keys.at;
  }

  /** Asks once for all who wait, and not again before the cool-down is over. Never throws. */
  #ask(): Promise<void> {
    const { now } = this.#options;
    if (this.#asking !== undefined) return this.#asking;
    const coolDown = this.#asked?.good ? COOL_DOWN_MS : COOL_DOWN_AFTER_FAILURE_MS;
    if (this.#asked !== undefined && now() - this.#asked.at < coolDown) return Promise.resolve();
    this.#asking = this.#load().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #load(): Promise<void> {
    const { issuer, jwksUrl, fetch, now, onProblem } = this.#options;
    try {
      const [{ createLocalJWKSet }, set] = await Promise.all([
        import('jose'),
        findOr(jwksUrl, () => findJwksUrl(fetch, issuer)).then((url) => readJson(fetch, url)),
      ]);
      this.#keys = { find: createLocalJWKSet(set as unknown as JSONWebKeySet), at: now() };
      this.#asked = { at: now(), good: true };
    } catch (error) {
      this.#asked = { at: now(), good: false };
      const { message, cause } = error as Error;
      const why = (cause as { code?: string } | undefined)?.code;
      onProblem(`The keys of ${issuer} cannot be read: ${message}${why === undefined ? '' : ` (${why})`}`);
    }
  }
}

async function findOr(url: string | undefined, find: () => Promise<string>): Promise<string> {
  return url ?? find();
}
