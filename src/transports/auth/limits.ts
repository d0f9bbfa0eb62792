export interface LimitsOptions {
  /** Requests a minute, all of which may come at once; 0: as many as come. */
  perMinute: number;
  /** Tool calls at a time; 0: as many as come. */
  concurrent: number;
  /** Milliseconds since 1970. */
  now(): number;
}

interface Account {
  /** Requests that may be made at once. */
  left: number;
  /** When that was so. */
  at: number;
  running: number;
}

/** Those at rest are forgotten when there are more. */
const MAX_ACCOUNTS = 10_000;

/** How much each identity may ask for. */
export class Limits {
  readonly #options: LimitsOptions;
  readonly #accounts = new Map<string, Account>();

  constructor(options: LimitsOptions) {
    this.#options = options;
  }

  /**
   * Takes so many requests, of which so many call a tool. Answers undefined, or in how many seconds it is worth trying
   * again.
   */
  take(name: string, requests: number, calls: number): number | undefined {
    const { perMinute, concurrent } = this.#options;
    const account = this.#account(name);
    // A batch that is larger than what may run at a time runs alone.
    if (concurrent > 0 && account.running + Math.min(calls, concurrent) > concurrent) return 1;
    if (perMinute === 0) return undefined;
    const now = this.#options.now();
    account.left = Math.min(perMinute, account.left + (Math.max(0, now - account.at) * perMinute) / 60_000);
    account.at = now;
    // A batch that is larger than all that may come in a minute waits for a whole one.
    const wanted = Math.min(requests, perMinute);
    if (account.left < wanted) return Math.ceil(((wanted - account.left) * 60) / perMinute);
    account.left -= wanted;
    return undefined;
  }

  /** A tool call begins; the answer is to be called when it has ended. */
  begin(name: string): () => void {
    const account = this.#account(name);
    account.running += 1;
    return () => {
      account.running -= 1;
    };
  }

  #account(name: string): Account {
    const known = this.#accounts.get(name);
    if (known !== undefined) return known;
    if (this.#accounts.size >= MAX_ACCOUNTS) this.#forgetResting();
    const account = { left: this.#options.perMinute, at: this.#options.now(), running: 0 };
    this.#accounts.set(name, account);
    return account;
  }

  #forgetResting(): void {
    const minuteAgo = this.#options.now() - 60_000;
    for (const [name, { at, running }] of this.#accounts)
      if (running === 0 && at <= minuteAgo) this.#accounts.delete(name);
  }
}
