import { expect, test } from 'vitest';
import { Api } from '../../src/api/api.ts';
import type { Plan } from '../../src/api/gate/plan.ts';
import { openPolicy, type Policy, parseProtection } from '../../src/api/gate/policy.ts';
import { LiveSchema } from '../../src/api/live-schema.ts';
import { path, taskId } from '../../src/api/path.ts';
import type { Effect } from '../../src/schema/effect.ts';
import { clusterBehindGate } from '../../src/server/cluster.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { MemoryLedger } from '../../src/state/memory-ledger.ts';
import { MemoryPlans } from '../../src/state/memory-plans.ts';
import { failureOf } from '../failure-of.ts';

/** Tool calls at a gate where nobody approves anything: a danger is refused with `needs_approval`. */
function house({
  protect = [],
  scope = 'danger',
  ...policy
}: Partial<Omit<Policy, 'protect'>> & { protect?: string[]; scope?: Effect } = {}) {
  const simulator = createSimulator({ seed: 'tiny' });
  const { clock } = simulator;
  const secret = simulator.logins['root@pam!full'] ?? '';
  const login = { kind: 'token', user: 'root@pam', tokenName: 'full', secret } as const;
  const api = new Api({ send: simulator.fetch, login, clock });
  const ledger = new MemoryLedger();
  const protections = protect.map((text) => {
    const read = parseProtection(text);
    if ('problem' in read) throw new Error(read.problem);
    return read;
  });
  const open = clusterBehindGate({
    ...{ api, clock, ledger, server: 'test', login: 'root@pam!full' },
    policy: { ...openPolicy, ...policy, protect: protections },
    plans: new MemoryPlans(clock),
    schema: new LiveSchema({ api, cache: undefined, clock, host: 'test' }),
  });
  /** One tool call. */
  const begin = (answer?: 'approved', asked: Plan[] = []) => {
    const ask = async (plan: Plan) => {
      asked.push(plan);
      return answer ?? 'pending';
    };
    const { pve } = open({ client: 'test', identity: 'tester', scope, tool: 'job', ask });
    const done = async (upid: unknown) => void (await pve.tasks.wait(String(upid)));
    return { pve, api: pve.api, done, asked };
  };
  return { begin, simulator, ledger, world: simulator.world };
}

const NEW = path`/nodes/pve1/qemu/900`;
const VMS = path`/nodes/pve1/qemu`;
const CLONE = path`/nodes/pve1/qemu/9000/clone`;

test('a guest that this very call made may be stopped and removed by it without a person', async () => {
  const { begin, ledger, world } = house();
  const { api, done } = begin();
  await done(await api.post(VMS, { vmid: 900, scsi0: 'local-lvm:4', start: 1 }));
  expect(await api.judge('DELETE', NEW)).toMatchObject({
    ...{ effect: 'change', because: 'it removes a guest that this call itself made', needsApproval: false },
  });
  await done(await api.post(path`/nodes/pve1/qemu/900/status/stop`));
  await done(await api.delete(NEW));
  expect(world.guests.has(900)).toBe(false);
  expect(ledger.entries.map(({ request }) => `${request.verb} ${request.path} ${request.effect}`)).toEqual([
    'POST /nodes/pve1/qemu change',
    'POST /nodes/pve1/qemu/900/status/stop change',
    'DELETE /nodes/pve1/qemu/900 change',
  ]);
  // It is gone: whoever has its VMID from now on is not ours.
  expect(await api.judge('DELETE', NEW)).toMatchObject({ effect: 'danger', needsApproval: true });
});

test('so may a clone, and whoever may change but not endanger', async () => {
  const { begin, world } = house({ scope: 'change' });
  const { api, done } = begin();
  await done(await api.post(CLONE, { newid: 900 }));
  expect(await failureOf(api.delete(path`/nodes/pve1/qemu/9000`))).toMatchObject({ code: 'not_allowed' });
  await done(await api.delete(NEW));
  expect(world.guests.has(900)).toBe(false);
});

test('where each change must be approved, what was approved may be taken back', async () => {
  const { begin } = house({ approve: 'change' });
  const { api, done, asked } = begin('approved');
  await done(await api.post(VMS, { vmid: 900 }));
  await done(await api.delete(NEW));
  expect(asked).toHaveLength(1);
});

test('the next call owns nothing of it', async () => {
  const { begin } = house();
  const first = begin();
  const upid = await first.api.post<string>(VMS, { vmid: 900 });
  await first.done(upid);
  const second = begin();
  await second.done(upid);
  expect(await second.api.judge('DELETE', NEW)).toMatchObject({ effect: 'danger', needsApproval: true });
  expect(await failureOf(second.api.delete(NEW))).toMatchObject({ code: 'needs_approval' });
});

test('until its task has ended well, a guest is not known to be made', async () => {
  const { begin } = house();
  const { api, pve } = begin();
  await api.post(VMS, { vmid: 900, scsi0: 'local-lvm:4' });
  expect(await api.judge('DELETE', NEW)).toMatchObject({ effect: 'danger' });
  const upid = await api.post<string>(CLONE, { newid: 901, full: 1 });
  expect(await pve.tasks.cancel(upid)).toMatchObject({ stopped: true });
  expect(await api.judge('DELETE', path`/nodes/pve1/qemu/901`)).toMatchObject({ effect: 'danger' });
});

test('a VMID that was taken is not ours', async () => {
  const { begin } = house();
  const { api } = begin();
  await failureOf(api.post(VMS, { vmid: 100 }));
  await failureOf(api.post(CLONE, { newid: 100 }));
  expect(await api.judge('DELETE', path`/nodes/pve1/qemu/100`)).toMatchObject({ effect: 'danger' });
});

test('what was written over by force is not ours', async () => {
  const { begin } = house();
  const { api, done } = begin('approved');
  await done(await api.post(path`/nodes/pve1/vzdump`, { vmid: 9000, storage: 'local' }));
  const [archive = ''] = await archives(api);
  await done(await api.post(VMS, { vmid: 9000, archive, force: 1 }));
  expect(await api.judge('DELETE', path`/nodes/pve1/qemu/9000`)).toMatchObject({ effect: 'danger' });
});

async function archives(api: Api): Promise<string[]> {
  const rows = await api.get<{ volid: string }[]>(path`/nodes/pve1/storage/local/content`, {
    content: 'backup',
  });
  return rows.map(({ volid }) => volid);
}

test.each([
  ['purge', { purge: 1 }],
  ['disks that an older guest left', { 'destroy-unreferenced-disks': 1 }],
  ['a lock', { skiplock: 1 }],
] as const)('with its guest alone, not with more: %s', async (_what, params) => {
  const { begin } = house();
  const { api, done } = begin();
  await done(await api.post(VMS, { vmid: 900 }));
  expect(await api.judge('DELETE', NEW, params)).toMatchObject({ effect: 'danger', needsApproval: true });
});

test.each<[string, (api: Api) => Promise<unknown>]>([
  [
    'the disk of another guest',
    (api) => api.post(path`/nodes/pve1/qemu/100/move_disk`, { disk: 'scsi0', 'target-vmid': 900 }),
  ],
  [
    'a disk that an older guest left',
    (api) => api.put(path`/nodes/pve1/qemu/900/config`, { scsi3: 'local-lvm:vm-900-disk-7' }),
  ],
  [
    'one that is unused',
    (api) => api.post(path`/nodes/pve1/qemu/900/config`, { unused0: 'local-lvm:vm-900-disk-7' }),
  ],
])('once it takes over %s, its removal needs a person', async (_what, take) => {
  const { begin } = house();
  const { api, done } = begin();
  await done(await api.post(VMS, { vmid: 900 }));
  await take(api).catch(() => undefined);
  expect(await api.judge('DELETE', NEW)).toMatchObject({ effect: 'danger', needsApproval: true });
});

test('so it does where it was made of disks that were there', async () => {
  const { begin } = house();
  const { api, done } = begin();
  await api
    .post(VMS, { vmid: 900, scsi0: 'local-lvm:vm-900-disk-0' })
    .then(done)
    .catch(() => undefined);
  expect(await api.judge('DELETE', NEW)).toMatchObject({ effect: 'danger' });
});

test('nothing else about it is made less', async () => {
  const { begin } = house();
  const { api, done } = begin();
  await done(await api.post(VMS, { vmid: 900 }));
  for (const [verb, where] of [
    ['POST', path`/nodes/pve1/qemu/900/status/reset`],
    ['POST', path`/nodes/pve1/qemu/900/template`],
    ['POST', path`/nodes/pve1/qemu/900/agent/exec`],
    ['DELETE', path`/nodes/pve1/lxc/900`],
    ['DELETE', path`/nodes/pve1/qemu/0900`],
    ['DELETE', path`/nodes/pve1/qemu/100`],
  ] as const)
    expect([where, (await api.judge(verb, where))?.effect]).toEqual([where, 'danger']);
});

test('a task that this very call began may be stopped by it, and no other', async () => {
  const { begin } = house();
  const first = begin();
  const upid = await first.api.post<string>(CLONE, { newid: 900, full: 1 });
  const task = path`/nodes/pve1/tasks/${taskId(upid)}`;
  expect(await begin().api.judge('DELETE', task)).toMatchObject({ effect: 'danger', needsApproval: true });
  expect(await first.api.judge('DELETE', task)).toMatchObject({
    ...{ effect: 'change', because: 'it stops a task that this call itself began', needsApproval: false },
  });
  expect(await first.pve.tasks.cancel(upid)).toMatchObject({ stopped: true });
});

test('what the settings forbid stays forbidden', async () => {
  const protectedOne = house({ protect: ['900'] }).begin();
  await protectedOne.done(await protectedOne.api.post(VMS, { vmid: 900 }));
  expect(await failureOf(protectedOne.api.delete(NEW))).toMatchObject({
    message: expect.stringMatching(/900 on pve1, which is protected/),
  });
  const denied = house({
    deny: [{ text: 'DELETE /**', verbs: ['DELETE'], words: ['**'], anyCase: ['**'] }],
  }).begin();
  await denied.done(await denied.api.post(VMS, { vmid: 900 }));
  expect(await failureOf(denied.api.delete(NEW))).toMatchObject({
    message: expect.stringMatching(/MCP_DENY refuses it/),
  });
});

const later = [
  { verb: 'PUT', path: path`/nodes/pve1/qemu/900/config`, params: { cores: 2 } },
  { verb: 'POST', path: path`/nodes/pve1/qemu/900/status/start` },
] as const;

test('with protected tags, steps on a guest that an earlier step makes are no steps on an unknown guest', async () => {
  const { begin, world } = house({ protect: ['tag:prod', 'pool:db', 'node:pve2'] });
  const { api, done } = begin();
  expect(await failureOf(api.foresee(later))).toMatchObject({
    message: expect.stringMatching(/sees no guest 900/),
  });
  await api.foresee([{ verb: 'POST', path: CLONE, params: { newid: 900 } }, ...later]);
  await done(await api.post(CLONE, { newid: 900 }));
  await api.put(later[0].path, later[0].params);
  await done(await api.post(later[1].path));
  expect(world.guests.get(900)?.status).toBe('running');
});

test.each([
  ['tag', ['tag:prod'], VMS, { vmid: 900, tags: 'prod' }],
  ['tag of what it is cloned from', ['tag:prod'], path`/nodes/pve1/qemu/100/clone`, { newid: 900 }],
  ['pool', ['pool:db'], VMS, { vmid: 900, pool: 'db' }],
  ['node', ['node:pve2'], CLONE, { newid: 900, target: 'pve2' }],
] as const)(
  'a new guest that is protected by its %s is so from the beginning',
  async (_by, protect, where, params) => {
    const { begin } = house({ protect: [...protect] });
    const failure = await failureOf(begin().api.foresee([{ verb: 'POST', path: where, params }, ...later]));
    expect(failure).toMatchObject({
      code: 'not_allowed',
      message: expect.stringMatching(/guest 900.* is protected/),
    });
  },
);

test("a new guest from a backup has the tags of the backup; where these can't be read, it may have any", async () => {
  const { begin } = house({ protect: ['tag:prod'] });
  const { api, done } = begin();
  await done(await api.post(path`/nodes/pve1/vzdump`, { vmid: 9000, storage: 'local' }));
  const [archive = ''] = await archives(api);
  await api.foresee([{ verb: 'POST', path: VMS, params: { vmid: 900, archive } }, ...later]);
  const failure = await failureOf(
    api.foresee([
      { verb: 'POST', path: VMS, params: { vmid: 900, archive: 'local:backup/none.vma' } },
      ...later,
    ]),
  );
  expect(failure).toMatchObject({ message: expect.stringMatching(/sees no guest 900/) });
});

test('a plan shows a guest that is not there yet as such', async () => {
  const { begin } = house({ approve: 'change' });
  const { api, asked } = begin('approved');
  await api.foresee([{ verb: 'POST', path: VMS, params: { vmid: 900, name: 'web9' } }, ...later]);
  expect(asked[0]?.guests).toMatchObject([{ vmid: 900, name: 'web9', node: 'pve1', status: 'not made yet' }]);
});
