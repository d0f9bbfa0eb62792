// The proof: whatever goes wrong, and whenever, no change runs twice, and a UPID that is handed back is that of the task
// which this very call began.
import { AsyncLocalStorage } from 'node:async_hooks';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ApiPath } from '../../src/api/path.ts';
import type { Send, Verb } from '../../src/api/wire.ts';
import { type Client, createClient } from '../../src/client.ts';
import { Failure } from '../../src/failure.ts';
import type { Fault } from '../../src/simulator/faults.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';

/** `.ci/run` tells fewer on the second Node. */
const STORIES = process.env.FEWER_RUNS === '1' ? 2_000 : 10_000;

/** One change as a caller asks for it; several of them mean the same guest. */
interface Asked {
  verb: Verb;
  path: string;
  params: Record<string, string | number>;
  /** How long after the one before, in milliseconds; 0 is at the same time. */
  after: number;
  timeoutMs: number;
}

/** How it ended. */
interface Ended {
  mark: string;
  upid: string | undefined;
  /** Whether the UPID was found in the task list. */
  recovered: boolean;
  failure: Failure | undefined;
}

const vmid = fc.constantFrom(200, 201);
const kinds = fc.oneof(
  fc
    .constantFrom('start', 'stop', 'shutdown')
    .map((word) => ['POST', `/nodes/pve1/qemu/100/status/${word}`, {}] as const),
  fc.constant(['POST', '/nodes/pve1/lxc/101/status/start', {}] as const),
  fc
    .constantFrom('a', 'b')
    .map((snapname) => ['POST', '/nodes/pve1/qemu/100/snapshot', { snapname }] as const),
  vmid.map((id) => ['POST', '/nodes/pve1/qemu', { vmid: id, scsi0: 'local-lvm:1' }] as const),
  vmid.map((id) => ['POST', '/nodes/pve1/qemu/9000/clone', { newid: id }] as const),
  vmid.map((id) => ['DELETE', `/nodes/pve1/qemu/${id}`, {}] as const),
  fc.constant(['PUT', '/nodes/pve1/qemu/100/config', { description: 'changed' }] as const),
  fc.constant(['POST', '/pools', { poolid: 'p1' }] as const),
);
const asked: fc.Arbitrary<Asked> = fc
  .record({
    kind: kinds,
    after: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20_000 })),
    timeoutMs: fc.integer({ min: 200, max: 40_000 }),
  })
  .map(({ kind: [verb, path, params], ...rest }) => ({ verb, path, params, ...rest }));

const when = fc.record(
  {
    on: fc.constantFrom(
      'POST|PUT|DELETE /nodes/**',
      'POST /nodes/**',
      '* /nodes/**',
      'GET /nodes/{node}/tasks',
      '* /**',
    ),
    skip: fc.nat(5),
    times: fc.integer({ min: 1, max: 4 }),
    ms: fc.nat(45_000),
  },
  { requiredKeys: ['on', 'ms'] },
);
const names = [
  '595',
  '596-before',
  '596-after',
  '597',
  'stall-before',
  'stall-after',
  'reset-before',
  'reset-after',
  'cut-body',
] as const;
const others = ['expired-ticket', 'task-warnings', 'task-dies', 'task-vanishes'] as const;
const fault = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(fc.constantFrom(...names), when).map(([name, rest]) => ({ name, ...rest })),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(...others), when).map(([name, rest]) => ({ name, ...rest })),
  },
  { weight: 1, arbitrary: when.map((rest) => ({ name: 'config-lock', vmid: 100, ...rest })) },
  { weight: 1, arbitrary: when.map((rest) => ({ name: 'locked-guest', vmid: 100, ...rest })) },
);
const story = fc.record({
  changes: fc.array(asked, { minLength: 1, maxLength: 6 }),
  faults: fc.array(fault as fc.Arbitrary<Fault>, { minLength: 1, maxLength: 4 }),
  byPassword: fc.boolean(),
});
type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;

/** Which change is being served; what it begins, it began. */
const serving = new AsyncLocalStorage<string>();

/** Notes for each task which change began it. */
function beginnings(simulator: Simulator): Map<string, string> {
  const begun = new Map<string, string>();
  const { tasks } = simulator.world;
  const start = tasks.start.bind(tasks);
  tasks.start = (...args) => {
    const upid = start(...args);
    begun.set(upid, serving.getStore() ?? 'nobody');
    return upid;
  };
  return begun;
}

/** Proxmox ignores `_dc`, so each change carries its own number in it. */
const markOf = (text: string) => /(?:^|[?&])_dc=(\d+)/.exec(text)?.[1];

async function change(
  client: Client,
  mark: string,
  { verb, path, params, timeoutMs }: Asked,
): Promise<Ended> {
  try {
    const marked = { ...params, _dc: mark };
    const { data, recovered = false } = await client.request(verb, path as ApiPath, marked, { timeoutMs });
    const upid = typeof data === 'string' && data.startsWith('UPID:') ? data : undefined;
    return { mark, upid, recovered, failure: undefined };
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    return { mark, upid: undefined, recovered: false, failure };
  }
}

/** How often a change came to the simulator with a login that was accepted. */
function timesThrough({ received }: Simulator, mark: string): number {
  return received.filter(
    ({ login, query, body }) => login !== undefined && (markOf(query) === mark || markOf(body) === mark),
  ).length;
}

/** What is true after every story. */
function check(simulator: Simulator, begun: Map<string, string>, ends: Ended[]): void {
  for (const { mark, upid, failure } of ends) {
    expect(timesThrough(simulator, mark), 'how often a change came through').toBeLessThanOrEqual(1);
    const tasks = [...begun].filter(([, by]) => by === mark).map(([task]) => task);
    expect(tasks.length, 'how many tasks a change began').toBeLessThanOrEqual(1);
    if (upid !== undefined) expect(tasks, 'whose UPID it is').toEqual([upid]);
    if (failure !== undefined && !failure.details.mayHaveRun) expect(tasks, failure.message).toEqual([]);
    expect(failure?.code).not.toBe('internal');
  }
}

/** Sees to it that what a change begins is known as its own, also over a socket. */
function noting(fetch: Send): Send {
  return (request) => {
    const mark = markOf(request.path.split('?')[1] ?? '') ?? markOf(request.body ?? '');
    return serving.run(mark ?? 'a look', () => fetch(request));
  };
}

/** Lives one story through, and holds what came of it against what is true. */
async function tell({ changes, faults, byPassword }: Story): Promise<Ended[]> {
  const simulator = createSimulator({ seed: 'tiny', faults });
  const { clock, logins } = simulator;
  const begun = beginnings(simulator);
  const login = byPassword
    ? { user: 'root@pam', password: logins['root@pam'] ?? '' }
    : { tokenId: 'root@pam!full', secret: logins['root@pam!full'] ?? '' };
  const client = createClient({ send: noting(simulator.fetch), clock, ...login });
  const running: Promise<Ended>[] = [];
  for (const [index, one] of changes.entries()) {
    if (one.after > 0) await clock.sleep(one.after);
    running.push(change(client, String(index), one));
  }
  const ends = await Promise.all(running);
  // What comes late has come by then.
  await clock.sleep(60_000);
  simulator.world.settle();
  check(simulator, begun, ends);
  return ends;
}

test(`${STORIES} stories of changes and faults, on the virtual clock`, async () => {
  let recovered = 0;
  let inDoubt = 0;
  const property = fc.asyncProperty(story, async (one) => {
    for (const end of await tell(one)) {
      if (end.recovered) recovered++;
      if (end.failure?.details.mayHaveRun) inDoubt++;
    }
  });
  await fc.assert(property, { numRuns: STORIES, seed: 20_260_731 });
  // The stories are about what they should be about.
  expect(recovered).toBeGreaterThan(STORIES / 10);
  expect(inDoubt).toBeGreaterThan(STORIES / 10);
}, 120_000);

/** Over real connections a call's own timeout is real time, and a stall has no end. */
const onWire = story.map(({ changes, faults, byPassword }) => ({
  byPassword,
  changes: changes.map((one) => ({ ...one, timeoutMs: 40 })),
  faults: faults.map(({ ms: _, ...one }) => ({ ...one, on: 'POST|PUT|DELETE /nodes/**' }) as Fault),
}));

test('forty stories over real connections', async () => {
  const property = fc.asyncProperty(onWire, async ({ changes, faults, byPassword }) => {
    const simulator = createSimulator({ seed: 'tiny', faults });
    const { url, fingerprint, close } = await simulator.listen();
    const { clock, logins } = simulator;
    const login = byPassword
      ? { user: 'root@pam', password: logins['root@pam'] ?? '' }
      : { tokenId: 'root@pam!full', secret: logins['root@pam!full'] ?? '' };
    const client = createClient({ url, fingerprint, clock, ...login });
    const ends = await Promise.all(changes.map((one, index) => change(client, String(index), one)));
    const upids = ends.flatMap(({ upid }) => upid ?? []);
    await client.close();
    await close();
    for (const { mark } of ends) expect(timesThrough(simulator, mark)).toBeLessThanOrEqual(1);
    expect(new Set(upids).size, 'a UPID belongs to one call').toBe(upids.length);
  });
  await fc.assert(property, { numRuns: 40, seed: 20_260_731 });
});
