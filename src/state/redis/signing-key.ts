import { createHmac, randomBytes } from 'node:crypto';
import type { RedisConnection } from './connection.ts';
import { SIGNING_KEY } from './keys.ts';
import type { Session } from './session.ts';

/**
 * Signs what is kept in Redis, with a key that all replicas have: the one that the settings give, else one that the first
 * of them puts into Redis. With the latter, whoever may write to Redis may forge what is signed.
 */
export class SigningKey {
  readonly #connection: RedisConnection;
  readonly #given: string | undefined;
  #read: { session: Session; key: Promise<string> } | undefined;

  constructor(connection: RedisConnection, given: string | undefined) {
    this.#connection = connection;
    this.#given = given;
  }

  /** A hash in hex. */
  async sign(text: string): Promise<string> {
    return createHmac('sha256', this.#given ?? (await this.#shared()))
      .update(text)
      .digest('hex');
  }

  /** Read once for each connection: a Redis that was emptied meanwhile has another. */
  async #shared(): Promise<string> {
    const session = await this.#connection.session();
    if (this.#read?.session !== session) {
      const key = sharedKey(session);
      this.#read = { session, key };
      key.catch(() => {
        this.#read = undefined;
      });
    }
    return (this.#read as { key: Promise<string> }).key;
  }
}

async function sharedKey(session: Session): Promise<string> {
  await session.send(['SET', SIGNING_KEY, randomBytes(32).toString('hex'), 'NX']);
  const key = await session.send(['GET', SIGNING_KEY]);
  if (typeof key === 'string' && /^[0-9a-f]{64}$/.test(key)) return key;
  throw new Error(`${SIGNING_KEY} in Redis is no key`);
}
