import type { Clock } from '../../clock.ts';
import { Failure } from '../../failure.ts';
import { connect, type Opened, type Reply, type Session } from './session.ts';
import { placeOf } from './trouble.ts';

/** How long after a failed attempt nobody tries again, in milliseconds. */
const PAUSE = 1_000;

/** A way to Redis that is opened when it is needed, and anew when it has gone. Nothing is tried in the background. */
export class RedisConnection {
  /** Where it goes, without the login. */
  readonly place: string;
  readonly #url: string;
  readonly #clock: Clock;
  readonly #patience: number | undefined;
  #live: Opened | undefined;
  #opening: Promise<Opened> | undefined;
  #failed: { error: Failure; at: number } | undefined;

  /** @param patience how long a connection may take, and an answer, in milliseconds; 4 s unless given */
  constructor(url: string, clock: Clock, patience?: number) {
    this.#patience = patience;
    this.#url = url;
    this.#clock = clock;
    this.place = placeOf(url);
  }

  /**
   * The connection that stands, else a new one: another object then.
   *
   * @throws Failure `ledger` where Redis can't be reached or does not let us in
   */
  async session(): Promise<Session> {
    if (this.#live?.isReady()) return this.#live;
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** Sends one command, over whatever connection there is. */
  async send(command: readonly string[]): Promise<Reply> {
    return (await this.session()).send(command);
  }

  close(): void {
    this.#live?.destroy();
    this.#live = undefined;
  }

  async #open(): Promise<Opened> {
    this.close();
    const age = this.#clock.now() - (this.#failed?.at ?? Number.NEGATIVE_INFINITY);
    // Whoever asks while it is away must not wait for it each time, nor hammer on it when it comes back.
    if (this.#failed !== undefined && age >= 0 && age < PAUSE) throw this.#failed.error;
    try {
      this.#live = await connect(this.#url, this.place, this.#patience);
      this.#failed = undefined;
      return this.#live;
    } catch (error) {
      if (error instanceof Failure) this.#failed = { error, at: this.#clock.now() };
      throw error;
    }
  }
}
