import type { Buckets } from './buckets.ts';

export interface LimitsOptions {
  /** Requests a minute, all of which may come at once; 0: as many as come. */
  perMinute: number;
  /** Tool calls at a time in this process; 0: as many as come. */
  concurrent: number;
  /** Where requests are counted. */
  buckets: Buckets;
}

/** How much each identity may ask for. */
export class Limits {
  readonly #options: LimitsOptions;
  /**
   * Calls under way. They are not shared: what they take up is of this process, and a replica that dies takes its count
   * with it.
   */
  readonly #running = new Map<string, number>();

  constructor(options: LimitsOptions) {
    this.#options = options;
  }

  /**
   * Takes so many requests, of which so many call a tool. Answers undefined, or in how many seconds it is worth trying
   * again.
   */
  async take(name: string, requests: number, calls: number): Promise<number | undefined> {
    const { perMinute, buckets } = this.#options;
    if (this.#isBusy(name, calls)) return 1;
    if (perMinute === 0) return undefined;
    // A batch that is larger than all that may come in a minute waits for a whole one.
    const wait = await buckets.take(`rate:${name}`, Math.min(requests, perMinute), perMinute);
    if (wait > 0) return Math.ceil(wait / 1000);
    // Others may have come meanwhile.
    return this.#isBusy(name, calls) ? 1 : undefined;
  }

  /** A tool call begins; the answer is to be called when it has ended. */
  begin(name: string): () => void {
    this.#running.set(name, (this.#running.get(name) ?? 0) + 1);
    return () => {
      const left = (this.#running.get(name) ?? 1) - 1;
      if (left > 0) this.#running.set(name, left);
      else this.#running.delete(name);
    };
  }

  /** A batch that is larger than what may run at a time runs alone. */
  #isBusy(name: string, calls: number): boolean {
    const { concurrent } = this.#options;
    if (concurrent === 0) return false;
    return (this.#running.get(name) ?? 0) + Math.min(calls, concurrent) > concurrent;
  }
}
