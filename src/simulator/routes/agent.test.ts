import { expect, test } from 'vitest';
import { lab } from './lab.ts';

// Texts and shapes recorded on PVE 9.2.
const agent = '/nodes/pve1/qemu/100/agent';

test('an agent that runs answers in `result`', async () => {
  const { data } = lab();
  expect(await data(`POST ${agent}/ping`, {})).toEqual({ result: {} });
  expect(await data(`POST ${agent}`, { command: 'ping' })).toEqual({ result: {} });
  expect((await data(`GET ${agent}/get-osinfo`)).result).toMatchObject({ id: 'debian', machine: 'x86_64' });
  const { result } = await data(`GET ${agent}/network-get-interfaces`);
  expect(result.map(({ name }: { name: string }) => name)).toEqual(['lo', 'eth0']);
  expect(result[1]['ip-addresses'][0]).toEqual({
    ...{ 'ip-address-type': 'ipv4', 'ip-address': '192.0.2.100', prefix: 24 },
  });
  expect(result[1]['hardware-address']).toMatch(/^bc:24:11:/);
});

test('none configured, and one that does not answer within three seconds', async () => {
  const { refusal, call, world } = lab();
  const guest = world.guests.get(100);
  if (guest?.inside) guest.inside.agent = false;
  const before = world.now();
  expect(await refusal(`POST ${agent}/ping`, {})).toEqual([500, 'QEMU guest agent is not running']);
  expect(world.now() - before).toBe(3000);
  guest?.set({ agent: undefined });
  expect(await refusal(`POST ${agent}/ping`, {})).toEqual([500, 'No QEMU guest agent configured']);
  expect((await call(`GET ${agent}/get-fsinfo`)).status).toBe(501);
});

test("a container's addresses are there while it runs", async () => {
  const { data, task } = lab();
  expect(await data('GET /nodes/pve1/lxc/101/interfaces')).toBeNull();
  await task('POST /nodes/pve1/lxc/101/status/start', {});
  const [, eth0] = await data('GET /nodes/pve1/lxc/101/interfaces');
  expect(eth0).toMatchObject({ name: 'eth0', inet: '192.0.2.101/24', hwaddr: eth0['hardware-address'] });
});
