/** How often somebody at one address may be wrong: a client that is set up wrongly tries a few times, a guesser many. */
const MAX_WRONG = 20;
const PER_MS = 60_000;
/** How many addresses are remembered. */
const MAX_ADDRESSES = 10_000;

/** Counts wrong tokens by address. */
export class WrongTokens {
  readonly #now: () => number;
  readonly #by = new Map<string, { since: number; count: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whole seconds until tokens from there are looked at again; undefined: they are. */
  closedFor(address: string): number | undefined {
    const seen = this.#by.get(network(address));
    if (seen === undefined || seen.count < MAX_WRONG) return undefined;
    const left = seen.since + PER_MS - this.#now();
    return left > 0 ? Math.ceil(left / 1000) : undefined;
  }

  /** One more. True when it is the one too many. */
  note(address: string): boolean {
    const key = network(address);
    const now = this.#now();
    let seen = this.#by.get(key);
    if (seen === undefined || now - seen.since >= PER_MS) {
      this.#by.delete(key);
      if (this.#by.size >= MAX_ADDRESSES) this.#by.delete(this.#by.keys().next().value ?? '');
      seen = { since: now, count: 0 };
      this.#by.set(key, seen);
    }
    seen.count += 1;
    return seen.count === MAX_WRONG;
  }
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
