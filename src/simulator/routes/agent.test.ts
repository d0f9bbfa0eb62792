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
  const { refusal, world } = lab();
  const guest = world.guests.get(100);
  if (guest?.inside) guest.inside.agent = false;
  const before = world.now();
  expect(await refusal(`POST ${agent}/ping`, {})).toEqual([500, 'QEMU guest agent is not running']);
  expect(world.now() - before).toBe(3000);
  guest?.set({ agent: undefined });
  expect(await refusal(`POST ${agent}/ping`, {})).toEqual([500, 'No QEMU guest agent configured']);
});

test("a container's addresses are there while it runs", async () => {
  const { data, task } = lab();
  expect(await data('GET /nodes/pve1/lxc/101/interfaces')).toBeNull();
  await task('POST /nodes/pve1/lxc/101/status/start', {});
  const [, eth0] = await data('GET /nodes/pve1/lxc/101/interfaces');
  expect(eth0).toMatchObject({ name: 'eth0', inet: '192.0.2.101/24', hwaddr: eth0['hardware-address'] });
});

test('a program runs once and its end is told once', async () => {
  const { call, data, refusal, sleep } = lab();
  const run = (...command: string[]) =>
    data(`POST ${agent}/exec?${command.map((word) => `command=${encodeURIComponent(word)}`).join('&')}`, {});
  const { pid } = await run('echo', 'a b');
  expect(await data(`GET ${agent}/exec-status?pid=${pid}`)).toEqual({
    ...{ exited: 1, exitcode: 0, 'out-data': 'a b\n' },
  });
  expect(await refusal(`GET ${agent}/exec-status?pid=${pid}`)).toEqual([
    500,
    'Agent error: PID ld does not exist',
  ]);
  const slow = await run('sleep', '5');
  expect(await data(`GET ${agent}/exec-status?pid=${slow.pid}`)).toEqual({ exited: 0 });
  await sleep(5000);
  expect(await data(`GET ${agent}/exec-status?pid=${slow.pid}`)).toEqual({ exited: 1, exitcode: 0 });
  // Recorded: the quotes in the agent's own words break the answer.
  const { status, reason, took } = await call(`POST ${agent}/exec?command=/no/such`, {});
  expect([status, reason, took]).toEqual([596, 'Broken pipe', 5000]);
});

test('a file is written and read again', async () => {
  const { data, refusal } = lab();
  const file = '/tmp/x.txt';
  expect(await refusal(`GET ${agent}/file-read?file=${file}`)).toEqual([
    ...[500, `Agent error: failed to open file '${file}' (mode: 'r'): No such file or directory`],
  ]);
  await data(`POST ${agent}/file-write`, { file, content: 'hello\n' });
  expect(await data(`GET ${agent}/file-read?file=${file}`)).toEqual({ content: 'hello\n', 'bytes-read': 6 });
});
