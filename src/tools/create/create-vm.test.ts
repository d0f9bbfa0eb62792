import { expect, test } from 'vitest';
import { changesAt, withPerson, YES } from '../../../test/approval/house.ts';
import { connect, served } from '../../../test/connect.ts';
import type { Send } from '../../api/wire.ts';
import { createSimulator } from '../../simulator/simulator.ts';
import { ask } from '../../simulator/testing.ts';

const ALMA =
  'https://repo.almalinux.org/almalinux/10/cloud/x86_64/images/AlmaLinux-10-GenericCloud-latest.x86_64.qcow2';
const DEBIAN = 'https://cloud.debian.org/images/cloud/trixie/latest/debian-13-genericcloud-amd64.qcow2';
/** From a server that sends 2 MiB a second. */
const SLOW = 'https://mirror.example/debian-13-genericcloud-amd64-daily.qcow2';
const KEY = `ssh-ed25519 ${'A'.repeat(68)} me@laptop`;
const demo = (options = {}) => connect({ seed: 'demo', ...options });

test('from a cloud image: fetched, imported, grown, started, and its address told', async () => {
  const told: string[] = [];
  const { call, cluster } = await demo();
  const args = { image: ALMA, name: 'web3', cores: 2, memory: 4096, disk: 20, user: 'alma', ssh_keys: [KEY] };
  const { text, data, isError } = await call('create_vm', args, (message) => told.push(message));
  expect(isError, text).toBe(false);
  const vmid = Number(data?.vmid);
  const guest = cluster.guests.get(vmid);
  expect(text).toMatch(new RegExp(`^VM ${vmid} web3 runs on ${guest?.node}: 192\\.0\\.2\\.${vmid % 200}`));
  expect(text).toMatch(/Chosen: node pve\d .*, storage \S+ \(.* free\), the next free VMID\./);
  expect(data).toMatchObject({ state: 'started', steps: [{}, {}, {}, {}] });
  expect(guest?.config).toMatchObject({
    ...{ name: 'web3', cores: 2, memory: '4096', cpu: 'x86-64-v2-AES', scsihw: 'virtio-scsi-single' },
    ...{ agent: 'enabled=1', boot: 'order=scsi0', ciuser: 'alma', ipconfig0: 'ip=dhcp', serial0: 'socket' },
    net0: expect.stringMatching(/^virtio=.*bridge=vmbr0,firewall=1/),
    scsi0: expect.stringContaining('size=20G'),
  });
  expect(decodeURIComponent(String(guest?.config.sshkeys))).toBe(KEY);
  expect(guest?.status).toBe('running');
  expect(told.some((message) => message.startsWith('1/4 fetch local:import/'))).toBe(true);
});

test('an image that has no agent: no address, and why', async () => {
  const { call } = await demo();
  const { text, data } = await call('create_vm', { image: DEBIAN, name: 'deb', ssh_keys: KEY });
  expect(text).toMatch(/^VM \d+ deb runs on pve\d\.\nNo address: its guest agent does not answer/);
  expect(data).toMatchObject({ state: 'started', addresses: [] });
});

test('a download that takes long is handed back, with how to go on; later the image is there', async () => {
  const { call, cluster, simulator } = await demo();
  const args = { image: SLOW, node: 'pve1', ip: '192.0.2.78/24', ssh_keys: KEY };
  const { text, data, isError } = await call('create_vm', args);
  expect(isError, text).toBe(false);
  expect(text).toMatch(/^NOT DONE YET/);
  expect(text).toContain('call create_vm again with the same arguments: the image is there then');
  expect(data).toMatchObject({ state: 'unfinished', steps: [{ state: 'running' }, {}, { state: 'left' }] });
  await simulator.clock.sleep(200_000);
  expect(cluster.guests.has(Number(data?.vmid))).toBe(false);
  const again = await call('create_vm', args);
  expect(again.text).toMatch(/^VM \d+ runs on pve1: 192\.0\.2\.78/);
});

test('a fixed address is not waited for, and an image that is there is not fetched again', async () => {
  const { call, simulator } = await demo();
  const net = { ip: '192.0.2.77/24', gateway: '192.0.2.1' };
  await call('fetch_image', { image: DEBIAN, node: 'pve2' });
  const image = 'local:import/debian-13-genericcloud-amd64.qcow2';
  const { text, data } = await call('create_vm', { image, name: 'deb', ssh_keys: KEY, ...net });
  expect(text).toMatch(/^VM \d+ deb runs on pve2: 192\.0\.2\.77\./);
  expect(text).toContain(`Image: ${image} (was there already).`);
  expect(data).toMatchObject({ node: 'pve2', addresses: ['192.0.2.77'] });
  const again = await call('create_vm', { image: DEBIAN, node: 'pve2', ssh_keys: KEY, ...net });
  expect(again.text).toContain('(was there already)');
  expect(changesAt(simulator).filter((change) => change.includes('download-url'))).toHaveLength(1);
});

test('from an ISO, and empty: made and left stopped', async () => {
  const { call, cluster } = await demo();
  const iso = await call('create_vm', { image: 'nas:iso/debian-13.2.0-amd64-netinst.iso', name: 'inst' });
  expect(iso.text).toMatch(/^VM \d+ inst is made on pve\d and not started: power_guest guests=\d+/);
  const config = cluster.guests.get(Number(iso.data?.vmid))?.config;
  expect(config?.ide2).toContain('nas:iso/debian-13.2.0-amd64-netinst.iso,media=cdrom');
  expect(config?.scsi0).toContain('size=32G');
  const options = { tags: 'lab', onboot: 1 };
  const empty = await call('create_vm', { vmid: 150, node: 'pve2', storage: 'local-lvm', disk: 8, options });
  expect(empty.data).toMatchObject({ vmid: 150, node: 'pve2', state: 'stopped', storage: 'local-lvm' });
  expect(cluster.guests.get(150)?.config).toMatchObject({ tags: 'lab', onboot: 1 });
});

test.each([
  [{ vmid: 100 }, /The VMID 100 is taken by web1 \(qemu on pve1\)/],
  [{ name: 'web_1' }, /Proxmox does not take the name "web_1"/],
  [{ image: 'docker.io/library/nginx:1' }, /is an image for containers.*\n.*create_container/],
  [{ image: 'https://cloud.debian.org/nope.qcow2' }, /can't fetch .*404 Not Found/],
  [{ image: 'nas:iso/nope.iso' }, /There is no nas:iso\/nope\.iso.*\n.*There are: nas:iso\/debian/],
  [{ image: 'gone:iso/nope.iso' }, /There is no storage gone/],
  [
    { image: DEBIAN, ssh_keys: '-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0' },
    /Line 1 of ssh_keys is no public/,
  ],
  [{ image: 'https://cloud.debian.org/x.ova' }, /is an archive of several files/],
  [{ image: 'local-lvm:vm-100-disk-0' }, /is a disk of guest 100, no image.*\n.*clone_guest guest=100/],
  [{ image: DEBIAN, ip: '192.0.2.9' }, /neither dhcp nor an address with its prefix/],
  [{ network: 'vmbr9' }, /has no bridge vmbr9.*\n.*It has: vmbr0/],
  [{ storage: 'nas', disk: 4000 }, /The storage nas does not have 3\.9\d? TiB free/],
  [{ storage: 'local' }, /The storage local takes .*, but no images/],
  [{ storage: 'tank', node: 'pve1' }, /There is no storage tank on pve1/],
  [{ user: 'root' }, /are for a cloud image/],
  [{ options: { nonsense: 1 } }, /Nothing was sent: Proxmox would refuse a parameter: nonsense/],
  [{ options: { force: 1 } }, /options can't have force/],
  [{ memory: 'lots' }, /memory must be a whole number/],
])('%j is answered with a plain sentence before anything is made', async (args, sentence) => {
  const { call, simulator, mistakes } = await demo();
  const { text, isError } = await call('create_vm', args);
  expect(isError, text).toBe(true);
  expect(text).toMatch(sentence);
  expect(text).not.toContain('c2VjcmV0');
  expect(changesAt(simulator)).toEqual([]);
  expect(mistakes).toEqual([]);
});

/** Somebody else takes the VMID between the asking and the making. */
function faster(simulator: ReturnType<typeof createSimulator>): Send {
  let once = true;
  return async (request) => {
    if (once && request.method === 'POST' && request.path === '/api2/json/nodes/pve2/qemu') {
      once = false;
      const vmid = Number(new URLSearchParams(request.body).get('vmid'));
      await ask(simulator, 'POST /nodes/pve3/qemu', { as: 'root@pam!full', form: { vmid } });
    }
    return simulator.fetch(request);
  };
}

test('a VMID that is taken meanwhile: the next one, and it is said; not where it was asked for', async () => {
  const simulator = createSimulator({ seed: 'demo' });
  const { call, cluster } = await connect({ simulator, send: faster(simulator) });
  const { text, data } = await call('create_vm', { node: 'pve2', name: 'late' });
  const vmid = Number(data?.vmid);
  expect(text).toContain(`VMID ${vmid - 1} was free when asked for and taken when used: ${vmid} it is.`);
  expect(cluster.guests.get(vmid)?.name).toBe('late');
  const other = createSimulator({ seed: 'demo' });
  const house = await connect({ simulator: other, send: faster(other) });
  const chosen = await house.call('create_vm', { node: 'pve2', vmid: 170 });
  expect(chosen.text).toMatch(/^Error \(exists\).*already exists/);
});

test('where the disk can not be grown, the VM is removed again, without a person; with keep it stays', async () => {
  const { call, cluster } = await demo({ policy: { approve: 'danger' } });
  const args = { image: ALMA, vmid: 160, disk: 5 };
  const { text, isError } = await call('create_vm', args);
  expect(isError).toBe(true);
  expect(text).toContain('grow scsi0 to 5 GiB');
  expect(text).toMatch(/2\. create VM 160: UNDONE.*remove VM 160/);
  expect(cluster.guests.has(160)).toBe(false);
  const kept = await call('create_vm', { ...args, keep: true });
  expect(kept.isError).toBe(true);
  expect(cluster.guests.has(160)).toBe(true);
});

test.each(['modern', 'streamable'] as const)('a person at a %s client is asked once for all', async (way) => {
  const house = await served({ seed: 'demo', policy: { approve: 'change' } });
  const { call, asked } = await withPerson(house, way, () => YES);
  const { text } = await call('create_vm', { image: ALMA, disk: 20, ssh_keys: KEY });
  expect(text).toMatch(/^VM \d+ runs on /);
  expect(asked).toHaveLength(1);
});

test('an offline node is not chosen, and is named where it was asked for', async () => {
  const { call } = await connect();
  expect((await call('create_vm', { disk: 4 })).data).toMatchObject({ node: 'pve1' });
  expect((await call('create_vm', { disk: 4, node: 'pve2' })).text).toMatch(/The node pve2 is not online/);
  const none = await call('create_vm', { image: DEBIAN });
  expect(none.text).toMatch(/no storage for content import.*\n.*import among that storage's content/);
});

test('a login that may only look gets to know what it lacks, and nothing is made', async () => {
  const { call, cluster } = await demo({ token: 'monitor@pve!ro' });
  const before = cluster.guests.size;
  const { text, isError } = await call('create_vm', { vmid: 180 });
  expect(isError).toBe(true);
  expect(text).toMatch(/^Error \(forbidden\)/);
  expect(cluster.guests.size).toBe(before);
});

test('in a large cluster it asks little and answers shortly', async () => {
  const simulator = createSimulator({ seed: 'demo', scale: 1000 });
  const paths: string[] = [];
  const send: Send = (request) => {
    paths.push(request.path);
    return simulator.fetch(request);
  };
  const { call } = await connect({ simulator, send });
  const { text, isError } = await call('create_vm', { name: 'one', disk: 4 });
  expect(isError, text).toBe(false);
  expect(text.length).toBeLessThan(1_000);
  expect(paths.filter((each) => each.startsWith('/api2/json')).length).toBeLessThan(15);
});

test.each([
  ['create_vm', { name: 'empty', disk: 8 }, 'POST /nodes/{node}/qemu', 'pve2'],
  ['create_container', { image: 'debian-13-standard' }, 'POST /nodes/{node}/lxc', 'pve2'],
  ['clone_guest', { guest: 9000, full: true }, 'POST /nodes/{node}/qemu/{vmid}/clone', 'pve1'],
])('%s: a half-made guest that a killed worker leaves is named', async (tool, args, on, node) => {
  const simulator = createSimulator({ seed: 'demo', faults: [{ name: 'task-dies', on }] });
  const { call, cluster } = await connect({ simulator });
  const { text } = await call(tool, args);
  expect(cluster.guests.has(107)).toBe(true);
  expect(text).toContain(`A half-made guest 107 is left on ${node}: delete_guest removes it.`);
});

test('where the answer is lost and nothing was begun, it says that there is no guest', async () => {
  const faults = [{ name: '596-before', on: 'POST /nodes/{node}/lxc' }] as const;
  const { call, cluster, simulator } = await connect({
    simulator: createSimulator({ seed: 'demo', faults: [...faults] }),
  });
  const { text } = await call('create_container', { image: 'debian-13-standard' });
  expect(text).toContain('No guest 107 is left of it.');
  expect(cluster.guests.has(107)).toBe(false);
  expect(changesAt(simulator)).toHaveLength(1);
});
