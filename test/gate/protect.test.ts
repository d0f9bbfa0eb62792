import { expect, test } from 'vitest';
import type { Params } from '../../src/api/form.ts';
import { changesSent, gated } from './gated.ts';

// Of the demo: 102 is the VM db1 on pve1, with the tags db and prod.
const DB = '/nodes/pve1/qemu/102';

test.each<[string, Params?]>([
  [`POST ${DB}/status/stop`],
  [`POST ${DB}/status/start`],
  [`PUT ${DB}/config`, { tags: 'free' }],
  [`PUT ${DB}/config?tags=free`],
  [`DELETE ${DB}`],
  [`POST ${DB}/snapshot/a/rollback`],
  [`POST ${DB}/template`],
  [`POST ${DB}/agent/exec`, { command: ['id'] }],
  [`POST ${DB}/agent`, { command: 'shutdown' }],
  [`GET ${DB}/vncwebsocket`, { port: 5900, vncticket: 'x' }],
  [`POST ${DB}/firewall/rules`, { type: 'in', action: 'DROP' }],
  [`POST ${DB}/firewall/ipset`, { name: 'a' }],
  ['POST /nodes/localhost/qemu/102/status/stop'],
  // In bulk, with and without a list.
  ['POST /nodes/pve1/stopall'],
  ['POST /nodes/pve1/stopall', { vms: '' }],
  ['POST /nodes/pve1/startall', { vms: '100,102' }],
  ['POST /nodes/localhost/suspendall'],
  ['POST /nodes/pve1/migrateall', { target: 'pve2', vms: '100;102' }],
  ['POST /cluster/bulk-action/guest/shutdown'],
  ['POST /cluster/bulk-action/guest/start', { vms: [100, 102] }],
  // The node below it.
  ['POST /nodes/pve1/status', { command: 'reboot' }],
  ['POST /nodes/pve1/termproxy'],
  ['GET /nodes/pve1/vncwebsocket', { port: 5900, vncticket: 'x' }],
  ['PUT /nodes/pve1/network'],
  ['PUT /nodes/pve1/disks/wipedisk', { disk: '/dev/sdb' }],
  ['POST /nodes/pve1/services/pvestatd/stop'],
  ['POST /nodes/pve1/something-new'],
  // Its volumes and backups.
  ['DELETE /nodes/pve1/storage/local-lvm/content/local-lvm:vm-102-disk-0'],
  ['DELETE /nodes/pve1/storage/local-lvm/content/vm-102-disk-0'],
  ['DELETE /nodes/pve1/storage/nas/content/nas:102/vm-102-disk-0.qcow2'],
  ['DELETE /nodes/pve1/storage/nas/content/nas:102%2Fvm-102-disk-0.qcow2'],
  ['DELETE /nodes/pve1/storage/nas/content/backup/vzdump-qemu-102-2026_01_01-00_00_00.vma.zst'],
  ['DELETE /nodes/pve1/storage/pbs/content/pbs:backup/vm/102/2026-01-01T00:00:00Z'],
  [
    'PUT /nodes/pve1/storage/nas/content/backup/vzdump-qemu-102-2026_01_01-00_00_00.vma.zst',
    { protected: 0 },
  ],
  ['POST /nodes/pve1/storage/local-lvm/content', { vmid: 102, filename: 'vm-102-disk-9', size: '1G' }],
  ['DELETE /nodes/pve1/storage/nas/prunebackups', { vmid: 102 }],
  ['DELETE /nodes/pve1/storage/nas/prunebackups'],
  ['DELETE /storage/local-lvm'],
  ['PUT /storage/local-lvm', { disable: 1 }],
  // By way of another guest.
  ['PUT /nodes/pve1/qemu/100/config', { scsi5: 'local-lvm:vm-102-disk-0,size=64G' }],
  ['POST /nodes/pve1/qemu/100/config', { scsi5: 'file=local-lvm:vm-102-disk-0' }],
  ['PUT /nodes/pve1/qemu/100/config', { unused0: 'local-lvm:vm-102-disk-1' }],
  ['PUT /nodes/pve1/qemu/100/config', { cdrom: 'local-lvm:vm-102-disk-0' }],
  ['POST /nodes/pve1/storage/local-lvm/content/vm-100-disk-0', { target: 'vm-102-disk-0' }],
  ['POST /nodes/pve1/qemu/100/move_disk', { disk: 'scsi0', 'target-vmid': 102 }],
  ['POST /nodes/pve1/qemu/100/clone', { newid: 102 }],
  ['POST /nodes/pve1/qemu', { vmid: 102, archive: 'nas:backup/vzdump-qemu-100-x.vma', force: 1 }],
  ['POST /nodes/pve1/lxc', { vmid: '102\n', ostemplate: 'local:vztmpl/x' }],
  // By way of the node that both are on.
  ['PUT /nodes/pve1/qemu/100/config', { hookscript: 'local:snippets/x.sh' }],
  ['PUT /nodes/pve1/qemu/100/config', { args: '-drive file=/dev/pve/x' }],
  ['PUT /nodes/pve1/qemu/100/config', { scsi5: '/dev/dm-3' }],
  ['PUT /nodes/pve1/qemu/100/config', { scsi5: 'cache=none,/dev/dm-3' }],
  ['POST /nodes/pve1/qemu', { vmid: 900, hostpci0: '01:00.0' }],
  ['POST /nodes/pve1/lxc', { vmid: 900, ostemplate: 'x', mp0: '/var/lib/vz,mp=/host' }],
  ['POST /nodes/pve1/qemu/100/monitor', { command: 'drive_add 0 file=/dev/dm-3' }],
  ['POST /nodes/pve1/vzdump', { vmid: '100', script: '/root/x' }],
  ['DELETE /nodes/pve1/storage/mine/content/mine:snippets/102.conf'],
  // By way of the cluster.
  ['PUT /cluster/ha/resources/vm:102', { state: 'stopped' }],
  ['DELETE /cluster/ha/resources/102'],
  ['POST /cluster/ha/resources', { sid: 'vm:102' }],
  ['POST /cluster/ha/rules', { rule: 'r', type: 'node-affinity', resources: 'vm:100,vm:102', nodes: 'pve1' }],
  ['DELETE /cluster/ha/rules/unread'],
  ['POST /cluster/ha/status/disarm-ha'],
  ['DELETE /cluster/replication/102-0'],
  ['POST /cluster/replication', { id: '102-0', target: 'pve2', type: 'local' }],
  ['PUT /pools', { poolid: 'shop', vms: '102', delete: 1 }],
  ['PUT /pools/shop', { vms: '100,102' }],
  ['PUT /cluster/firewall/options', { enable: 1 }],
  ['PUT /cluster/sdn'],
  ['PUT /access/acl', { path: '/vms/102', roles: 'NoAccess', users: 'a@pve' }],
  ['POST /nodes/pve1/vzdump', { vmid: '102', mode: 'stop' }],
  ['POST /nodes/pve1/vzdump', { all: 1, mode: 'suspend', exclude: '100' }],
  ['POST /nodes/pve1/vzdump', { vmid: '102', 'prune-backups': 'keep-last=1' }],
  ['POST /cluster/backup', { vmid: '102', mode: 'stop', schedule: 'daily' }],
  // A disk of the node, or the folder with all disks, by a name of its own.
  ['POST /cluster/mapping/dir', { id: 'd', map: 'node=pve1,path=/var/lib/vz' }],
  // What a job was told before may stop its guests.
  ['PUT /cluster/backup/nightly', { vmid: '102' }],
  ['PUT /cluster/backup/nightly', { schedule: 'daily', enabled: 1 }],
  ['PUT /cluster/backup/nightly', { delete: 'exclude' }],
  ['POST /cluster/backup', { vmid: '100', script: '/root/x', schedule: 'daily' }],
  ['DELETE /nodes/pve1/tasks/UPID:pve1:000003A8:00050340:6B031970:vzdump:102:root@pam:'],
  ['DELETE /nodes/pve1/tasks/UPID:pve1:000003A8:00050340:6B031970:vzdump::root@pam:'],
])('a guest with a protected tag is left alone: %s %j', async (call, params) => {
  const house = gated({ protect: ['tag:PROD'] });
  const failure = await house.call(call, params);
  expect(failure).toMatchObject({ code: 'not_allowed', message: expect.stringMatching(/tag:PROD/) });
  expect(changesSent(house)).toEqual([]);
  // By its number alone it is as safe, whatever else has the tag.
  const byId = gated({ protect: ['102-102'] });
  expect(await byId.call(call, params)).toMatchObject({
    code: 'not_allowed',
    message: expect.stringMatching(/102 \(db1\)/),
  });
});

test.each<[string, Params?]>([
  [`GET ${DB}/config`],
  [`POST ${DB}/agent/ping`],
  // A copy and a backup only read.
  [`POST ${DB}/clone`, { newid: 900 }],
  ['POST /nodes/pve1/vzdump', { vmid: '102', storage: 'nas' }],
  ['POST /nodes/pve1/vzdump', { all: 1, exclude: '102,103,104,105,106,107,108,109,110,111', mode: 'stop' }],
  ['POST /nodes/pve1/qemu', { vmid: 900, archive: 'nas:backup/vzdump-qemu-102-x.vma' }],
  ['POST /nodes/pve1/qemu', { vmid: 900, scsi0: 'local-lvm:0,import-from=local-lvm:vm-102-disk-0' }],
  ['POST /nodes/pve1/qemu/100/status/stop'],
  ['PUT /nodes/pve1/qemu/100/config', { description: 'not vm-102-disk-0, nor 102', name: 'x102' }],
  ['POST /nodes/pve1/stopall', { vms: '100' }],
  ['POST /nodes/pve2/qemu/101/status/stop'],
  ['PUT /nodes/pve1/time', { timezone: 'UTC' }],
  ['PUT /cluster/backup/nightly', { comment: 'x', mailto: 'a@b' }],
  ['PUT /cluster/backup/nightly', { vmid: '100', mode: 'stop' }],
  ['PUT /nodes/pve2/qemu/101/config', { hookscript: 'local:snippets/x.sh' }],
  [
    'POST /nodes/pve1/storage/local/download-url',
    { url: 'https://x/a.iso', content: 'iso', filename: 'a.iso' },
  ],
  ['POST /access/users', { userid: 'b@pve' }],
  ['POST /cluster/firewall/aliases', { name: 'a', cidr: '192.0.2.1' }],
  ['DELETE /nodes/pve1/tasks/UPID:pve1:000003A8:00050340:6B031970:vzdump:100:root@pam:'],
])('what does not touch the protected guest goes on: %s %j', async (call, params) => {
  const house = gated({ protect: ['102'] });
  const failure = await house.call(call, params);
  expect(failure?.code).not.toBe('not_allowed');
  expect(house.sent).toHaveLength(1);
});

test('pools and nodes protect what is in them', async () => {
  const { call } = gated({ protect: ['pool:shop'] });
  const inShop = await call('POST /nodes/pve1/qemu/100/status/stop');
  const byNode = await gated({ protect: ['node:pve1'] }).call('POST /nodes/pve1/qemu/100/status/stop');
  const elsewhere = await gated({ protect: ['node:pve1'] }).call('POST /nodes/pve2/qemu/101/status/stop');
  expect(inShop?.message).toMatch(
    /guest 100 \(web1\) on pve1, which is protected: MCP_PROTECT has pool:shop/,
  );
  expect(byNode?.code).toBe('not_allowed');
  expect(elsewhere).toBeUndefined();
});

test('where the cluster does not say which guests there are, nothing that could touch one is changed', async () => {
  const house = gated({ protect: ['tag:prod'] }, { failReads: true });
  expect(await house.call('POST /nodes/pve1/qemu/100/status/stop')).toMatchObject({ code: 'not_allowed' });
  expect(await house.call('POST /nodes/pve1/stopall')).toMatchObject({ code: 'not_allowed' });
  expect(await house.call('PUT /nodes/pve1/time', { timezone: 'UTC' })).toBeUndefined();
  expect(changesSent(house)).toEqual(['PUT /api2/json/nodes/pve1/time']);
});

test('a guest that the login does not see may have any tag', async () => {
  const byTag = await gated({ protect: ['tag:prod'] }).call('POST /nodes/pve1/qemu/777/status/start');
  const byId = await gated({ protect: ['100'] }).call('POST /nodes/pve1/qemu/777/status/start');
  expect(byTag).toMatchObject({ code: 'not_allowed', message: expect.stringMatching(/sees no guest 777/) });
  expect(byId?.code).not.toBe('not_allowed');
});
