import type { Buckets } from './buckets.ts';

/** How often in a minute somebody at one address may be wrong: a client that is set up wrongly tries a few times, a guesser many. */
const MAX_WRONG = 20;
const TOLD_MS = 60_000;
const MAX_TOLD = 10_000;

export interface WrongTokensOptions {
  /** Where they are counted. */
  buckets: Buckets;
  /** Milliseconds since 1970. */
  now(): number;
  /** Told of an address that has had its last try, once a minute. */
  onTooMany?: ((address: string) => void) | undefined;
}

/** Counts wrong tokens by address. */
export class WrongTokens {
  readonly #options: WrongTokensOptions;
  readonly #told = new Map<string, number>();

  constructor(options: WrongTokensOptions) {
    this.#options = options;
  }

  /** Whole seconds until unknown tokens from there are looked at again; undefined: they are. */
  async closedFor(address: string): Promise<number | undefined> {
    return this.#seconds(address, await this.#options.buckets.wait(bucket(address), MAX_WRONG));
  }

  /** One more. Answers like the other: whether it was one too many. */
  async note(address: string): Promise<number | undefined> {
    return this.#seconds(address, await this.#options.buckets.take(bucket(address), 1, MAX_WRONG));
  }

  #seconds(address: string, wait: number): number | undefined {
    if (wait === 0) return undefined;
    this.#tell(address);
    return Math.ceil(wait / 1000);
  }

  #tell(address: string): void {
    const { now, onTooMany } = this.#options;
    const key = network(address);
    const last = this.#told.get(key);
    if (last !== undefined && now() - last < TOLD_MS) return;
    this.#told.delete(key);
    if (this.#told.size >= MAX_TOLD) this.#told.delete(this.#told.keys().next().value ?? '');
    this.#told.set(key, now());
    onTooMany?.(address);
  }
}

function bucket(address: string): string {
  return `wrong:${network(address)}`;
}

/** One customer has 2^64 addresses of IPv6, but only one /64. */
function network(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - rest.length);
  return [...groups, ...Array<string>(zeros).fill('0'), ...rest].slice(0, 4).join(':');
}
