import { expect, test } from 'vitest';
import { changesAt, withPerson, YES } from '../../../test/approval/house.ts';
import { connect, served } from '../../../test/connect.ts';
import { createSimulator } from '../../simulator/simulator.ts';

const KEY = `ssh-ed25519 ${'A'.repeat(68)} me@laptop`;
const SECRET = 'hush-hush-9';
const demo = (options = {}) => connect({ seed: 'demo', ...options });

test('from a template that is missing: fetched, made, started, and its address told, without a person', async () => {
  const { call, cluster } = await demo({ policy: { approve: 'danger' } });
  const args = {
    image: 'debian-12',
    name: 'files',
    memory: 1024,
    mounts: ['local-lvm:16,mp=/data'],
    ssh_keys: KEY,
  };
  const { text, data, isError } = await call('create_container', {
    ...args,
    node: 'pve2',
    options: { onboot: 1 },
  });
  expect(isError, text).toBe(false);
  const vmid = Number(data?.vmid);
  expect(text).toMatch(new RegExp(`^container ${vmid} files runs on pve2: 192\\.0\\.2\\.${vmid % 200}`));
  expect(data).toMatchObject({ state: 'started', type: 'lxc', steps: [{}, {}, {}] });
  expect(cluster.guests.get(vmid)?.config).toMatchObject({
    ...{
      hostname: 'files',
      memory: 1024,
      swap: 512,
      cores: 1,
      unprivileged: 1,
      features: 'nesting=1',
      onboot: 1,
    },
    net0: expect.stringMatching(/bridge=vmbr0.*ip=dhcp/),
    rootfs: expect.stringContaining('size=8G'),
    mp0: expect.stringContaining('mp=/data'),
  });
});

test('from an OCI image, with a fixed address, without a person', async () => {
  const { call, cluster } = await demo({ policy: { approve: 'danger' } });
  const args = {
    image: 'docker.io/library/nginx:1.29',
    name: 'proxy2',
    ip: '192.0.2.88/24',
    gateway: '192.0.2.1',
  };
  const { text, data } = await call('create_container', args);
  expect(text).toMatch(/^container \d+ proxy2 runs on pve\d: 192\.0\.2\.88\./);
  expect(data).toMatchObject({ addresses: ['192.0.2.88'] });
  expect(cluster.guests.get(Number(data?.vmid))?.config.entrypoint).toContain('nginx');
});

test('a template that is there is not fetched, and a container can be left stopped', async () => {
  const { call, simulator } = await demo();
  const { text } = await call('create_container', {
    image: 'debian-13-standard',
    start: false,
    nesting: false,
  });
  expect(text).toMatch(/is made on pve\d and not started/);
  expect(text).toContain('Image: nas:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst (was there already).');
  expect(changesAt(simulator)).toEqual([expect.stringMatching(/^POST \/nodes\/pve\d\/lxc$/)]);
});

test('a password is in no answer, plan or ledger', async () => {
  const house = await served({ seed: 'demo', policy: { approve: 'change' } });
  const { call, asked } = await withPerson(house, 'modern', () => YES);
  const { text, data } = await call('create_container', { image: 'debian-13-standard', password: SECRET });
  expect(text).toMatch(/^container \d+ runs/);
  expect(asked).toHaveLength(1);
  expect(JSON.stringify([text, data, asked])).not.toContain(SECRET);
  const written = JSON.stringify(house.ledger.entries);
  expect(written).toContain('[redacted]');
  expect(written).not.toContain(SECRET);
  const bad = await call('create_container', {
    image: 'debian-13-standard',
    password: SECRET,
    options: { nope: 1 },
  });
  expect(bad.text).toMatch(/Nothing was sent: Proxmox would refuse/);
  expect(bad.text).not.toContain(SECRET);
});

test.each([
  [{ image: 'nas:iso/debian-13.2.0-amd64-netinst.iso' }, /is an image for VMs.*\n.*create_vm/],
  [{ image: 'fedora-99' }, /There is no container template fedora-99/],
  [{ image: 'debian-13-standard', vmid: 200 }, /The VMID 200 is taken by dns \(lxc on pve1\)/],
  [{ image: 'debian-13-standard', name: '-bad' }, /Proxmox does not take the name "-bad"/],
  [{ image: 'debian-13-standard', mounts: ['local-lvm:16'] }, /does not say where it is to appear/],
  [
    { image: 'debian-13-standard', mounts: '/srv,mp=/srv' },
    /Only root@pam logged in with a password may mount/,
  ],
  [{ image: 'debian-13-standard', storage: 'nas' }, /The storage nas takes .*, but no rootdir/],
  [
    { image: 'debian-13-standard', password: 'abc' },
    /Nothing was sent: Proxmox would refuse a parameter: password/,
  ],
  [{ image: 'debian-13-standard', network: 'br0' }, /has no bridge br0/],
  [{}, /image must be text/],
])('%j is answered with a plain sentence before anything is made', async (args, sentence) => {
  const { call, simulator, mistakes } = await demo();
  const { text, isError } = await call('create_container', args);
  expect(isError, text).toBe(true);
  expect(text).toMatch(sentence);
  expect(changesAt(simulator)).toEqual([]);
  expect(mistakes).toEqual([]);
});

test('a storage that is full when the disk is to be made: what was made is gone', async () => {
  const { call, cluster } = await demo();
  const args = { image: 'debian-13-standard', vmid: 170, node: 'pve2', storage: 'local-lvm' };
  const lvm = cluster.storages.get('local-lvm');
  if (lvm) lvm.full = true;
  const full = await call('create_container', args);
  expect(full.text).toMatch(/The storage local-lvm does not have 8 GiB free on pve2/);
  expect(cluster.guests.has(170)).toBe(false);
});

test('an offline node is named, and a login that may only look gets to know what it lacks', async () => {
  const tiny = await connect();
  const args = { image: 'debian-13-standard' };
  expect((await tiny.call('create_container', { ...args, node: 'pve2' })).text).toMatch(/pve2 is not online/);
  const { call } = await demo({ token: 'monitor@pve!ro' });
  expect((await call('create_container', args)).text).toMatch(/^Error \(forbidden\)/);
});

test('a cancelled call stops its download, and makes nothing', async () => {
  const { client, cluster, simulator } = await demo();
  const before = cluster.guests.size;
  const stop = new AbortController();
  const call = client.callTool(
    { name: 'create_container', arguments: { image: 'docker.io/library/nginx:1' } },
    {
      signal: stop.signal,
      onprogress: ({ message }: { message?: string }) => {
        if (message?.startsWith('1/3')) stop.abort();
      },
    } as never,
  );
  await expect(call).rejects.toThrow();
  const isOver = () => changesAt(simulator).some((change) => change.startsWith('DELETE'));
  for (let look = 0; look < 500 && !isOver(); look += 1)
    await new Promise((resolve) => setImmediate(resolve));
  expect(changesAt(simulator)).toEqual([
    expect.stringMatching(/^POST .*oci-registry-pull$/),
    expect.stringMatching(/^DELETE \/nodes\/pve\d\/tasks\/UPID.*ociregistrypull/),
  ]);
  expect(cluster.guests.size).toBe(before);
});

test('in a large cluster the answer stays short', async () => {
  const simulator = createSimulator({ seed: 'demo', scale: 1000 });
  const { call } = await connect({ simulator });
  const { text, isError } = await call('create_container', { image: 'debian-13-standard' });
  expect(isError, text).toBe(false);
  expect(text.length).toBeLessThan(1_000);
});
