import type { Clock } from '../clock.ts';
import { Failure } from '../failure.ts';

/** Together with `ASK_MS` less than the five seconds in which health must tell the truth. */
const KNOWN_MS = 1_000;
/** Proxmox takes three seconds to refuse a login (recorded on PVE 9.2), and that must not be taken for a stall. */
const ASK_MS = 3_600;

/** Finds out whether Proxmox can be reached and takes the login. Asked by however many, it asks Proxmox now and then. */
export class Readiness {
  readonly #ask: (signal: AbortSignal) => Promise<unknown>;
  readonly #clock: Clock;
  #last: { at: number; reason: string | undefined } | undefined;
  #asking: Promise<string | undefined> | undefined;

  /** @param ask makes a call that needs nothing but a login; throws where it fails */
  constructor(ask: (signal: AbortSignal) => Promise<unknown>, clock: Clock) {
    this.#ask = ask;
    this.#clock = clock;
  }

  /** The code of what stands in the way: `unreachable`, `auth`, `tls`, `timeout` … Undefined: nothing. */
  async reason(): Promise<string | undefined> {
    const { now } = this.#clock;
    if (this.#last !== undefined && now() - this.#last.at < KNOWN_MS) return this.#last.reason;
    this.#asking ??= this.#find().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #find(): Promise<string | undefined> {
    const late = new AbortController();
    const done = new AbortController();
    const timeout = this.#clock.sleep(ASK_MS, done.signal).then(
      () => {
        late.abort();
        return 'timeout';
      },
      () => undefined,
    );
    const answer = this.#ask(late.signal).then(
      () => undefined,
      (error: unknown) => (error instanceof Failure ? error.code : 'internal'),
    );
    const reason = await Promise.race([answer, timeout]);
    done.abort();
    this.#last = { at: this.#clock.now(), reason };
    return reason;
  }
}
