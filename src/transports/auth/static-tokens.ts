import { createHash, timingSafeEqual } from 'node:crypto';
import type { Who } from '../../server/who.ts';

/** A token as the settings have it. */
export interface NamedToken extends Who {
  token: string;
}

/** What a token is known by here: what is kept of it, and compared. */
export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** The tokens that the settings name. Only their hashes are kept. */
export class StaticTokens {
  readonly #all: readonly { hash: Buffer; who: Who }[];

  constructor(tokens: readonly NamedToken[]) {
    this.#all = tokens.map(({ name, scope, token }) => ({ hash: hashOf(token), who: { name, scope } }));
  }

  /** Takes the same time wherever two tokens differ, and whichever is meant. */
  find(hash: Buffer): Who | undefined {
    let found: Who | undefined;
    for (const one of this.#all) if (timingSafeEqual(one.hash, hash)) found = one.who;
    return found;
  }
}
