import { expect, test } from 'vitest';
import { lab } from './lab.ts';

// Texts recorded on PVE 9.2.
const qemu = '/nodes/pve1/qemu/100/config';
const lxc = '/nodes/pve1/lxc/101/config';

test("memory is text in a VM's config and a number in a container's", async () => {
  const { data } = lab();
  expect(await data(`GET ${qemu}`)).toMatchObject({
    memory: '2048',
    cores: 2,
    agent: 'enabled=1',
    tags: 'prod;web',
  });
  expect(await data(`GET ${lxc}`)).toMatchObject({ memory: 256, cores: 1, hostname: 'dns' });
});

test('a change of a running VM waits, shows as pending, and can be taken back', async () => {
  const { call, data } = lab();
  const pending = async (key: string) =>
    (await data('GET /nodes/pve1/qemu/100/pending')).find((row: { key: string }) => row.key === key);
  await call(`PUT ${qemu}`, { memory: 3072, delete: 'cores' });
  expect(await pending('memory')).toEqual({ key: 'memory', value: '2048', pending: '3072' });
  expect(await pending('cores')).toEqual({ key: 'cores', value: 2, delete: 1 });
  expect(await data(`GET ${qemu}`)).toMatchObject({ memory: '3072' });
  expect(await data(`GET ${qemu}?current=1`)).toMatchObject({ memory: '2048', cores: 2 });
  await call(`PUT ${qemu}`, { revert: 'memory,cores' });
  expect(await pending('memory')).toEqual({ key: 'memory', value: '2048' });
  expect(await pending('cores')).toEqual({ key: 'cores', value: 2 });
});

test('name, tags and network cards change at once', async () => {
  const { call, data } = lab();
  await call(`PUT ${qemu}`, { name: 'web9', tags: 'b;a,c', net1: 'virtio,bridge=vmbr0' });
  const config = await data(`GET ${qemu}?current=1`);
  expect(config).toMatchObject({ name: 'web9', tags: 'a;b;c' });
  expect(config.net1).toMatch(/^virtio=BC:24:11(:[0-9A-F]{2}){3},bridge=vmbr0$/);
  await call(`PUT ${qemu}`, { delete: 'net1' });
  expect(await data(`GET ${qemu}?current=1`)).not.toHaveProperty('net1');
});

test('nothing to do, setting and deleting at once, a stale digest and an unknown option are refused', async () => {
  const { refusal } = lab();
  expect(await refusal(`PUT ${qemu}`, {})).toEqual([500, 'no options specified']);
  expect(await refusal(`PUT ${qemu}`, { memory: 128, delete: 'memory' })).toEqual([
    400,
    { delete: "you can't use '-memory' and -delete memory' at the same time" },
  ]);
  expect(await refusal(`PUT ${qemu}`, { memory: 128, digest: 'xyz' })).toEqual([
    500,
    'checksum mismatch (file change by other user?)',
  ]);
  expect(await refusal(`PUT ${qemu}`, { delete: 'nonsense' })).toEqual([
    400,
    { delete: "unknown option 'nonsense'" },
  ]);
});

test('what is not set can be deleted; the digest changes with the config', async () => {
  const { call, data } = lab();
  const { digest } = await data(`GET ${qemu}`);
  expect(digest).toMatch(/^[0-9a-f]{40}$/);
  expect((await call(`PUT ${qemu}`, { delete: 'onboot;startup', digest })).status).toBe(200);
  await call(`PUT ${qemu}`, { description: 'new', digest });
  expect((await data(`GET ${qemu}`)).digest).not.toBe(digest);
});

test('some options are for root@pam itself alone', async () => {
  const { refusal, call } = lab();
  expect(await refusal(`PUT ${qemu}`, { args: '-foo' })).toEqual([500, "only root can set 'args' config"]);
  expect(await refusal(`PUT ${qemu}`, { lock: 'backup' })).toEqual([500, "only root can set 'lock' config"]);
  expect(await refusal(`PUT ${qemu}`, { skiplock: 1, memory: 96 })).toEqual([
    400,
    { skiplock: 'Only root may use this option.' },
  ]);
  expect((await call(`PUT ${qemu}`, { lock: 'backup' }, 'root@pam')).status).toBe(200);
  expect(await refusal(`PUT ${qemu}`, { memory: 64 })).toEqual([500, 'VM is locked (backup)']);
});

test('each option takes its own privilege', async () => {
  const { refusal, call, world } = lab();
  world.access.roles.set('Cpu', ['VM.Config.CPU', 'VM.Audit']);
  world.access.grant('/vms/100', 'user', 'alice@pve', 'Cpu');
  expect((await call(`PUT ${qemu}`, { cores: 4 }, 'alice@pve')).status).toBe(200);
  expect(await refusal(`PUT ${qemu}`, { memory: 64 }, 'alice@pve')).toEqual([
    403,
    'Permission check failed (/vms/100, VM.Config.Memory)',
  ]);
  expect(await refusal(`PUT ${qemu}`, { scsi1: 'local-lvm:1' }, 'alice@pve')).toEqual([
    403,
    'Permission check failed (/storage/local-lvm, Datastore.AllocateSpace)',
  ]);
});

test('a POST does the same in a task and says what it changed', async () => {
  const { task, data } = lab();
  const { type, log } = await task(`POST ${qemu}`, { tags: 'b;a,c' });
  expect(type).toBe('qmconfig');
  expect(log).toEqual(['update VM 100: -tags b;a,c', 'TASK OK']);
  expect((await data(`GET ${qemu}`)).tags).toBe('a;b;c');
});

test('a new disk is made, and a removed one stays as an unused one until that is deleted', async () => {
  const { call, data } = lab();
  await call(`PUT ${qemu}`, { scsi1: 'local-lvm:4,discard=on' });
  expect((await data(`GET ${qemu}`)).scsi1).toBe('local-lvm:vm-100-disk-1,discard=on,size=4G');
  await call(`PUT ${qemu}`, { delete: 'scsi1' });
  const config = await data(`GET ${qemu}`);
  expect(config.unused0).toBe('local-lvm:vm-100-disk-1');
  expect(config).not.toHaveProperty('scsi1');
  await call(`PUT ${qemu}`, { delete: 'unused0' });
  expect(await data(`GET ${qemu}`)).not.toHaveProperty('unused0');
  const volumes = await data('GET /nodes/pve1/storage/local-lvm/content?vmid=100');
  expect(volumes.map(({ volid }: { volid: string }) => volid)).toEqual(['local-lvm:vm-100-disk-0']);
});

test('a CD drive joins the boot order', async () => {
  const { call, data } = lab();
  await call(`PUT ${qemu}`, { ide2: 'local:iso/debian-13.2.0-amd64-netinst.iso,media=cdrom' });
  const config = await data(`GET ${qemu}`);
  expect(config.boot).toBe('order=scsi0;net0;ide2');
  expect(config.ide2).toMatch(/^local:iso\/debian-13.2.0-amd64-netinst.iso,media=cdrom,size=\d+K?$/);
});

test('a container refuses a stale digest in other words, and keeps what it cannot do without', async () => {
  const { refusal, call, data } = lab();
  expect(await refusal(`PUT ${lxc}`, { memory: 512, digest: 'a'.repeat(40) })).toEqual([
    500,
    'detected modified configuration - file changed by other user? Try again.',
  ]);
  expect(await refusal(`PUT ${lxc}`, { delete: 'rootfs' })).toEqual([
    500,
    "unable to delete required option 'rootfs'",
  ]);
  await call(`PUT ${lxc}`, { description: 'hello', cores: 2 });
  expect(await data(`GET ${lxc}`)).toMatchObject({ description: 'hello', cores: 2 });
});
