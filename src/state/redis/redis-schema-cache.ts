import { timingSafeEqual } from 'node:crypto';
import type { SchemaCache } from '../../api/live-schema.ts';
import type { RedisConnection } from './connection.ts';
import { schemaKey } from './keys.ts';
import type { SigningKey } from './signing-key.ts';

/** In characters. That of PVE 9.2 is kept in 1.1 million. */
const LARGEST = 24 * 1024 * 1024;
/** How long one stays that nobody writes anew, in milliseconds. */
const LIFE = 30 * 24 * 3_600_000;
const SEAL = 64;

/**
 * Keeps API descriptions for all replicas, signed: from them it is judged what a call does. It is a convenience: what can't
 * be read is not there, and what can't be written is read from the server again next time.
 */
export class RedisSchemaCache implements SchemaCache {
  readonly #connection: RedisConnection;
  readonly #key: SigningKey;

  constructor(connection: RedisConnection, key: SigningKey) {
    this.#connection = connection;
    this.#key = key;
  }

  async read(key: string): Promise<string | undefined> {
    try {
      const kept = await this.#connection.send(['GET', schemaKey(key)]);
      if (typeof kept !== 'string' || kept.length > LARGEST) return undefined;
      const [seal, text] = [Buffer.from(kept.slice(0, SEAL)), kept.slice(SEAL)];
      const wanted = Buffer.from(await this.#seal(key, text));
      return seal.length === wanted.length && timingSafeEqual(seal, wanted) ? text : undefined;
    } catch {
      return undefined;
    }
  }

  async write(key: string, text: string): Promise<void> {
    try {
      const kept = `${await this.#seal(key, text)}${text}`;
      await this.#connection.send(['SET', schemaKey(key), kept, 'PX', String(LIFE)]);
    } catch {
      // The next server that needs it reads it from Proxmox.
    }
  }

  #seal(key: string, text: string): Promise<string> {
    return this.#key.sign(`schema ${JSON.stringify([key, text])}`);
  }
}
