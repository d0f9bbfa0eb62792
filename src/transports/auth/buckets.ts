/** Buckets that fill up within a minute, evenly, one for each name: what was counted, here or at all replicas. */
export interface Buckets {
  /**
   * Takes `count` out of a bucket that holds `size`; a negative count puts back. Answers 0, or the milliseconds after
   * which so many are there: then nothing was taken.
   */
  take(name: string, count: number, size: number): number | Promise<number>;
  /** The milliseconds after which one could be taken; 0: now. */
  wait(name: string, size: number): number | Promise<number>;
}

const MINUTE_MS = 60_000;
/** Of more than these, the one that was longest left alone is forgotten: it counts as full again. */
const MAX_BUCKETS = 10_000;

/** Of this process alone. */
export class MemoryBuckets implements Buckets {
  readonly #now: () => number;
  /** When each is full again. One number says all: what lacks in a bucket is what has yet to come. */
  readonly #full = new Map<string, number>();

  /** @param now milliseconds since 1970 */
  constructor(now: () => number) {
    this.#now = now;
  }

  take(name: string, count: number, size: number): number {
    const { full, wait, now } = this.#after(name, count, size);
    if (wait > 0) return wait;
    this.#full.delete(name);
    if (full <= now) return 0;
    if (this.#full.size >= MAX_BUCKETS) this.#full.delete(this.#full.keys().next().value ?? '');
    this.#full.set(name, full);
    return 0;
  }

  wait(name: string, size: number): number {
    return this.#after(name, 1, size).wait;
  }

  #after(name: string, count: number, size: number): { full: number; wait: number; now: number } {
    const now = this.#now();
    // A clock that was put back must not keep anybody out.
    const before = Math.min(Math.max(this.#full.get(name) ?? now, now), now + MINUTE_MS);
    const full = before + (count * MINUTE_MS) / size;
    return { full, wait: Math.max(0, Math.floor(full - now - MINUTE_MS)), now };
  }
}
