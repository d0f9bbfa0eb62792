import type { TaskOwner } from '../world/tasks.ts';
import type { World } from '../world/world.ts';

const root: TaskOwner = { userid: 'root@pam', tokenid: undefined, authid: 'root@pam' };
const full: TaskOwner = { userid: 'root@pam', tokenid: 'full', authid: 'root@pam!full' };
const alice: TaskOwner = { userid: 'alice@pve', tokenid: undefined, authid: 'alice@pve' };

/** What has been going on: the night's backups, one of which failed, and what people did by day. */
export function seedDemoHistory(world: World): void {
  const past = (
    node: string,
    owner: TaskOwner,
    hoursAgo: number,
    task: { type: string; id: string; seconds: number; exitstatus?: string; log?: string[] },
  ) => {
    const at = world.nodes.get(node);
    const starttime = world.seconds() - Math.floor(hoursAgo * 3600);
    if (!at) return;
    world.tasks.record(at, owner, {
      ...{ type: task.type, id: task.id, starttime, endtime: starttime + task.seconds },
      ...{ exitstatus: task.exitstatus ?? 'OK', log: task.log ?? [] },
    });
  };
  past('pve1', root, 290, {
    type: 'qmsnapshot',
    id: '100',
    seconds: 3,
    log: ["snapshotting 'drive-scsi0' (local-lvm:vm-100-disk-0)"],
  });
  const refreshed = (node: string, hoursAgo: number, exitstatus = 'OK') =>
    past(node, root, hoursAgo, {
      ...{ type: 'aptupdate', id: '', seconds: 7, exitstatus, log: ['starting apt-get update'] },
    });
  refreshed('pve3', 9 * 24);
  // Since then its repository is the one for subscribers.
  for (const hours of [75, 51, 27])
    refreshed('pve3', hours, "command 'apt-get update' failed: exit code 100");
  refreshed('pve2', 26);
  past('pve3', root, 38, {
    type: 'vzdump',
    id: '',
    seconds: 840,
    log: ['INFO: Backup job finished successfully'],
  });
  past('pve1', root, 14.5, {
    type: 'vzdump',
    id: '',
    seconds: 912,
    exitstatus: 'job errors',
    log: failedBackup,
  });
  past('pve2', root, 14.5, {
    type: 'vzdump',
    id: '',
    seconds: 411,
    log: ['INFO: Backup job finished successfully'],
  });
  past('pve3', full, 4.1, { type: 'qmstart', id: '105', seconds: 2 });
  past('pve1', alice, 3, { type: 'vncproxy', id: '100', seconds: 340 });
  past('pve2', full, 2, {
    type: 'qmstart',
    id: '106',
    seconds: 1,
    exitstatus: 'start failed: QEMU exited with code 1',
    log: ["kvm: cannot set up guest memory 'pc.ram': Cannot allocate memory"],
  });
  past('pve1', root, 1, {
    type: 'aptupdate',
    id: '',
    seconds: 6,
    exitstatus: 'WARNINGS: 1',
    log: ['starting apt-get update'],
  });
}

const failedBackup = [
  'INFO: starting new backup job: vzdump 100 102 200 --mode snapshot --storage nas --compress zstd --quiet 1',
  'INFO: Starting Backup of VM 100 (qemu)',
  'INFO: status = running',
  'INFO: VM Name: web1',
  "INFO: include disk 'scsi0' 'local-lvm:vm-100-disk-0' 32G",
  'INFO: backup mode: snapshot',
  'INFO: archive file size: 9.11GB',
  'INFO: Finished Backup of VM 100 (00:04:11)',
  'INFO: Starting Backup of VM 102 (qemu)',
  'INFO: status = running',
  'INFO: VM Name: db1',
  "INFO: include disk 'scsi0' 'local-lvm:vm-102-disk-0' 64G",
  "INFO: include disk 'scsi1' 'local-lvm:vm-102-disk-1' 200G",
  'INFO: backup mode: snapshot',
  'INFO:  41% (108.4 GiB of 264.0 GiB) in 8m 40s, read: 212.1 MiB/s, write: 171.4 MiB/s',
  'ERROR: job failed with err -28 - No space left on device',
  'INFO: aborting backup job',
  'INFO: resuming VM again',
  'ERROR: Backup of VM 102 failed - job failed with err -28 - No space left on device',
  'INFO: Starting Backup of VM 200 (lxc)',
  'INFO: CT Name: dns',
  'INFO: archive file size: 612MB',
  'INFO: Finished Backup of VM 200 (00:00:31)',
  'INFO: Backup job finished with errors',
];
