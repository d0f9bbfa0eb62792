import { expect, onTestFinished, test } from 'vitest';
import { aRedis, DURABLE, emptyDatabases } from '../../../test/redis-server.ts';
import type { Plan } from '../../api/gate/plan.ts';
import { planId } from '../../api/gate/plan-id.ts';
import { realClock } from '../../clock.ts';
import { RedisConnection } from './connection.ts';
import { decisionKey, PLANS, planKey, SIGNING_KEY, schemaKey } from './keys.ts';
import { openRedisStore } from './store.ts';

const emptyDatabase = emptyDatabases();

function open(url: string, key?: string) {
  const store = openRedisStore({ url, key, clock: realClock });
  const connection = new RedisConnection(url, realClock);
  onTestFinished(() => {
    store.close();
    connection.close();
  });
  return { ...store, redis: (...command: string[]) => connection.send(command) };
}

const KEY = 'a key of the settings, of 32 characters or more';
const yes = { decision: 'approved', by: 'command', at: 1 } as const;

async function waiting({ plans }: ReturnType<typeof open>, nonce = '1'): Promise<Plan> {
  const made = realClock.now();
  const rest: Omit<Plan, 'id'> = {
    ...{ made, expires: made + 600_000, server: 's', login: 'l', identity: 'i', client: 'c', tool: 't' },
    ...{ guests: [], loses: [], changed: [], call: 'call', basis: 'basis', nonce },
    requests: [{ verb: 'DELETE', path: '/x', params: {}, effect: 'danger' }],
  };
  const plan = { id: await planId(rest, (text) => plans.sign(text)), ...rest };
  await plans.put(plan);
  return plan;
}

test('a plan that somebody edited in Redis does not exist', async () => {
  const store = open(emptyDatabase());
  const { id } = await waiting(store);
  const text = String(await store.redis('GET', planKey(id)));
  await store.redis('SET', planKey(id), text.replace('"/x"', '"/y"'));
  expect(await store.plans.get(id)).toBeUndefined();
  expect(await store.plans.decide(id, yes)).toBe(false);
  expect(await store.plans.waiting()).toEqual([]);
});

test('a plan under the name of another does not exist', async () => {
  const store = open(emptyDatabase());
  const [one, other] = [await waiting(store), await waiting(store, '2')];
  await store.redis('SET', planKey(one.id), String(await store.redis('GET', planKey(other.id))));
  expect(await store.plans.get(one.id)).toBeUndefined();
});

test('an approval that was written by hand, or is that of another plan, counts for nothing', async () => {
  const store = open(emptyDatabase());
  const [one, other] = [await waiting(store), await waiting(store, '2')];
  await store.redis('SET', decisionKey(one.id), JSON.stringify({ ...yes, seal: '0'.repeat(64) }));
  expect(await store.plans.take(one.id)).toBe(false);
  await store.redis('DEL', decisionKey(one.id));
  await store.plans.decide(other.id, yes);
  await store.redis('SET', decisionKey(one.id), String(await store.redis('GET', decisionKey(other.id))));
  expect(await store.plans.take(one.id)).toBe(false);
  expect(await store.plans.take(other.id)).toBe(true);
});

test('with a key of the settings none is in Redis, and servers with another do not believe its plans', async () => {
  const url = emptyDatabase();
  const [one, same, other] = [open(url, KEY), open(url, KEY), open(url, `${KEY}!`)];
  const { id } = await waiting(one);
  expect(await one.redis('EXISTS', SIGNING_KEY)).toBe(0);
  expect(await other.plans.get(id)).toBeUndefined();
  expect(await other.plans.decide(id, yes)).toBe(false);
  expect(await same.plans.decide(id, yes)).toBe(true);
  expect(await one.plans.take(id)).toBe(true);
});

test('many that open a Redis at once share one key', async () => {
  const url = emptyDatabase();
  const signs = Array.from({ length: 10 }, () => open(url).plans.sign('text'));
  expect(new Set(await Promise.all(signs)).size).toBe(1);
});

test('Redis forgets plans by itself, and nothing is left of one that ran', async () => {
  const store = open(emptyDatabase());
  const [ran, decided] = [await waiting(store), await waiting(store, '2')];
  for (const { id } of [ran, decided]) await store.plans.decide(id, yes);
  await store.plans.take(ran.id);
  const kept = ((await store.redis('KEYS', '*')) as string[]).sort();
  expect(kept).toEqual([decisionKey(decided.id), planKey(decided.id), PLANS, SIGNING_KEY].sort());
  for (const key of [planKey(decided.id), decisionKey(decided.id)]) {
    const life = Number(await store.redis('PTTL', key));
    expect(life).toBeGreaterThan(500_000);
    expect(life).toBeLessThanOrEqual(600_000);
  }
  await store.redis('DEL', planKey(decided.id));
  expect(await store.plans.about('call')).toEqual([]);
  expect(await store.redis('ZCARD', PLANS)).toBe(0);
});

test('a Redis that was emptied: plans from before are gone, new ones work', async () => {
  const redis = await aRedis(['--appendonly', 'no']);
  const store = openRedisStore({ url: redis.url, key: undefined, clock: patient() });
  onTestFinished(() => store.close());
  const before = await store.plans.sign('text');
  await redis.kill();
  await expect(store.plans.waiting()).rejects.toMatchObject({ code: 'ledger' });
  await redis.start();
  expect(await store.plans.waiting()).toEqual([]);
  expect(await store.plans.sign('text')).not.toBe(before);
});

test('an API description is kept for all, and one that was edited is not there', async () => {
  const url = emptyDatabase();
  const [one, other] = [open(url), open(url)];
  await one.schemas.write('pve-a', '{"apidoc":[]}');
  expect(await other.schemas.read('pve-a')).toBe('{"apidoc":[]}');
  expect(await other.schemas.read('pve-b')).toBeUndefined();
  const kept = String(await one.redis('GET', schemaKey('pve-a')));
  await one.redis('SET', schemaKey('pve-b'), kept);
  expect(await other.schemas.read('pve-b')).toBeUndefined();
  await one.redis('SET', schemaKey('pve-a'), kept.replace('[]', '[{}]'));
  expect(await other.schemas.read('pve-a')).toBeUndefined();
});

test('without Redis there is no API description, and nothing fails', async () => {
  const redis = await aRedis();
  await redis.kill();
  const { schemas } = open(redis.url);
  await schemas.write('pve-a', 'text');
  expect(await schemas.read('pve-a')).toBeUndefined();
});

test('what is counted there is gone when it is full again', async () => {
  const store = open(emptyDatabase());
  await store.buckets.take('a', 1, 10);
  const [key = ''] = (await store.redis('KEYS', '*')) as string[];
  expect(Number(await store.redis('PTTL', key))).toBeLessThanOrEqual(6_000);
  await store.buckets.take('a', -1, 10);
  expect(await store.redis('KEYS', '*')).toEqual([]);
});

test('a Redis that hangs is not waited for by those who are only counted', async () => {
  const redis = await aRedis();
  const { buckets } = open(redis.url);
  await buckets.take('a', 1, 10);
  redis.freeze();
  onTestFinished(() => redis.thaw());
  const begun = performance.now();
  await expect(buckets.take('a', 1, 10)).rejects.toMatchObject({ code: 'ledger' });
  expect(performance.now() - begun).toBeLessThan(2_000);
});

test('whoever asks while Redis is away does not wait, and Redis is not asked again at once', async () => {
  const redis = await aRedis();
  await redis.kill();
  let now = 0;
  const clock = { now: () => now, sleep: async () => {} };
  const connection = new RedisConnection(redis.url, clock);
  onTestFinished(() => connection.close());
  await expect(connection.send(['PING'])).rejects.toMatchObject({ code: 'ledger' });
  await redis.start();
  await expect(connection.send(['PING'])).rejects.toMatchObject({ code: 'ledger' });
  now += 1_000;
  expect(await connection.send(['PING'])).toBe('PONG');
});

test('the least that an ACL must allow is enough for all of it', async () => {
  const acl =
    'user mcp on >secret ~proxmox-mcp:* &* -@all +@read +@write +@connection +@scripting +waitaof +config|get';
  const redis = await aRedis([...DURABLE]);
  await redis.send('ACL', 'SETUSER', ...acl.replace('+waitaof ', '').split(' ').slice(1));
  const store = open(redis.url.replace('//', '//mcp:secret@'));
  const { id } = await waiting(store);
  expect(await store.plans.decide(id, yes)).toBe(true);
  expect(await store.plans.take(id)).toBe(true);
  await store.schemas.write('pve-a', 'text');
  expect(await store.schemas.read('pve-a')).toBe('text');
  expect(await store.buckets.take('a', 1, 1)).toBe(0);
  expect(await store.buckets.wait('a', 1)).toBeGreaterThan(50_000);
  await store.check();
});

/** Always late enough to try again. */
function patient() {
  let late = 0;
  const now = () => {
    late += 2_000;
    return realClock.now() + late;
  };
  return { now, sleep: async () => {} };
}
