import { expect, test } from 'vitest';
import { lab } from './lab.ts';

// As PVE's own `execute` does it.
const commands = (...list: object[]) => ({ commands: JSON.stringify(list) });
const line = 'POST /nodes/pve1/execute';

test('many calls in one: each has its own answer, and each has its effect', async () => {
  const { data, world, sleep } = lab('demo');
  const answers = await data(
    line,
    commands(
      { method: 'GET', path: 'qemu/100/status/current' },
      { method: 'POST', path: 'qemu/100/status/stop', args: {} },
      { method: 'GET', path: 'nope' },
      { method: 'GET', path: 'qemu/100/config', args: { vmid: 101 } },
      { method: 'POST', path: 'qemu/100/status/shutdown', args: { timeout: 'soon' } },
    ),
    'root@pam',
  );
  expect(answers).toMatchObject([
    { status: 200, data: { vmid: 100, status: 'running' } },
    { status: 200, data: expect.stringMatching(/:qmstop:100:root@pam:$/) },
    { status: 500, message: "no handler for 'nodes/pve1/nope'\n" },
    { status: 400, errors: { vmid: 'duplicate parameter' } },
    { status: 400, errors: { timeout: expect.any(String) } },
  ]);
  await sleep(10_000);
  expect(world.guest(100)?.running).toBe(false);
});

test('it is for root@pam and no token', async () => {
  const { refusal } = lab('demo');
  const batch = commands({ method: 'GET', path: 'status' });
  for (const who of ['root@pam!full', 'alice@pve']) {
    expect(await refusal(line, batch, who)).toEqual([403, 'Permission check failed (user != root@pam)']);
  }
});

test('a ticket for a console is checked with the rights behind it, and nothing is said of what is wrong', async () => {
  const { data, call } = lab('demo');
  const { ticket, port } = await data('POST /nodes/pve1/qemu/100/vncproxy', { websocket: 1 });
  const asked = { authid: 'root@pam!full', vncticket: ticket, path: '/vms/100', privs: 'VM.Console', port };
  const check = (more: object) => call('POST /access/vncticket', { ...asked, ...more }, 'alice@pve');
  expect((await check({})).status).toBe(200);
  for (const wrong of [
    { path: '/vms/101' },
    { port: 5999 },
    { authid: 'alice@pve' },
    { vncticket: 'PVEVNC:1::x' },
  ])
    expect(await check(wrong)).toMatchObject({ status: 401, reason: 'authentication failure' });
});
