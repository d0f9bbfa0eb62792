import type { Api } from '../api/api.ts';
import { path } from '../api/path.ts';
import type { Clock } from '../clock.ts';
import type { Held } from '../schema/held.ts';
import type { Method } from '../schema/method.ts';
import { type Rights, rightsTo, type Who } from '../schema/privileges.ts';
import { flag, row } from './read.ts';

/** Privileges change seldom, and are asked for with every description. */
const FRESH_FOR = 60_000;

/** What the login may do. */
export class Access {
  readonly #api: Api;
  readonly #clock: Clock;
  #last: { at: number; held: Promise<Held | undefined> } | undefined;

  constructor(api: Api, clock: Clock) {
    this.#api = api;
    this.#clock = clock;
  }

  /** Who is logged in. */
  get who(): Who {
    return this.#api.who;
  }

  /**
   * What this login holds, by path; at most a minute old unless `anew`. Every login may ask that of itself (recorded on PVE
   * 9.2). Undefined where it can't be read: then nobody can say, and that is no reason to fail.
   */
  async permissions({ anew = false } = {}): Promise<Held | undefined> {
    const now = this.#clock.now();
    if (anew || this.#last === undefined || now - this.#last.at >= FRESH_FOR) {
      this.#last = { at: now, held: this.#read() };
    }
    const reading = this.#last;
    const held = await reading.held;
    if (held === undefined && this.#last === reading) this.#last = undefined;
    return held;
  }

  /** Whether this login may call a method, as far as can be told. `complete`: there will be no parameters beside these. */
  async rightsTo(
    method: Method,
    params: Readonly<Record<string, unknown>>,
    { complete = false } = {},
  ): Promise<Rights> {
    return rightsTo(method, { who: this.who, held: await this.permissions(), params, complete });
  }

  async #read(): Promise<Held | undefined> {
    try {
      return heldIn(await this.#api.get(path`/access/permissions`));
    } catch {
      return undefined;
    }
  }
}

/** Drops what is no privilege; a map, since paths come from outside. */
function heldIn(data: unknown): Held | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  return Object.fromEntries(
    Object.entries(data).map(([where, privileges]) => [
      where,
      Object.fromEntries(Object.entries(row(privileges)).map(([name, down]) => [name, flag(down) ? 1 : 0])),
    ]),
  );
}
