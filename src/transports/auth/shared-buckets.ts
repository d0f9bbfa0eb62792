import type { Buckets, MemoryBuckets } from './buckets.ts';

/** How long after a failure the store is not asked again. */
const RETRY_MS = 2_000;

export interface SharedBucketsOptions {
  /** This process's own. They go along, so that they know what was taken when the store fails. */
  own: MemoryBuckets;
  /** Those of all replicas; rejects where the store can't be asked. */
  shared: Buckets;
  /** Milliseconds since 1970. */
  now(): number;
  /** Told once when the store fails, with its error, and once when it is back. */
  onLost(error: unknown): void;
  onFound(): void;
}

/**
 * Buckets that replicas share, for as long as their store can be asked. When it can't, each replica counts for itself:
 * nobody is kept out for that, and nobody gets more than the limit times the number of replicas.
 */
export class SharedBuckets implements Buckets {
  readonly #options: SharedBucketsOptions;
  #isLost = false;
  #asked = 0;

  constructor(options: SharedBucketsOptions) {
    this.#options = options;
  }

  async take(name: string, count: number, size: number): Promise<number> {
    const { own, shared } = this.#options;
    // What is too much for one is too much for all: a flood ends here and does not reach the store.
    const wait = own.take(name, count, size);
    if (wait > 0) return wait;
    const all = await this.#ask(() => shared.take(name, count, size));
    if (all > 0) own.take(name, -count, size);
    return all;
  }

  async wait(name: string, size: number): Promise<number> {
    const { own, shared } = this.#options;
    return own.wait(name, size) || this.#ask(() => shared.wait(name, size));
  }

  /** 0 where the store can't be asked: this process has counted too. */
  async #ask(ask: () => number | Promise<number>): Promise<number> {
    if (!this.#isLost) return this.#try(ask);
    const since = this.#options.now() - this.#asked;
    // Nobody waits for a store that is away.
    if (since < 0 || since >= RETRY_MS) void this.#try(ask);
    return 0;
  }

  async #try(ask: () => number | Promise<number>): Promise<number> {
    const { now, onLost, onFound } = this.#options;
    this.#asked = now();
    try {
      const wait = await ask();
      if (this.#isLost) {
        this.#isLost = false;
        onFound();
      }
      return wait;
    } catch (error) {
      if (!this.#isLost) {
        this.#isLost = true;
        onLost(error);
      }
      return 0;
    }
  }
}
