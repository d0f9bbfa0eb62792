import { describe, expect, onTestFinished, test } from 'vitest';
import { RedisConnection } from '../../src/state/redis/connection.ts';
import { RedisBuckets } from '../../src/state/redis/redis-buckets.ts';
import { type Buckets, MemoryBuckets } from '../../src/transports/auth/buckets.ts';
import { SharedBuckets } from '../../src/transports/auth/shared-buckets.ts';
import { emptyDatabases, withRedis } from '../redis-server.ts';

const emptyDatabase = emptyDatabases();

/** A clock that a test moves. */
function aClock() {
  const clock = { at: 1_780_000_000_000, now: () => clock.at, sleep: async () => {} };
  return clock;
}

function inRedis(clock: ReturnType<typeof aClock>): Buckets {
  const buckets = new RedisBuckets(new RedisConnection(emptyDatabase(), clock), clock);
  onTestFinished(() => buckets.close());
  return buckets;
}

const keepers: [string, (clock: ReturnType<typeof aClock>) => Buckets][] = [
  ['in memory', ({ now }) => new MemoryBuckets(now)],
  ...(withRedis ? ([['in Redis', inRedis]] as typeof keepers) : []),
  [
    'in both',
    (clock) => {
      const shared = withRedis ? inRedis(clock) : new MemoryBuckets(clock.now);
      const own = new MemoryBuckets(clock.now);
      const never = () => expect.unreachable();
      return new SharedBuckets({ own, shared, now: clock.now, onLost: never, onFound: never });
    },
  ],
];

describe.each(keepers)('what is counted %s', (_where, open) => {
  test('may be taken all at once, and comes back evenly', async () => {
    const clock = aClock();
    const buckets = open(clock);
    for (let one = 0; one < 7; one += 1) expect(await buckets.take('a', 1, 7)).toBe(0);
    expect(await buckets.wait('a', 7)).toBe(8571);
    expect(await buckets.take('a', 2, 7)).toBe(17_142);
    clock.at += 17_142;
    expect(await buckets.take('a', 2, 7)).toBe(0);
    expect(await buckets.take('a', 1, 7)).toBeGreaterThan(8_000);
    clock.at += 600_000;
    // However long nobody came, no more than all of it is there.
    expect(await buckets.take('a', 7, 7)).toBe(0);
    expect(await buckets.take('a', 1, 7)).toBe(8571);
  });

  test('is counted for each by itself', async () => {
    const buckets = open(aClock());
    expect(await buckets.take('a', 5, 5)).toBe(0);
    expect(await buckets.take('b', 5, 5)).toBe(0);
    expect(await buckets.wait('a', 5)).toBe(12_000);
    expect(await buckets.wait('c', 5)).toBe(0);
  });

  test('is not taken by one who was refused, and can be put back', async () => {
    const buckets = open(aClock());
    await buckets.take('a', 4, 5);
    for (let again = 0; again < 10; again += 1) expect(await buckets.take('a', 2, 5)).toBe(12_000);
    expect(await buckets.take('a', 1, 5)).toBe(0);
    await buckets.take('a', -1, 5);
    expect(await buckets.wait('a', 5)).toBe(0);
    // More than full it never is.
    await buckets.take('a', -5, 5);
    await buckets.take('a', -5, 5);
    expect(await buckets.take('a', 5, 5)).toBe(0);
    expect(await buckets.take('a', 1, 5)).toBe(12_000);
  });

  test('is taken by many at once as by one after the other', async () => {
    const buckets = open(aClock());
    const waits = await Promise.all(Array.from({ length: 40 }, () => buckets.take('a', 1, 10)));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(10);
  });

  test('keeps nobody out when the clock is put back', async () => {
    const clock = aClock();
    const buckets = open(clock);
    await buckets.take('a', 5, 5);
    clock.at -= 3_600_000;
    expect(await buckets.wait('a', 5)).toBe(12_000);
  });
});

test('names beyond ten thousand do not pile up in memory', () => {
  const buckets = new MemoryBuckets(() => 0);
  for (let name = 0; name <= 10_000; name += 1) buckets.take(String(name), 5, 5);
  expect(buckets.wait('0', 5)).toBe(0);
  expect(buckets.wait('1', 5)).toBe(12_000);
});

/** Two replicas, and a store that can be switched off. */
function twoReplicas() {
  const clock = aClock();
  const { now } = clock;
  const store = new MemoryBuckets(now);
  const state = { up: true, asked: 0 };
  const through = async (wait: () => number) => {
    state.asked += 1;
    if (!state.up) throw new Error('gone');
    return wait();
  };
  const shared: Buckets = {
    take: (...taken) => through(() => store.take(...taken)),
    wait: (...asked) => through(() => store.wait(...asked)),
  };
  const said: string[] = [];
  const replica = () =>
    new SharedBuckets({
      ...{ own: new MemoryBuckets(now), shared, now },
      onLost: (error) => said.push((error as Error).message),
      onFound: () => said.push('found'),
    });
  return { clock, state, said, one: replica(), other: replica() };
}

test('what one replica gave, another does not give again; a flood does not reach the store', async () => {
  const { one, other, state } = twoReplicas();
  expect(await one.take('a', 6, 10)).toBe(0);
  expect(await other.take('a', 6, 10)).toBe(12_000);
  expect(await other.take('a', 4, 10)).toBe(0);
  expect(await other.wait('a', 10)).toBe(6_000);
  expect(await one.take('a', 4, 10)).toBe(24_000);
  await one.take('b', 10, 10);
  const { asked } = state;
  for (let again = 0; again < 100; again += 1) expect(await one.take('b', 1, 10)).toBe(6_000);
  expect(state.asked).toBe(asked);
});

test('without the store each replica holds the limit by itself: nobody is kept out, nobody gets all', async () => {
  const { one, other, state, said, clock } = twoReplicas();
  await one.take('a', 3, 5);
  state.up = false;
  expect(await one.take('a', 1, 5)).toBe(0);
  // What was taken before the store went is not forgotten.
  expect(await one.take('a', 2, 5)).toBe(12_000);
  expect(await other.take('a', 5, 5)).toBe(0);
  expect(await other.take('a', 1, 5)).toBe(12_000);
  expect(said).toEqual(['gone', 'gone']);
  // It is asked now and then, and nobody waits for that.
  const { asked } = state;
  for (let each = 0; each < 50; each += 1) await one.take(`b${each}`, 1, 5);
  expect(state.asked).toBe(asked);
  clock.at += 2_000;
  for (let each = 0; each < 50; each += 1) await one.take(`c${each}`, 1, 5);
  expect(state.asked).toBe(asked + 1);
  expect(said).toHaveLength(2);

  state.up = true;
  clock.at += 2_000;
  await one.take('d', 5, 5);
  expect(said).toEqual(['gone', 'gone', 'found']);
  await one.take('e', 5, 5);
  clock.at += 2_000;
  await other.take('f', 1, 5);
  expect(await other.take('e', 1, 5)).toBeGreaterThan(0);
});
