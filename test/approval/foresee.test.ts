import { expect, test } from 'vitest';
import { Api } from '../../src/api/api.ts';
import type { Plan } from '../../src/api/gate/plan.ts';
import { openPolicy } from '../../src/api/gate/policy.ts';
import { LiveSchema } from '../../src/api/live-schema.ts';
import { path } from '../../src/api/path.ts';
import { clusterBehindGate } from '../../src/server/cluster.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { MemoryLedger } from '../../src/state/memory-ledger.ts';
import { MemoryPlans } from '../../src/state/memory-plans.ts';
import { failureOf } from '../failure-of.ts';
import { changesAt } from './house.ts';

/** The API as a tool of several steps has it, and the person that it asks. */
function workshop(decision: 'approved' | 'declined') {
  const simulator = createSimulator({ seed: 'tiny' });
  const { clock } = simulator;
  const secret = simulator.logins['root@pam!full'] ?? '';
  const login = { kind: 'token', user: 'root@pam', tokenName: 'full', secret } as const;
  const api = new Api({ send: simulator.fetch, login, clock });
  const ledger = new MemoryLedger();
  const asked: Plan[] = [];
  const open = clusterBehindGate({
    ...{ api, clock, ledger, server: 'test', login: 'root@pam!full', policy: openPolicy },
    plans: new MemoryPlans(clock),
    schema: new LiveSchema({ api, cache: undefined, clock, host: 'test' }),
  });
  const ask = async (plan: Plan) => {
    asked.push(plan);
    return decision;
  };
  const { pve } = open({ client: 'test', identity: 'tester', scope: 'danger', tool: 'steps', ask });
  return { api: pve.api, asked, simulator, ledger };
}

const template = path`/nodes/pve1/qemu/9000`;
const container = path`/nodes/pve1/lxc/101`;

test('several steps are approved as one plan, and each runs once', async () => {
  const { api, asked, simulator, ledger } = workshop('approved');
  await api.foresee([
    { verb: 'PUT', path: path`/nodes/pve1/qemu/100/config`, params: { description: 'moved' } },
    { verb: 'DELETE', path: template },
    { verb: 'DELETE', path: container, params: { purge: 1 } },
  ]);
  expect(changesAt(simulator)).toEqual([]);
  expect(asked).toHaveLength(1);
  expect(asked[0]?.requests.map(({ verb }) => verb)).toEqual(['PUT', 'DELETE', 'DELETE']);
  expect(asked[0]?.guests.map(({ vmid }) => vmid)).toEqual([101, 9000]);

  await api.delete(template);
  await api.delete(container, { purge: 1 });
  expect(asked).toHaveLength(1);
  expect(ledger.entries.map(({ plan }) => plan)).toEqual([asked[0]?.id, asked[0]?.id]);

  // Whatever comes of it, it is asked about again.
  await api.delete(template).catch(() => undefined);
  expect(asked).toHaveLength(2);
});

test('another byte than foreseen is asked about', async () => {
  const { api, asked } = workshop('approved');
  await api.foresee([{ verb: 'DELETE', path: container }]);
  await api.delete(container, { purge: 1 });
  expect(asked).toHaveLength(2);
});

test('what was declined as a whole is done in no part', async () => {
  const { api, simulator } = workshop('declined');
  const steps = [
    { verb: 'DELETE', path: template },
    { verb: 'DELETE', path: container },
  ] as const;
  expect(await failureOf(api.foresee(steps))).toMatchObject({ code: 'not_allowed' });
  expect(changesAt(simulator)).toEqual([]);
});
