import { expect, test } from 'vitest';
import { lab } from './lab.ts';

// Shapes recorded on PVE 9.2.
const stopped = [
  'cpu',
  'cpus',
  'disk',
  'maxdisk',
  'maxmem',
  'mem',
  'memhost',
  'name',
  'netin',
  'netout',
].concat(['status', 'uptime', 'vmid']);
const pressures = ['cpu', 'io', 'memory'].flatMap((what) => [`pressure${what}full`, `pressure${what}some`]);

const keys = (row: object, ...without: string[]) =>
  Object.keys(row)
    .filter((key) => !without.includes(key))
    .sort();

test('a running VM is listed with its process and its pressures, a stopped one without', async () => {
  const { data, task } = lab();
  const [web1, template] = await data('GET /nodes/pve1/qemu');
  expect(keys(web1)).toEqual([...stopped, ...pressures, 'pid', 'tags'].sort());
  expect(web1).toMatchObject({
    vmid: 100,
    name: 'web1',
    status: 'running',
    cpus: 2,
    maxmem: 2 ** 31,
    disk: 0,
  });
  expect(typeof web1.pressurecpusome).toBe('number');
  expect(keys(template)).toEqual([...stopped, 'template'].sort());
  await task('POST /nodes/pve1/qemu/100/status/stop', {});
  expect(keys((await data('GET /nodes/pve1/qemu'))[0])).toEqual([...stopped, 'tags'].sort());
});

test("a container's pressures are text, and its disk counters are in the list", async () => {
  const { data, task } = lab();
  const lxc = [
    ...stopped.filter((key) => key !== 'memhost'),
    'diskread',
    'diskwrite',
    'maxswap',
    'swap',
    'type',
  ];
  expect(keys((await data('GET /nodes/pve1/lxc'))[0])).toEqual([...lxc].sort());
  await task('POST /nodes/pve1/lxc/101/status/start', {});
  const status = await data('GET /nodes/pve1/lxc/101/status/current');
  expect(keys(status)).toEqual([...lxc, ...pressures, 'pid', 'ha'].sort());
  expect(status.pressurecpusome).toMatch(/^\d+\.\d\d$/);
  expect(status.ha).toEqual({ managed: 0 });
});

test("a VM's current status shows its disks, network cards and whether an agent is configured", async () => {
  const { data, world } = lab();
  const status = await data('GET /nodes/pve1/qemu/100/status/current');
  expect(keys(status, ...stopped, ...pressures, 'pid', 'tags')).toEqual([
    ...['agent', 'balloon', 'ballooninfo', 'blockstat', 'diskread', 'diskwrite', 'ha', 'nics'],
    ...['proxmox-support', 'qmpstatus', 'running-machine', 'running-qemu'],
  ]);
  expect(Object.keys(status.nics)).toEqual(['tap100i0']);
  expect(Object.keys(status.blockstat)).toEqual(['scsi0']);
  world.guests.get(9000)?.set({ lock: 'backup' });
  const locked = await data('GET /nodes/pve1/qemu/9000/status/current');
  expect(locked).toMatchObject({ lock: 'backup', qmpstatus: 'stopped', template: 1 });
  expect(locked).not.toHaveProperty('diskread');
});

test('a guest is found on its own node and as its own kind only', async () => {
  const { refusal } = lab();
  expect(await refusal('GET /nodes/pve1/qemu/9999/config')).toEqual([
    500,
    "Configuration file 'nodes/pve1/qemu-server/9999.conf' does not exist",
  ]);
  expect(await refusal('GET /nodes/pve1/qemu/101/status/current')).toEqual([
    500,
    "Configuration file 'nodes/pve1/qemu-server/101.conf' does not exist",
  ]);
  expect(await refusal('GET /nodes/pve1/lxc/100/status/current')).toEqual([
    500,
    "Configuration file 'nodes/pve1/lxc/100.conf' does not exist",
  ]);
});

test('a list shows only the guests that the login may see', async () => {
  const { data } = lab();
  const seen = async (as: string) =>
    (await data('GET /nodes/pve1/qemu', undefined, as)).map(({ vmid }: { vmid: number }) => vmid);
  expect(await seen('alice@pve')).toEqual([100]);
  expect(await seen('monitor@pve!ro')).toEqual([100, 9000]);
});
