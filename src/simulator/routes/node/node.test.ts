import { describe, expect, test } from 'vitest';
import { lab } from '../lab.ts';

// Shapes recorded on PVE 9.2 where that is said; refusals in the words of PVE's own sources.
type Row = [line: string, form: Record<string, string | number> | undefined, status: number, words: unknown];

const refused: Row[] = [
  ['GET network/eth9', undefined, 400, { iface: 'interface does not exist' }], // recorded
  ['POST network', { iface: 'vmbr0', type: 'bridge' }, 400, { iface: 'interface already exists' }],
  [
    ...(['POST network', { iface: 'vmbr1', type: 'bridge', gateway: '192.0.2.9' }, 400] as const),
    { gateway: "Default gateway already exists on interface 'vmbr0'." },
  ],
  [
    ...(['POST network', { iface: 'vmbr1', type: 'bridge', bridge_ports: 'eno1' }, 400] as const),
    { bridge_ports: "eno1 is already used on interface 'vmbr0'." },
  ],
  [
    ...(['POST network', { iface: 'vmbr1', type: 'OVSBridge' }, 500] as const),
    "Open VSwitch is not installed (need package 'openvswitch-switch')",
  ],
  ['DELETE network/eth9', undefined, 400, { iface: 'interface does not exist' }],
  ['PUT time', { timezone: 'Mars/Olympus' }, 400, { timezone: 'No such timezone.' }],
  [
    ...(['POST hosts', { data: '127.0.0.1 localhost\n', digest: 'f00' }, 500] as const),
    'detected modified configuration - file changed by other user? Try again.',
  ],
  ['GET disks/smart?disk=/dev/sdz', undefined, 500, "not a valid block device '/dev/sdz'"],
  ['POST disks/initgpt', { disk: '/dev/nvme0n1' }, 500, 'disk /dev/nvme0n1 already in use'],
  ['PUT disks/wipedisk', { disk: '/dev/nvme0n1' }, 403, 'Permission check failed (user != root@pam)'],
  ['GET ceph/status', undefined, 500, 'binary not installed: /usr/bin/ceph-mon'],
  [
    'GET ceph/cmd-safety?service=osd&action=stop&id=1',
    undefined,
    500,
    'binary not installed: /usr/bin/ceph-mon',
  ],
  [...(['POST wakeonlan', {}, 500] as const), "'pve1' is local node, cannot wake my self!"],
  [
    'GET scan/iscsi?portal=nas.lab.example',
    undefined,
    500,
    "unable to parse/resolve portal address 'nas.lab.example'",
  ],
  [
    ...(['GET scan/pbs?server=192.0.2.9&username=root@pam&password=hush', undefined, 500] as const),
    "error fetching datastores - 500 Can't connect to 192.0.2.9:8007 (No route to host)",
  ],
  ['POST vncshell', {}, 500, "value 'root@pam!full' does not look like a valid user name"],
  ['POST spiceshell', {}, 500, "value 'root@pam!full' does not look like a valid user name"],
  ['POST aplinfo', { storage: 'local', template: 'nope' }, 400, { template: 'no such template' }],
];

describe('refused:', () => {
  test.each(refused)('%s %o', async (line, form, status, words) => {
    const { refusal } = lab('demo');
    const [verb, path] = line.split(' ');
    expect(await refusal(`${verb} /nodes/pve1/${path}`, form)).toEqual([status, words]);
  });
});

test('a change of the network waits, with its difference beside the rows, until it is applied', async () => {
  const { call, data, task } = lab('demo');
  await data('POST /nodes/pve1/network', {
    iface: 'vmbr1',
    type: 'bridge',
    cidr: '10.1.0.1/24',
    autostart: 1,
  });
  const { json } = await call('GET /nodes/pve1/network');
  expect(json.changes).toMatch(/^\+.*vmbr1/m);
  await task('PUT /nodes/pve1/network', {});
  expect((await call('GET /nodes/pve1/network')).json).not.toHaveProperty('changes');
  expect(await data('GET /nodes/pve1/network/vmbr1')).toMatchObject({ address: '10.1.0.1', netmask: '24' });
});

test('notes and other options of a node are kept and guarded by a digest', async () => {
  const { data, refusal } = lab('demo');
  await data('PUT /nodes/pve1/config', { description: 'rack 3' });
  const { description, digest } = await data('GET /nodes/pve1/config');
  expect(description).toBe('rack 3');
  expect(await refusal('PUT /nodes/pve1/config', { delete: 'description', digest })).toEqual([200, 'OK']);
  expect((await refusal('PUT /nodes/pve1/config', { description: 'x', digest }))[0]).toBe(500);
});

test('DNS, time and hosts are read as they were set', async () => {
  const { data } = lab('demo');
  await data('PUT /nodes/pve2/dns', { search: 'lab.example', dns1: '192.0.2.53', dns2: '192.0.2.54' });
  expect(await data('GET /nodes/pve2/dns')).toEqual({
    ...{ search: 'lab.example', dns1: '192.0.2.53', dns2: '192.0.2.54' },
  });
  await data('PUT /nodes/pve2/time', { timezone: 'Europe/Vienna' });
  expect(await data('GET /nodes/pve2/time')).toMatchObject({ timezone: 'Europe/Vienna' });
});

describe('services', () => {
  test.each([
    ['stop', 'pveproxy', "invalid service cmd 'pveproxy stop': refusing to stop essential service!"],
    ['start', 'syslog', "command 'systemctl start syslog' failed: exit code 5"],
    ['restart', 'cron', 'OK'],
  ])('%s %s ends in: %s', async (action, service, exitstatus) => {
    const { task } = lab('demo');
    expect(await task(`POST /nodes/pve1/services/${service}/${action}`, {})).toMatchObject({
      ...{ type: `srv${action}`, exitstatus },
    });
  });

  test('one that was stopped is dead until it is started', async () => {
    const { task, data } = lab('demo');
    const state = async () => (await data('GET /nodes/pve1/services/cron/state')).state;
    await task('POST /nodes/pve1/services/cron/stop', {});
    expect(await state()).toBe('dead');
    await task('POST /nodes/pve1/services/cron/start', {});
    expect(await state()).toBe('running');
  });
});

describe('everything on a node at once', () => {
  test('stopall shuts down what runs, startall starts what starts by itself', async () => {
    const { task, world } = lab('demo');
    const running = () => world.guestsOn('pve1').filter((guest) => guest.running);
    expect(await task('POST /nodes/pve1/stopall', {})).toMatchObject({ type: 'stopall', exitstatus: 'OK' });
    expect(running()).toEqual([]);
    await task('POST /nodes/pve1/startall', {});
    expect(running().map(({ vmid }) => vmid)).toEqual([102, 200]);
  });

  test('without VM.PowerMgmt it is refused, unless the guests are named and allowed', async () => {
    const { refusal } = lab('demo');
    expect(await refusal('POST /nodes/pve1/stopall', {}, 'alice@pve')).toEqual([
      ...[403, 'Permission check failed (/, VM.PowerMgmt)'],
    ]);
    expect(await refusal('POST /nodes/pve1/stopall', { vms: '200' }, 'alice@pve')).toEqual([
      ...[403, 'Permission check failed (/vms/200, VM.PowerMgmt)'],
    ]);
    expect((await refusal('POST /nodes/pve1/stopall', { vms: '204' }, 'alice@pve'))[0]).toBe(200);
  });
});

test('a portal that does not answer has no targets', async () => {
  const { data } = lab('demo');
  expect(await data('GET /nodes/pve1/scan/iscsi?portal=192.0.2.9:3260')).toEqual([]);
});

test('releases of Ceph: those for PVE 9 can be installed, one of them is proposed', async () => {
  const { data } = lab('demo');
  const releases: Record<string, unknown>[] = await data('GET /nodes/pve1/ceph/releases');
  expect(releases.filter(({ available }) => available).map(({ release }) => release)).toEqual([
    'squid',
    'tentacle',
  ]);
  expect(releases.filter((one) => one['is-default']).map(({ version }) => version)).toEqual(['20.2']);
});

test('flags of processors, and the nodes that have them', async () => {
  const { data } = lab('demo');
  const flags: { name: string }[] = await data('GET /nodes/pve1/capabilities/qemu/cpu-flags');
  expect(flags.find(({ name }) => name === 'aes')).toEqual({
    name: 'aes',
    'supported-on': ['pve1', 'pve2', 'pve3'],
  });
  expect(flags.find(({ name }) => name === 'md-clear')).toMatchObject({ 'supported-on': [] });
  expect(await data('GET /nodes/pve1/capabilities/qemu/cpu-flags?arch=aarch64')).toEqual([]);
});

test("a node's screen is for users; what is more than a login for root@pam", async () => {
  const { data, refusal, world } = lab('demo');
  expect(await data('POST /nodes/pve1/vncshell', { websocket: 1 }, 'root@pam')).toMatchObject({
    ...{
      user: 'root@pam',
      port: expect.stringMatching(/^59\d\d$/),
      upid: expect.stringMatching(/:vncshell::root@pam:$/),
    },
    ticket: expect.stringMatching(/:PVEVNC:/),
  });
  world.access.grant('/nodes/pve1', 'user', 'alice@pve', 'PVESysAdmin');
  expect(await refusal('POST /nodes/pve1/vncshell', { cmd: 'upgrade' }, 'alice@pve')).toEqual([
    ...[403, 'Permission check failed (user != root@pam)'],
  ]);
});
