import { expect, test } from 'vitest';
import { connect, WAYS } from '../connect.ts';

const START = { path: '/nodes/pve1/lxc/101/status/start', method: 'POST' };
const DESTROY = { path: '/nodes/pve1/lxc/101', method: 'DELETE' };

test.each(WAYS)('%s: who may only read, reads, and changes nothing', async (way) => {
  const { call, cluster, ledger } = await connect({ way, scope: 'read' });
  expect((await call('list_nodes')).isError).toBe(false);
  const answer = await call('proxmox_api_call', START);
  expect(answer.isError).toBe(true);
  expect(answer.text).toMatch(/not_allowed/);
  expect(answer.text).toMatch(/scope of tester ends at read/);
  expect(answer.text).toMatch(/token with the scope change/);
  expect(cluster.guest(101)?.status).toBe('stopped');
  expect(ledger.entries).toEqual([]);
});

test('who may change, changes, and can do nothing dangerous; nobody is asked for what is refused anyway', async () => {
  const { call, cluster, plans } = await connect({ scope: 'change', policy: { approve: 'danger' } });
  expect((await call('proxmox_api_call', START)).isError).toBe(false);
  const answer = await call('proxmox_api_call', DESTROY);
  expect(answer.text).toMatch(/not_allowed.*is a danger/);
  expect(cluster.guest(101)).toBeDefined();
  expect(await plans.waiting()).toEqual([]);
});

test("what the settings refuse is the settings' refusal, whatever the scope", async () => {
  const { call } = await connect({ scope: 'read', policy: { readOnly: true } });
  expect((await call('proxmox_api_call', START)).text).toMatch(/This server only reads/);
});
