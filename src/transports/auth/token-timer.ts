import type { Visitor } from './visitor.ts';

/** The longest that a timer of Node's can wait. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Ends a stream when the token that opened it is no longer taken: nobody is asked for it again as long as a stream lasts.
 * A request with a newer token in the same session keeps it open.
 */
export class TokenTimer {
  readonly #end: () => void;
  #timer: NodeJS.Timeout | undefined;
  #at = 0;

  constructor(visitor: Visitor, end: () => void) {
    this.#end = end;
    this.prolong(visitor);
  }

  prolong({ lastsMs }: Visitor): void {
    if (lastsMs === undefined) return;
    const at = performance.now() + lastsMs;
    if (at <= this.#at) return;
    this.#at = at;
    clearTimeout(this.#timer);
    // No stream lasts as long as the longest timer does: sessions end before.
    this.#timer = setTimeout(this.#end, Math.min(Math.max(0, lastsMs), LONGEST_MS)).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
