import { expect, test } from 'vitest';
import { lab } from './lab.ts';

// Texts recorded on PVE 9.2: for a VM most refusals stand in the task, for a container they come at once.
const qemu = '/nodes/pve1/qemu/100';
const lxc = '/nodes/pve1/lxc/101';

test('a VM that runs already, a template and a missing VM are refused in the task', async () => {
  const { task } = lab();
  expect(await task(`POST ${qemu}/status/start`, {})).toMatchObject({
    type: 'qmstart',
    exitstatus: 'VM 100 already running',
    log: ['TASK ERROR: VM 100 already running'],
  });
  const template = await task('POST /nodes/pve1/qemu/9000/status/start', {});
  expect(template.exitstatus).toBe("you can't start a vm if it's a template");
  const missing = await task('POST /nodes/pve1/qemu/4711/status/start', {});
  expect(missing.exitstatus).toBe("Configuration file 'nodes/pve1/qemu-server/4711.conf' does not exist");
});

test('stopping a stopped VM is fine; it starts and stops', async () => {
  const { task, world } = lab();
  expect(await task(`POST ${qemu}/status/stop`, {})).toMatchObject({ exitstatus: 'OK', log: ['TASK OK'] });
  expect(await task(`POST ${qemu}/status/stop`, {})).toMatchObject({ exitstatus: 'OK', log: ['TASK OK'] });
  expect((await task(`POST ${qemu}/status/start`, {})).exitstatus).toBe('OK');
  expect(world.guest(100)?.status).toBe('running');
});

test('the same mistakes with a container come at once', async () => {
  const { refusal, task } = lab();
  expect(await refusal(`POST ${lxc}/status/stop`, {})).toEqual([500, 'CT 101 not running']);
  expect((await task(`POST ${lxc}/status/start`, {})).type).toBe('vzstart');
  expect(await refusal(`POST ${lxc}/status/start`, {})).toEqual([500, 'CT 101 already running']);
  expect((await task(`POST ${lxc}/status/shutdown`, { timeout: 10 })).log).toEqual(['TASK OK']);
});

test('only a running VM can be rebooted, reset, suspended or resumed', async () => {
  const { refusal, task } = lab();
  await task(`POST ${qemu}/status/stop`, {});
  for (const action of ['reboot', 'reset', 'suspend', 'resume']) {
    expect(await refusal(`POST ${qemu}/status/${action}`, {})).toEqual([500, 'VM 100 not running']);
  }
});

test('a paused VM says so, and does not shut down', async () => {
  const { refusal, task, data } = lab();
  await task(`POST ${qemu}/status/suspend`, {});
  expect(await data(`GET ${qemu}/status/current`)).toMatchObject({ status: 'running', qmpstatus: 'paused' });
  expect(await refusal(`POST ${qemu}/status/shutdown`, {})).toEqual([500, 'VM is paused - cannot shutdown']);
  expect((await task(`POST ${qemu}/status/resume`, {})).type).toBe('qmresume');
  expect((await data(`GET ${qemu}/status/current`)).qmpstatus).toBe('running');
});

test('without a system inside, a shutdown waits until its timeout and fails', async () => {
  const { task, world } = lab();
  const guest = world.guests.get(100);
  if (guest) guest.inside = undefined;
  const before = world.now();
  const { log } = await task(`POST ${qemu}/status/shutdown`, { timeout: 5 });
  expect(log).toEqual([
    "QEMU Guest Agent is not running - VM 100 qga command 'guest-ping' failed - got timeout",
    'TASK ERROR: VM quit/powerdown failed - got timeout',
  ]);
  expect(world.now() - before).toBeGreaterThanOrEqual(5000);
  expect(world.guest(100)?.running).toBe(true);
  expect((await task(`POST ${qemu}/status/shutdown`, { timeout: 5, forceStop: 1 })).exitstatus).toBe('OK');
});

test('a reboot applies what waited for it', async () => {
  const { task, call, data } = lab();
  await call(`PUT ${qemu}/config`, { memory: 3072 });
  expect((await data(`GET ${qemu}/status/current`)).maxmem).toBe(2 ** 31);
  expect((await task(`POST ${qemu}/status/reboot`, {})).exitstatus).toBe('OK');
  expect((await data(`GET ${qemu}/status/current`)).maxmem).toBe(3 * 2 ** 30);
});

test('a lock stands in the way until root@pam itself takes it away', async () => {
  const { task, call, refusal, world } = lab();
  await task(`POST ${qemu}/status/stop`, {});
  world.guests.get(100)?.set({ lock: 'backup' });
  expect((await task(`POST ${qemu}/status/start`, {})).exitstatus).toBe('VM is locked (backup)');
  expect(await refusal(`POST ${qemu}/status/start`, { skiplock: 1 })).toEqual([
    400,
    { skiplock: 'Only root may use this option.' },
  ]);
  const unlocked = await call(`PUT ${qemu}/config`, { delete: 'lock', skiplock: 1 }, 'root@pam');
  expect(unlocked.status).toBe(200);
  expect((await task(`POST ${qemu}/status/start`, {})).exitstatus).toBe('OK');
});

test('a second task waits ten seconds for the config lock, then gives up', async () => {
  const { call, task, world } = lab();
  const guest = world.guests.get(100);
  if (guest) guest.inside = undefined;
  await call(`POST ${qemu}/status/shutdown`, { timeout: 100 });
  const { exitstatus } = await task(`POST ${qemu}/status/stop`, {});
  expect(exitstatus).toBe("can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout");
  expect((await task(`POST ${qemu}/status/stop`, { 'overrule-shutdown': 1 })).exitstatus).toBe('OK');
});

test('a guest under HA is started by HA, a little later', async () => {
  const { task, world, sleep } = lab('demo');
  expect(await task('POST /nodes/pve2/qemu/103/status/stop', {})).toMatchObject({
    type: 'hastop',
    log: ['Requesting HA stop for VM 103', 'TASK OK'],
  });
  expect(world.guest(103)?.status).toBe('running');
  await sleep(10_000);
  expect(world.guest(103)?.status).toBe('stopped');
});
