import { expect, test } from 'vitest';
import { changesAt, withPerson, YES } from '../../../test/approval/house.ts';
import { connect, served } from '../../../test/connect.ts';
import { createSimulator } from '../../simulator/simulator.ts';

const KEY = `ssh-ed25519 ${'A'.repeat(68)} me@laptop`;
const demo = (options = {}) => connect({ seed: 'demo', ...options });

test('a template is cloned linked, changed, grown, started', async () => {
  const { call, cluster } = await demo();
  const args = { guest: 'debian-13-cloud', name: 'web4', cores: 4, memory: 4096, disk: 20 };
  const cloud = { user: 'ops', ssh_keys: KEY, ip: '192.0.2.90/24', gateway: '192.0.2.1' };
  const { text, data, isError } = await call('clone_guest', { ...args, ...cloud });
  expect(isError, text).toBe(false);
  const vmid = Number(data?.vmid);
  expect(text).toMatch(new RegExp(`^VM ${vmid} web4 runs on pve1: 192\\.0\\.2\\.90\\.`));
  expect(text).toContain('A linked clone of 9000 debian-13-cloud');
  const guest = cluster.guests.get(vmid);
  expect(guest?.config).toMatchObject({
    ...{ name: 'web4', cores: 4, memory: '4096', ciuser: 'ops', ipconfig0: 'ip=192.0.2.90/24,gw=192.0.2.1' },
    scsi0: expect.stringContaining('size=20G'),
  });
  expect(guest?.status).toBe('running');
  const names = [
    `clone 9000 to ${vmid} (linked)`,
    `configure ${vmid}`,
    'grow scsi0 to 20 GiB',
    `start ${vmid}`,
  ];
  expect(data).toMatchObject({ steps: names.map((step) => ({ step, state: 'done' })) });
});

test('a running VM is copied in full, also to another storage; it is told where its address comes from', async () => {
  const { call, cluster } = await demo();
  const { text, data } = await call('clone_guest', {
    guest: 100,
    name: 'web1-copy',
    storage: 'nas',
    start: false,
  });
  expect(text).toMatch(/is made on pve1 and not started/);
  expect(text).toContain('A full copy of 100 web1.');
  expect(cluster.guests.get(Number(data?.vmid))?.config.scsi0).toMatch(/^nas:/);
  const running = await call('clone_guest', { guest: 101 });
  expect(running.text).toMatch(/runs on pve2: 192\.0\.2\./);
});

test('a snapshot is cloned', async () => {
  const { call, cluster } = await demo();
  const { text, data } = await call('clone_guest', { guest: 100, snapshot: 'before-upgrade', start: false });
  expect(text).toContain('A full copy of 100 web1 as it was at before-upgrade.');
  expect(cluster.guests.get(Number(data?.vmid))?.config.scsi0).toContain('local-lvm:');
});

test('a container with a fixed address: its copy is not started beside it, unless another address is given', async () => {
  const { call, cluster } = await demo();
  const { text, data } = await call('clone_guest', { guest: 'lab-ct', ip: 'dhcp' });
  expect(text).toMatch(/^container \d+ runs on pve3: 192\.0\.2\./);
  const config = cluster.guests.get(Number(data?.vmid))?.config;
  expect(config?.net0).toMatch(/ip=dhcp/);
  expect(config?.net0).not.toContain(
    /hwaddr=([0-9A-F:]+)/.exec(String(cluster.guests.get(203)?.config.net0))?.[1],
  );
  const same = await call('clone_guest', { guest: 'lab-ct' });
  expect(same.text).toContain(
    'It has the same fixed address as 203 lab-ct: 192.0.2.200. So it was not started',
  );
  expect(same.data).toMatchObject({ state: 'stopped' });
});

test('a copy that takes long is handed back, with what is left to do', async () => {
  const { call } = await demo();
  const { text, data, isError } = await call('clone_guest', { guest: 102, cores: 2 });
  expect(isError).toBe(false);
  expect(text).toMatch(/^NOT DONE YET: VM \d+ on pve1/);
  expect(text).toMatch(/Follow it with get_task upid=UPID:\S+ wait=true/);
  expect(text).toMatch(/Then proxmox_api_call PUT \/nodes\/pve1\/qemu\/\d+\/config {"cores":2}/);
  expect(text).toContain(`Then power_guest guests=${data?.vmid} action=start`);
  expect(data).toMatchObject({ state: 'unfinished', upid: expect.stringContaining(':qmclone:') });
});

test.each([
  [{ guest: 100, full: false }, /Only a template can be cloned linked, and 100 web1 is none/],
  [{ guest: 9000, full: false, storage: 'nas' }, /A linked clone stays on the storage of its template/],
  [{ guest: 9000, node: 'pve2' }, /can't be made on pve2: local-lvm is local to pve1.*\n.*migrate_guest/],
  [{ guest: 200 }, /200 dns runs, and a running container can't be copied/],
  [{ guest: 9000, vmid: 101 }, /The VMID 101 is taken by web2/],
  [{ guest: 9000, name: 'web 4' }, /Proxmox does not take the name "web 4"/],
  [{ guest: 9000, disk: 1 }, /Disks only grow: scsi0 of 9000 debian-13-cloud has 3 GiB already/],
  [{ guest: 100, user: 'ops' }, /100 web1 has no cloud-init drive/],
  [{ guest: 203, ssh_keys: KEY }, /user and ssh_keys are for VMs with cloud-init/],
  [{ guest: 'nobody' }, /There is no guest nobody/],
  [{ guest: 100, snapshot: 'nope' }, /100 has no snapshot nope.*\n.*It has: before-upgrade, after-upgrade/],
  [{ guest: 100, storage: 'local' }, /The storage local takes .*, but no images/],
])('%j is answered with a plain sentence before anything is made', async (args, sentence) => {
  const { call, simulator, mistakes } = await demo();
  const { text, isError } = await call('clone_guest', args);
  expect(isError, text).toBe(true);
  expect(text).toMatch(sentence);
  expect(changesAt(simulator)).toEqual([]);
  expect(mistakes).toEqual([]);
});

test('a full storage, a lock, a guest of an offline node', async () => {
  const { call, cluster } = await demo();
  cluster.guests.get(104)?.set({ lock: 'backup' });
  expect((await call('clone_guest', { guest: 104 })).text).toMatch(/104 win-dc is locked \(backup\)/);
  const lvm = cluster.storages.get('local-lvm');
  if (lvm) lvm.full = true;
  expect((await call('clone_guest', { guest: 100 })).text).toMatch(/The storage local-lvm is full on pve1/);
  const tiny = await connect();
  expect((await tiny.call('clone_guest', { guest: 102 })).text).toMatch(
    /102 stands on pve2, which is not online/,
  );
});

test('a step that fails: the copy is removed again, without a person', async () => {
  const { call, cluster } = await demo({ policy: { approve: 'danger' } });
  const { text, isError } = await call('clone_guest', {
    guest: 9000,
    vmid: 190,
    cores: 4,
    ip: '192.0.2.300/24',
  });
  expect(isError).toBe(true);
  expect(text).toMatch(/ipconfig0/);
  expect(cluster.guests.has(190)).toBe(false);
});

test('a person is asked once for all', async () => {
  const house = await served({ seed: 'demo', policy: { approve: 'change' } });
  const { call, asked } = await withPerson(house, 'modern', () => YES);
  const { text } = await call('clone_guest', { guest: 9000, cores: 2, ip: '192.0.2.90/24' });
  expect(text).toMatch(/^VM \d+ runs/);
  expect(asked).toHaveLength(1);
});

test('in a large cluster the answer stays short; a login that may only look gets to know what it lacks', async () => {
  const { call } = await connect({ simulator: createSimulator({ seed: 'demo', scale: 1000 }) });
  const { text } = await call('clone_guest', { guest: 100 });
  expect(text.length).toBeLessThan(1_000);
  const looks = await demo({ token: 'monitor@pve!ro' });
  expect((await looks.call('clone_guest', { guest: 9000 })).text).toMatch(/^Error \(forbidden\)/);
});
