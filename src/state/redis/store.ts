import type { Ledger } from '../../api/gate/ledger.ts';
import type { PlanStore } from '../../api/gate/plan.ts';
import type { SchemaCache } from '../../api/live-schema.ts';
import type { Clock } from '../../clock.ts';
import type { LedgerReader } from '../ledger/reader.ts';
import { RedisConnection } from './connection.ts';
import { durability } from './durability.ts';
import { RedisLedger, type RedisLedgerOptions } from './redis-ledger.ts';
import { RedisPlans } from './redis-plans.ts';
import { RedisSchemaCache } from './redis-schema-cache.ts';
import { SigningKey } from './signing-key.ts';
import { streamReader } from './stream-reader.ts';

export interface RedisStoreOptions {
  /** `redis://[user:password@]host[:port][/db]`, or `rediss://` over TLS. */
  url: string;
  /** What signs plans. Undefined: a key that Redis keeps. */
  key: string | undefined;
  clock: Clock;
}

/** What replicas share. */
export interface RedisStore {
  /** Where it is, without the login. */
  place: string;
  plans: PlanStore;
  schemas: SchemaCache;
  /** To write; it has a connection of its own, and closes that. */
  ledger(
    facts: Pick<RedisLedgerOptions, 'version' | 'server' | 'login'>,
  ): Ledger & { close(): Promise<void> };
  /**
   * Whether changes could be written down.
   *
   * @throws Failure `ledger`
   */
  check(): Promise<void>;
  /** To read. */
  reader: LedgerReader;
  close(): void;
}

/** Redis, or Valkey. Nothing is connected before it is needed. */
export function openRedisStore({ url, key, clock }: RedisStoreOptions): RedisStore {
  const connection = new RedisConnection(url, clock);
  const signing = new SigningKey(connection, key);
  return {
    place: connection.place,
    plans: new RedisPlans(connection, signing, clock),
    schemas: new RedisSchemaCache(connection, signing),
    ledger: (facts) => new RedisLedger({ ...facts, connection: new RedisConnection(url, clock), clock }),
    check: async () => {
      await durability(await connection.session(), connection.place);
    },
    reader: streamReader(connection),
    close: () => connection.close(),
  };
}
