import type { Ledger } from '../../api/gate/ledger.ts';
import type { PlanStore } from '../../api/gate/plan.ts';
import type { SchemaCache } from '../../api/live-schema.ts';
import type { Clock } from '../../clock.ts';
import type { LedgerReader } from '../ledger/reader.ts';
import { RedisConnection } from './connection.ts';
import { durability } from './durability.ts';
import { RedisBuckets } from './redis-buckets.ts';
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
  /** What callers over HTTP have asked for, counted for all replicas. */
  buckets: RedisBuckets;
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

/** A caller waits for these with every request, so a Redis that is slower than this is as good as none (ms). */
const BUCKETS_PATIENCE = 500;

/** Redis, or Valkey. Nothing is connected before it is needed. */
export function openRedisStore({ url, key, clock }: RedisStoreOptions): RedisStore {
  const connection = new RedisConnection(url, clock);
  // A connection of its own: on the other one, what comes next may have to wait for a disk.
  const buckets = new RedisBuckets(new RedisConnection(url, clock, BUCKETS_PATIENCE), clock);
  const signing = new SigningKey(connection, key);
  return {
    place: connection.place,
    plans: new RedisPlans(connection, signing, clock),
    schemas: new RedisSchemaCache(connection, signing),
    buckets,
    ledger: (facts) => new RedisLedger({ ...facts, connection: new RedisConnection(url, clock), clock }),
    check: async () => {
      await durability(await connection.session(), connection.place);
    },
    reader: streamReader(connection),
    close() {
      connection.close();
      buckets.close();
    },
  };
}
