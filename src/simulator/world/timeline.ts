import type { Clock } from './clock.ts';

interface Event {
  at: number;
  run: () => void;
}

/**
 * What will happen in the world, in order. Nothing runs by itself: `settle` lets everything happen that is due, each at
 * its own moment, so a virtual clock gives the same story every time and a real clock a live one.
 */
export class Timeline {
  readonly clock: Clock;
  readonly #events: Event[] = [];
  #moment: number | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Milliseconds since 1970; inside an event, the moment of that event. */
  now(): number {
    return this.#moment ?? this.clock.now();
  }

  /** Runs `run` after `ms` milliseconds; events of the same moment run in the order they were added. */
  after(ms: number, run: () => void): void {
    const at = this.now() + ms;
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#events[middle] as Event).at <= at) low = middle + 1;
      else high = middle;
    }
    this.#events.splice(low, 0, { at, run });
  }

  /** Lets everything happen that is due by now. */
  settle(): void {
    const until = this.clock.now();
    for (let next = this.#events[0]; next && next.at <= until; next = this.#events[0]) {
      this.#events.shift();
      this.#moment = next.at;
      try {
        next.run();
      } finally {
        this.#moment = undefined;
      }
    }
  }
}
