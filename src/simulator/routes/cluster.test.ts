import { expect, test } from 'vitest';
import { lab } from './lab.ts';

// Shapes recorded on PVE 9.2 unless a test says otherwise.

test('version, nodes and the state of one', async () => {
  const { data } = lab();
  expect(await data('GET /version')).toEqual({
    version: '9.2.11',
    release: '9.2',
    repoid: '14a22df35955d97d',
  });
  const [pve1, pve2] = await data('GET /nodes');
  expect(pve1).toMatchObject({ id: 'node/pve1', status: 'online', level: '', maxcpu: 32 });
  expect(pve1.ssl_fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  expect(pve2).toMatchObject({ node: 'pve2', status: 'offline' });
  const status = await data('GET /nodes/pve1/status');
  expect(Object.keys(status).sort()).toEqual([
    ...['boot-info', 'cpu', 'cpuinfo', 'current-kernel', 'idle', 'ksm', 'kversion', 'loadavg', 'memory'],
    ...['pveversion', 'rootfs', 'swap', 'uptime', 'wait'],
  ]);
  expect(status.loadavg).toEqual([
    expect.stringMatching(/^\d+\.\d\d$/),
    expect.any(String),
    expect.any(String),
  ]);
  expect(typeof status.cpuinfo.mhz).toBe('string');
  expect(Object.keys(status.memory).sort()).toEqual(['available', 'free', 'total', 'used']);
});

test('the next free VMID is text; a taken one is a bad parameter', async () => {
  const { data, refusal } = lab();
  expect(await data('GET /cluster/nextid')).toBe('103');
  expect(await data('GET /cluster/nextid?vmid=500')).toBe('500');
  expect(await refusal('GET /cluster/nextid?vmid=100')).toEqual([400, { vmid: 'VM 100 already exists' }]);
});

test('quorum and members (from the description of the method)', async () => {
  const { data, world } = lab('demo');
  const status = async () => (await data('GET /cluster/status')) as Record<string, unknown>[];
  expect((await status())[0]).toEqual({
    ...{ type: 'cluster', id: 'cluster', name: 'demo', nodes: 3, quorate: 1, version: 3 },
  });
  world.setOnline('pve2', false);
  expect((await status())[0]).toMatchObject({ quorate: 1 });
  expect((await status())[2]).toMatchObject({ id: 'node/pve2', online: 0, local: 0, nodeid: 2 });
  world.setOnline('pve3', false);
  expect((await status())[0]).toMatchObject({ quorate: 0 });
});

test('datacenter options can be set and unset; the tags in use are among them', async () => {
  const { data, call } = lab();
  expect(await data('GET /cluster/options')).toEqual({
    ...{ description: '', mac_prefix: 'BC:24:11', 'allowed-tags': ['prod', 'web'] },
  });
  await call('PUT /cluster/options', { keyboard: 'de', max_workers: 4 });
  expect(await data('GET /cluster/options')).toMatchObject({ keyboard: 'de', max_workers: 4 });
  await call('PUT /cluster/options', { delete: 'keyboard,max_workers' });
  expect(await data('GET /cluster/options')).not.toHaveProperty('keyboard');
});

test('HA resources are added, read and removed', async () => {
  const { data, call } = lab();
  expect(await data('GET /cluster/ha/resources')).toEqual([]);
  await call('POST /cluster/ha/resources', { sid: 'vm:100', state: 'stopped' });
  expect(await data('GET /cluster/ha/resources/vm:100')).toEqual({
    ...{ sid: 'vm:100', type: 'vm', state: 'stopped', digest: expect.stringMatching(/^[0-9a-f]{40}$/) },
  });
  expect(await data('GET /nodes/pve1/qemu/100/status/current')).toMatchObject({ ha: { managed: 1 } });
  expect((await call('DELETE /cluster/ha/resources/vm:100')).status).toBe(200);
  expect(await data('GET /cluster/ha/resources')).toEqual([]);
});

test('the cluster log tells who started what, newest first', async () => {
  const { data, task } = lab();
  const { upid } = await task('POST /nodes/pve1/qemu/100/status/start', {});
  const [end, start] = await data('GET /cluster/log?max=5');
  expect(end).toEqual({
    ...{ uid: '2', id: '2:pve1', node: 'pve1', user: 'root@pam!full', tag: 'pvedaemon', pri: 3 },
    ...{ pid: expect.any(Number), time: expect.any(Number), msg: `end task ${upid} VM 100 already running` },
  });
  expect(start).toMatchObject({ pri: 6, msg: `starting task ${upid}` });
});

test('services, network and journal of a node', async () => {
  const { data, refusal, call } = lab();
  expect(await data('GET /nodes/pve1/services/pveproxy/state')).toEqual({
    ...{ service: 'pveproxy', name: 'pveproxy', desc: 'PVE API Proxy Server', state: 'running' },
    ...{ 'active-state': 'active', 'unit-state': 'enabled' },
  });
  expect(await data('GET /nodes/pve1/services')).toHaveLength(23);
  expect(await refusal('GET /nodes/pve1/network/eth9')).toEqual([400, { iface: 'interface does not exist' }]);
  const bridges = await data('GET /nodes/pve1/network?type=bridge');
  expect(bridges).toEqual([
    expect.objectContaining({ iface: 'vmbr0', cidr: '192.0.2.11/24', bridge_fd: '0' }),
  ]);
  const { json } = await call('GET /nodes/pve1/syslog?limit=2&start=0');
  expect(json.total).toBe(4);
  expect(json.data[0]).toEqual({
    n: 1,
    t: expect.stringMatching(/^[A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d pve1 systemd-journald/),
  });
});
