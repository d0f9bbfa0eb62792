import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { emptyDatabases, withRedis } from '../../test/redis-server.ts';
import type { Plan, PlanStore } from '../api/gate/plan.ts';
import { planId } from '../api/gate/plan-id.ts';
import { FilePlans } from './file-plans.ts';
import { MemoryPlans } from './memory-plans.ts';
import { MAX_WAITING } from './plan-limits.ts';
import { openRedisStore } from './redis/store.ts';

const LIFE = 600_000;

function aClock() {
  let time = 1_000;
  return { now: () => time, sleep: async () => {}, advance: (ms: number) => (time += ms) };
}

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'plans-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const emptyDatabase = emptyDatabases();

/** Every store of plans; two over one place are one store, where places can be shared. */
const stores: [string, (clock: ReturnType<typeof aClock>) => () => PlanStore][] = [
  ...(withRedis ? inRedisStores() : []),
  ['memory', (clock) => once(new MemoryPlans(clock))],
  [
    'files',
    (clock) => {
      const stateDir = folder();
      return () => new FilePlans({ stateDir, clock });
    },
  ],
];

function inRedisStores(): typeof stores {
  return [
    ['Redis', (clock) => inRedis(emptyDatabase(), clock)],
    [
      'Redis, with a key of the settings',
      (clock) => {
        const url = emptyDatabase();
        return inRedis(url, clock, `the key of ${url}`);
      },
    ],
  ];
}

/** Each time over a connection of its own, as replicas have it. */
function inRedis(url: string, clock: ReturnType<typeof aClock>, key?: string): () => PlanStore {
  return () => {
    const store = openRedisStore({ url, key, clock });
    onTestFinished(() => store.close());
    return store.plans;
  };
}

function once(store: PlanStore): () => PlanStore {
  return () => store;
}

let made = 0;

/** A plan that a store takes. */
async function aPlan(store: PlanStore, clock: { now(): number }, facts: Partial<Plan> = {}): Promise<Plan> {
  made += 1;
  const plan: Omit<Plan, 'id'> = {
    ...{
      made: clock.now(),
      expires: clock.now() + LIFE,
      server: 's',
      login: 'l',
      identity: 'i',
      client: 'c',
    },
    ...{ tool: 't', guests: [], loses: [], changed: [], call: 'call', basis: 'basis' },
    requests: [{ verb: 'DELETE', path: '/x', params: {}, effect: 'danger' }],
    nonce: String(made),
    ...facts,
  };
  return { id: await planId(plan, (text) => store.sign(text)), ...plan };
}

const yes = { decision: 'approved', by: 'command', at: 1 } as const;
const no = { decision: 'declined', by: 'command', at: 1 } as const;

test.each(stores)('%s: a plan waits, is approved, is taken, and is gone', async (_name, make) => {
  const clock = aClock();
  const open = make(clock);
  const plan = await aPlan(open(), clock);
  await open().put(plan);
  expect(await open().waiting()).toEqual([plan]);
  expect(await open().take(plan.id)).toBe(false);
  expect(await open().decide(plan.id, yes)).toBe(true);
  expect(await open().waiting()).toEqual([]);
  expect(await open().get(plan.id)).toEqual({ plan, decided: yes });
  expect(await open().about('call')).toEqual([{ plan, decided: yes }]);
  expect(await open().take(plan.id)).toBe(true);
  expect(await open().get(plan.id)).toBeUndefined();
  expect(await open().about('call')).toEqual([]);
  expect(await open().decide(plan.id, yes)).toBe(false);
  expect(await open().take(plan.id)).toBe(false);
});

test.each(stores)('%s: of many deciders and many takers at once one succeeds', async (_name, make) => {
  const clock = aClock();
  const open = make(clock);
  const plan = await aPlan(open(), clock);
  await open().put(plan);
  const deciders = Array.from({ length: 20 }, (_, index) => open().decide(plan.id, { ...yes, at: index }));
  expect((await Promise.all(deciders)).filter(Boolean)).toHaveLength(1);
  const takers = Array.from({ length: 20 }, () => open().take(plan.id));
  expect((await Promise.all(takers)).filter(Boolean)).toHaveLength(1);
});

test.each(stores)('%s: what was declined stays declined, and can not be taken', async (_name, make) => {
  const clock = aClock();
  const open = make(clock);
  const plan = await aPlan(open(), clock);
  await open().put(plan);
  expect(await open().decide(plan.id, no)).toBe(true);
  expect(await open().decide(plan.id, yes)).toBe(false);
  expect(await open().take(plan.id)).toBe(false);
  expect((await open().get(plan.id))?.decided).toEqual(no);
});

test.each(stores)(
  '%s: nothing is left of a plan whose time is over, approved or not',
  async (_name, make) => {
    const clock = aClock();
    const open = make(clock);
    const [waits, decided] = [await aPlan(open(), clock), await aPlan(open(), clock)];
    await open().put(waits);
    await open().put(decided);
    await open().decide(decided.id, yes);
    clock.advance(LIFE);
    expect(await open().waiting()).toEqual([]);
    expect(await open().decide(waits.id, yes)).toBe(false);
    expect(await open().take(decided.id)).toBe(false);
    expect(await open().about('call')).toEqual([]);
  },
);

test.each(stores)(
  '%s: a plan that was withdrawn can not be approved; one that was decided stays',
  async (_name, make) => {
    const clock = aClock();
    const open = make(clock);
    const [waits, decided] = [await aPlan(open(), clock), await aPlan(open(), clock)];
    await open().put(waits);
    await open().put(decided);
    await open().decide(decided.id, yes);
    for (const { id } of [waits, decided]) await open().withdraw(id);
    expect(await open().decide(waits.id, yes)).toBe(false);
    expect(await open().take(decided.id)).toBe(true);
  },
);

test.each(stores)('%s: the oldest that waits makes room', async (_name, make) => {
  const clock = aClock();
  const open = make(clock);
  const plans: Plan[] = [];
  for (let index = 0; index <= MAX_WAITING; index += 1) {
    clock.advance(1);
    const plan = await aPlan(open(), clock);
    plans.push(plan);
    await open().put(plan);
  }
  expect((await open().waiting()).map(({ id }) => id)).toEqual(plans.slice(1).map(({ id }) => id));
});

test.each(stores)('%s: a plan that is not what its id says is not kept', async (_name, make) => {
  const clock = aClock();
  const open = make(clock);
  const plan = await aPlan(open(), clock);
  await expect(open().put({ ...plan, basis: 'another' })).rejects.toThrow();
  expect(await open().waiting()).toEqual([]);
});

test.each(stores)('%s: what no person can read is not kept', async (_name, make) => {
  const clock = aClock();
  const open = make(clock);
  const plan = await aPlan(open(), clock, { loses: ['x'.repeat(300_000)] });
  await expect(open().put(plan)).rejects.toMatchObject({ code: 'not_allowed' });
});

test.each(stores)('%s: a key of its own', async (_name, make) => {
  const clock = aClock();
  const [one, other] = [make(clock)(), make(clock)()];
  expect(await one.sign('text')).toMatch(/^[0-9a-f]{64}$/);
  expect(await one.sign('text')).not.toBe(await other.sign('text'));
});

test('files: many that open a folder at once share one key', async () => {
  const stateDir = folder();
  const signs = Array.from({ length: 10 }, () => new FilePlans({ stateDir, clock: aClock() }).sign('text'));
  expect(new Set(await Promise.all(signs)).size).toBe(1);
  expect(readdirSync(join(stateDir, 'plans'))).toEqual(['key']);
});

test('files: what expired is removed when the next plan comes, and nothing else is', async () => {
  const clock = aClock();
  const stateDir = folder();
  const store = new FilePlans({ stateDir, clock });
  const used = await aPlan(store, clock);
  await store.put(used);
  await store.decide(used.id, yes);
  await store.take(used.id);
  await store.put(await aPlan(store, clock));
  clock.advance(LIFE);
  const next = await aPlan(store, clock);
  await store.put(next);
  expect(readdirSync(join(stateDir, 'plans')).sort()).toEqual([`${next.id}.json`, 'key'].sort());
});

test('files: a folder that can not be made is said to be that', async () => {
  const file = join(folder(), 'file');
  writeFileSync(file, '');
  const signing = new FilePlans({ stateDir: file, clock: aClock() }).sign('text');
  const message = expect.stringContaining(`${file}/plans (ENOTDIR)`);
  await expect(signing).rejects.toMatchObject({ code: 'ledger', message });
});

test.each(stores)('%s: a clock that is set back makes no plan live longer', async (_name, make) => {
  const clock = aClock();
  clock.advance(3_600_000);
  const store = make(clock)();
  const plan = await aPlan(store, clock);
  await store.put(plan);
  await store.decide(plan.id, yes);
  clock.advance(-30_000);
  expect(await store.get(plan.id)).toBeDefined();
  clock.advance(-600_000);
  expect(await store.get(plan.id)).toBeUndefined();
  expect(await store.take(plan.id)).toBe(false);
});
