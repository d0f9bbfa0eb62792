import { expect, test } from 'vitest';
import { lab } from './lab.ts';

// Texts recorded on PVE 9.2.

test('a VM is created with what Proxmox adds of its own', async () => {
  const { task, data } = lab();
  const { type, log } = await task('POST /nodes/pve1/qemu', {
    ...{ vmid: 200, name: 'fresh', memory: 256, cores: 1, scsi0: 'local-lvm:1', net0: 'virtio,bridge=vmbr0' },
    ...{ agent: 'enabled=1', tags: 'web;prod' },
  });
  expect(type).toBe('qmcreate');
  expect(log).toContain("scsi0: successfully created disk 'local-lvm:vm-200-disk-0,size=1G'");
  expect(await data('GET /nodes/pve1/qemu/200/config')).toEqual({
    ...{ name: 'fresh', memory: '256', cores: 1, agent: 'enabled=1', tags: 'prod;web' },
    ...{ scsi0: 'local-lvm:vm-200-disk-0,size=1G', boot: 'order=scsi0;net0' },
    net0: expect.stringMatching(/^virtio=BC:24:11(:[0-9A-F]{2}){3},bridge=vmbr0$/),
    meta: expect.stringMatching(/^creation-qemu=10\.0\.13,ctime=\d{10}$/),
    smbios1: expect.stringMatching(/^uuid=[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    vmgenid: expect.stringMatching(/^[0-9a-f-]{36}$/),
    digest: expect.stringMatching(/^[0-9a-f]{40}$/),
  });
});

test('a taken VMID and a storage that is not there are refused at once', async () => {
  const { refusal } = lab();
  expect(
    await refusal('POST /nodes/pve1/lxc', {
      vmid: 100,
      ostemplate: 'local:vztmpl/x.tar.gz',
      rootfs: 'local-lvm:1',
    }),
  ).toEqual([500, "VM 100 already exists on node 'pve1'"]);
  expect(await refusal('POST /nodes/pve1/qemu', { vmid: 100 })).toEqual([
    500,
    "unable to create VM 100 - VM 100 already exists on node 'pve1'",
  ]);
  expect(await refusal('POST /nodes/pve1/qemu', { vmid: 171, scsi0: 'nostore:2' })).toEqual([
    500,
    "storage 'nostore' does not exist",
  ]);
});

test('an image that is not there fails the task, and nothing is left behind', async () => {
  const { task, world } = lab();
  const { exitstatus } = await task('POST /nodes/pve1/qemu', {
    vmid: 200,
    ide2: 'local:iso/none.iso,media=cdrom',
  });
  expect(exitstatus).toBe("unable to create VM 200 - volume 'local:iso/none.iso' does not exist");
  expect(world.guest(200)).toBeUndefined();
});

test('a container is created from a template', async () => {
  const { task, data } = lab();
  const { type, log } = await task('POST /nodes/pve1/lxc', {
    ...{ vmid: 201, hostname: 'ct201', ostemplate: 'local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst' },
    ...{ rootfs: 'local-lvm:8', memory: 128, swap: 0, net0: 'name=eth0,bridge=vmbr0,ip=dhcp' },
  });
  expect(type).toBe('vzcreate');
  expect(log[1]).toMatch(/^extracting archive '.*debian-13-standard_13.1-2_amd64.tar.zst'$/);
  const config = await data('GET /nodes/pve1/lxc/201/config');
  expect(config).toMatchObject({
    hostname: 'ct201',
    memory: 128,
    swap: 0,
    ostype: 'debian',
    unprivileged: 1,
  });
  expect(config.rootfs).toBe('local-lvm:vm-201-disk-0,size=8G');
  expect(config.net0).toMatch(/^name=eth0,bridge=vmbr0,hwaddr=BC:24:11(:[0-9A-F]{2}){3},ip=dhcp,type=veth$/);
});

test('who may not create guests, or not on that storage, is told so', async () => {
  const { refusal, world } = lab();
  world.access.grant('/vms/200', 'user', 'alice@pve', 'PVEVMAdmin');
  expect(await refusal('POST /nodes/pve1/qemu', { vmid: 300 }, 'alice@pve')).toEqual([
    403,
    'Permission check failed',
  ]);
  expect(await refusal('POST /nodes/pve1/qemu', { vmid: 200, scsi0: 'local-lvm:1' }, 'alice@pve')).toEqual([
    403,
    'Permission check failed (/storage/local-lvm, Datastore.AllocateSpace)',
  ]);
});

test('a clone has a name, addresses and disks of its own', async () => {
  const { task, data, world } = lab();
  const { type, log } = await task('POST /nodes/pve1/qemu/100/clone', {
    newid: 103,
    name: 'clone103',
    full: 1,
  });
  expect(type).toBe('qmclone');
  expect(log.slice(0, 2)).toEqual([
    'creating a clone of VM 100 with ID 103',
    'create full clone of drive scsi0 (local-lvm:vm-100-disk-0)',
  ]);
  expect(log.at(-2)).toBe('transferred 16.0 GiB of 16.0 GiB (100.00%)');
  const [old, made] = [
    await data('GET /nodes/pve1/qemu/100/config'),
    await data('GET /nodes/pve1/qemu/103/config'),
  ];
  expect(made).toMatchObject({ name: 'clone103', scsi0: 'local-lvm:vm-103-disk-0,size=16G', memory: '2048' });
  expect(made.net0).not.toBe(old.net0);
  expect(made.smbios1).not.toBe(old.smbios1);
  expect(world.guest(103)?.status).toBe('stopped');
});

test('a template is cloned by link, anything else is not', async () => {
  const { task, refusal, data } = lab();
  const { log } = await task('POST /nodes/pve1/qemu/9000/clone', { newid: 104, name: 'linked' });
  expect(log[1]).toBe('create linked clone of drive scsi0 (local-lvm:base-9000-disk-0)');
  expect((await data('GET /nodes/pve1/qemu/104/config')).name).toBe('linked');
  expect(await refusal('POST /nodes/pve1/qemu/100/clone', { newid: 105, full: 0 })).toEqual([
    500,
    "Linked clone feature is not supported for 'local-lvm:vm-100-disk-0' (scsi0)",
  ]);
  const held = await task('DELETE /nodes/pve1/qemu/9000');
  expect(held.exitstatus).toBe("base volume 'local-lvm:base-9000-disk-0' is still in use by linked cloned");
});

test('a VM becomes a template once, and not while it runs', async () => {
  const { task, refusal, data } = lab();
  const line = 'POST /nodes/pve1/qemu/100/template';
  expect(await refusal(line, {})).toEqual([500, "you can't convert a VM to template if VM is running"]);
  await task('POST /nodes/pve1/qemu/100/status/stop', {});
  expect((await task(line, {})).log).toEqual(['TASK OK']);
  expect(await data('GET /nodes/pve1/qemu/100/config')).toMatchObject({
    template: 1,
    scsi0: 'local-lvm:base-100-disk-0,size=16G',
  });
  expect(await refusal(line, {})).toEqual([500, "you can't convert a template to a template"]);
});

test('a disk grows; a missing disk and shrinking are refused in the task', async () => {
  const { task, data } = lab();
  const resize = async (disk: string, size: string) =>
    (await task('PUT /nodes/pve1/qemu/100/resize', { disk, size })).exitstatus;
  expect(await resize('scsi0', '+1G')).toBe('OK');
  expect((await data('GET /nodes/pve1/qemu/100/config')).scsi0).toBe('local-lvm:vm-100-disk-0,size=17G');
  expect(await resize('scsi9', '+1G')).toBe("disk 'scsi9' does not exist");
  expect(await resize('scsi0', '1G')).toBe('shrinking disks is not supported');
});

test("a container's shrinking disk is refused at once", async () => {
  const { refusal } = lab();
  expect(await refusal('PUT /nodes/pve1/lxc/101/resize', { disk: 'rootfs', size: '1G' })).toEqual([
    500,
    'unable to shrink disk size',
  ]);
});

test('a running or protected guest is not destroyed; another goes with all that is its own', async () => {
  const { refusal, task, call, world, data } = lab();
  expect(await refusal('DELETE /nodes/pve1/qemu/100')).toEqual([500, 'VM 100 is running - destroy failed']);
  await call('PUT /nodes/pve1/qemu/100/config', { protection: 1 });
  expect(await refusal('DELETE /nodes/pve1/qemu/100')).toEqual([
    500,
    "can't remove VM 100 - protection mode enabled",
  ]);
  await call('PUT /nodes/pve1/qemu/100/config', { protection: 0 });
  await task('POST /nodes/pve1/qemu/100/status/stop', {});
  expect((await task('DELETE /nodes/pve1/qemu/100?purge=1')).log).toEqual([
    'purging VM 100 from related configurations..',
    'TASK OK',
  ]);
  expect(world.guest(100)).toBeUndefined();
  expect(await data('GET /nodes/pve1/storage/local-lvm/content?vmid=100')).toEqual([]);
  expect(await data('GET /access/acl')).not.toContainEqual(expect.objectContaining({ path: '/vms/100' }));
});

test('a running container says it in its own words', async () => {
  const { refusal, task } = lab();
  await task('POST /nodes/pve1/lxc/101/status/start', {});
  expect(await refusal('DELETE /nodes/pve1/lxc/101')).toEqual([
    500,
    'unable to destroy CT 101 - container is running',
  ]);
  expect((await task('DELETE /nodes/pve1/lxc/101?force=1')).exitstatus).toBe('OK');
});
