import type { Clock } from '../../clock.ts';
import type { RedisConnection } from './connection.ts';
import { bucketKey } from './keys.ts';

/**
 * KEYS: when the bucket is full again. ARGV: now, how long what is taken takes to come back, how long a whole bucket does;
 * all in milliseconds. Answers how long to wait, or 0. What is full needs no key.
 */
const TAKE = `
local now, taken, whole = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
full = math.min(full, now + whole) + taken
local wait = math.floor(full - now - whole)
if wait > 0 then return wait end
if full - now < 1 then redis.call('DEL', KEYS[1])
else redis.call('SET', KEYS[1], string.format('%.3f', full), 'PX', math.ceil(full - now)) end
return 0`;

const MINUTE_MS = 60_000;

/**
 * Buckets that fill up within a minute, of all replicas: what the HTTP door counts requests and wrong tokens in. The
 * replicas' clocks must agree as well as for tokens that expire: what they are apart is lost or won of one bucket.
 */
export class RedisBuckets {
  readonly #connection: RedisConnection;
  readonly #clock: Clock;

  constructor(connection: RedisConnection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /**
   * Takes `count` out of the bucket `name` that holds `size`; a negative count puts back. Answers 0, or the milliseconds
   * after which so many are there: then nothing was taken.
   *
   * @throws Failure `ledger` where Redis can't be asked
   */
  async take(name: string, count: number, size: number): Promise<number> {
    const numbers = [this.#clock.now(), (count * MINUTE_MS) / size, MINUTE_MS].map(String);
    return Number(await this.#connection.send(['EVAL', TAKE, '1', bucketKey(name), ...numbers]));
  }

  /** The milliseconds after which one could be taken; 0: now. Throws like `take`. */
  async wait(name: string, size: number): Promise<number> {
    const full = Number(await this.#connection.send(['GET', bucketKey(name)]));
    const left = Math.min(full - this.#clock.now(), MINUTE_MS);
    return Math.max(0, Math.floor(left + MINUTE_MS / size - MINUTE_MS));
  }

  close(): void {
    this.#connection.close();
  }
}
