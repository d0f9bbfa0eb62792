import type { Clock } from '../../clock.ts';
import type { Words } from './line.ts';
import type { Written } from './words.ts';

/** Something to be written down. */
export interface Item {
  /** ISO 8601, UTC. */
  time: string;
  /** Its line, where that stands in this file. */
  words(file: string): Words;
  /** What has happened is kept until it can be written; a change that was not written down does not happen. */
  happened: boolean;
  settle(result: Written | { error: unknown }): void;
}

/** What waits to be written, in the order in which it came: one write at a time, of all that came during the one before. */
export class WritingQueue {
  readonly #clock: Clock;
  readonly #commit: (items: readonly Item[]) => Promise<void>;
  #items: Item[] = [];
  #draining: Promise<void> | undefined;

  /** @param commit writes all of them and settles each; or none of them, and throws */
  constructor(clock: Clock, commit: (items: readonly Item[]) => Promise<void>) {
    this.#clock = clock;
    this.#commit = commit;
  }

  write(words: Item['words'], happened: boolean): Promise<Written | { error: unknown }> {
    return new Promise((settle) => {
      const time = new Date(this.#clock.now()).toISOString();
      this.#items.push({ time, words, happened, settle });
      this.#draining ??= this.#drain();
    });
  }

  /** Resolves when nothing is being written. */
  async idle(): Promise<void> {
    await this.#draining;
  }

  /** What could not be written waits for the next one that comes. */
  async #drain(): Promise<void> {
    for (let late = 0; this.#items.length > late; ) {
      const items = this.#items;
      this.#items = [];
      try {
        await this.#commit(items);
        late = 0;
      } catch (error) {
        for (const { settle } of items) settle({ error });
        const kept = items.filter(({ happened }) => happened);
        this.#items = [...kept, ...this.#items];
        late = kept.length;
      }
    }
    // In the same breath as the look at the queue: what comes from now on must start anew.
    this.#draining = undefined;
  }
}
