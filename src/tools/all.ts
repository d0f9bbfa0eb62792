import { guestFiles } from './agent/guest-files.ts';
import { runInGuest } from './agent/run-in-guest.ts';
import { apiDescribe } from './api/api-describe.ts';
import { apiSearch } from './api/api-search.ts';
import { proxmoxApiCall } from './api/proxmox-api-call.ts';
import { backupGuest } from './backups/backup-guest.ts';
import { backupReport } from './backups/backup-report.ts';
import { restoreBackup } from './backups/restore-backup.ts';
import { clusterHealth } from './cluster/cluster-health.ts';
import { explainSlow } from './cluster/explain-slow.ts';
import { getClusterResources } from './cluster/get-cluster-resources.ts';
import { getMetrics } from './cluster/get-metrics.ts';
import { listNodes } from './cluster/list-nodes.ts';
import { topConsumers } from './cluster/top-consumers.ts';
import { cloneGuest } from './create/clone-guest.ts';
import { createContainer } from './create/create-container.ts';
import { createVm } from './create/create-vm.ts';
import { fetchImage } from './create/fetch-image.ts';
import { configureGuest } from './guests/configure-guest.ts';
import { deleteGuest } from './guests/delete-guest.ts';
import { getGuest } from './guests/get-guest.ts';
import { migrateGuest } from './guests/migrate-guest.ts';
import { powerGuest } from './guests/power-guest.ts';
import { stopGuest } from './guests/stop-guest.ts';
import { accessReport } from './reports/access-report.ts';
import { diskReport } from './reports/disk-report.ts';
import { firewallReport } from './reports/firewall-report.ts';
import { storageReport } from './reports/storage-report.ts';
import { updatesReport } from './reports/updates-report.ts';
import { deleteSnapshot } from './snapshots/delete-snapshot.ts';
import { rollbackGuest } from './snapshots/rollback-guest.ts';
import { snapshotGuest } from './snapshots/snapshot-guest.ts';
import { getLogs } from './tasks/get-logs.ts';
import { getTask } from './tasks/get-task.ts';
import { listTasks } from './tasks/list-tasks.ts';
import type { Tool } from './tool.ts';

/** Every tool, in the order in which clients see them. */
export const tools: readonly Tool[] = [
  clusterHealth,
  listNodes,
  getClusterResources,
  topConsumers,
  explainSlow,
  getMetrics,
  getGuest,
  powerGuest,
  configureGuest,
  migrateGuest,
  stopGuest,
  deleteGuest,
  snapshotGuest,
  rollbackGuest,
  deleteSnapshot,
  createVm,
  createContainer,
  cloneGuest,
  fetchImage,
  backupReport,
  backupGuest,
  restoreBackup,
  listTasks,
  getTask,
  getLogs,
  diskReport,
  storageReport,
  accessReport,
  firewallReport,
  runInGuest,
  guestFiles,
  updatesReport,
  apiSearch,
  apiDescribe,
  proxmoxApiCall,
];
