import { expect, test } from 'vitest';
import { path } from '../../src/api/path.ts';
import { type ClientOptions, createClient } from '../../src/client.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { failureOf } from '../failure-of.ts';
import { PREFIX, type Target, withBench } from './bench.ts';
import { clientSuite } from './suite.ts';

/** A simulated cluster for an administrator's token or password. */
function targetOf(simulator: Simulator, login: string): Target {
  const { fetch: send, clock, logins } = simulator;
  const as = (one: Pick<ClientOptions, 'tokenId' | 'secret' | 'user' | 'password'>) =>
    createClient({ send, clock, ...one });
  const secret = logins[login] ?? '';
  const client = as(login.includes('!') ? { tokenId: login, secret } : { user: login, password: secret });
  return { client, as, user: 'root@pam', close: async () => {} };
}

const seeds = [
  ['demo', 'root@pam!full'],
  ['lab', 'root@pam!lab'],
  ['lab', 'root@pam'],
] as const;

for (const [seed, login] of seeds) {
  clientSuite(`the simulated ${seed} as ${login}`, async () => targetOf(createSimulator({ seed }), login));
}

test('a step that fails is cleaned up behind, and its own error is what is seen', async () => {
  const simulator = createSimulator({ seed: 'demo' });
  const guests = [...simulator.world.guests.keys()];
  const broken = withBench(
    async () => targetOf(simulator, 'root@pam!full'),
    async ({ newGuest, newUser, power }) => {
      await newUser();
      await power(await newGuest(), 'start');
      throw new Error('the step failed');
    },
  );
  await expect(broken).rejects.toThrow('the step failed');
  expect([...simulator.world.guests.keys()]).toEqual(guests);
  expect([...simulator.world.access.users.keys()].filter((user) => user.startsWith(PREFIX))).toEqual([]);
});

test('what bears another name is not removed, and the suite says what it left', async () => {
  const simulator = createSimulator({ seed: 'demo' });
  const renamed = withBench(
    async () => targetOf(simulator, 'root@pam!full'),
    async ({ client, node, newGuest }) => {
      const vmid = await newGuest();
      await client.put(path`/nodes/${node}/qemu/${vmid}/config`, { name: 'precious' });
    },
  );
  await expect(renamed).rejects.toThrow(/left behind: VM 9\d+: VM 9\d+ is called precious/);
  expect([...simulator.world.guests.values()].some(({ name }) => name === 'precious')).toBe(true);
});

test('it takes no VMID that somebody has', async () => {
  const simulator = createSimulator({ seed: 'demo' });
  await withBench(
    async () => targetOf(simulator, 'root@pam!full'),
    async ({ freeVmid, client, node }) => {
      const vmid = await freeVmid();
      expect(vmid).toBeGreaterThanOrEqual(9000);
      expect(simulator.world.guests.has(vmid)).toBe(false);
      expect((await failureOf(client.get(path`/nodes/${node}/qemu/${vmid}/config`))).code).toBe('not_found');
    },
  );
});
