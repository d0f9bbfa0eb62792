import type { Routes } from '../call.ts';
import { accessRoutes } from './access.ts';
import { agentRoutes } from './agent.ts';
import { agentExecRoutes } from './agent-exec.ts';
import { backupJobRoutes } from './backup-jobs.ts';
import { backupRoutes } from './backups.ts';
import { cloneRoutes } from './clone.ts';
import { cloudinitRoutes } from './cloudinit.ts';
import { acmeRoutes } from './cluster/acme.ts';
import { bulkActionRoutes } from './cluster/bulk-action.ts';
import { clusterMembershipRoutes } from './cluster/config.ts';
import { cpuModelRoutes } from './cluster/cpu-models.ts';
import { haRoutes } from './cluster/ha.ts';
import { haRuleRoutes } from './cluster/ha-rules.ts';
import { haStatusRoutes } from './cluster/ha-status.ts';
import { clusterJobRoutes } from './cluster/jobs.ts';
import { mappingRoutes } from './cluster/mapping.ts';
import { metricServerRoutes } from './cluster/metrics.ts';
import { notificationRoutes } from './cluster/notifications.ts';
import { clusterOptionRoutes } from './cluster/options.ts';
import { replicationRoutes } from './cluster/replication.ts';
import { clusterRoutes } from './cluster.ts';
import { consoleRoutes } from './consoles.ts';
import { createRoutes } from './create.ts';
import { destroyRoutes } from './destroy.ts';
import { diskRoutes } from './disks.ts';
import { downloadRoutes } from './downloads.ts';
import { executeRoutes } from './execute.ts';
import { firewallRoutes } from './firewall/options.ts';
import { guestConfigRoutes } from './guest-config.ts';
import { guestIndexRoutes } from './guest-index.ts';
import { guestPowerRoutes } from './guest-power.ts';
import { guestStatusRoutes } from './guest-status.ts';
import { guestUpdateRoutes } from './guest-update.ts';
import { migrateRoutes } from './migrate.ts';
import { nodeBulkRoutes } from './node/bulk.ts';
import { nodeCapabilityRoutes } from './node/capabilities.ts';
import { cephRoutes } from './node/ceph.ts';
import { certificateRoutes } from './node/certificates.ts';
import { nodeDiskRoutes } from './node/disks.ts';
import { nodeHardwareRoutes } from './node/hardware.ts';
import { nodeJournalRoutes } from './node/journal.ts';
import { migrateAllRoutes } from './node/migrate-all.ts';
import { nodeNetworkRoutes } from './node/network.ts';
import { nodeServiceRoutes } from './node/services.ts';
import { nodeSettingRoutes } from './node/settings.ts';
import { nodeSoftwareRoutes } from './node/software.ts';
import { nodeRoutes } from './nodes.ts';
import { poolRoutes } from './pools.ts';
import { pruneBackupRoutes } from './prune-backups.ts';
import { qemuMonitorRoutes } from './qemu-monitor.ts';
import { resourceRoutes } from './resources.ts';
import { rootRoutes } from './root.ts';
import { rrddataRoutes } from './rrddata.ts';
import { sdnRoutes } from './sdn/sdn.ts';
import { snapshotRoutes } from './snapshots.ts';
import { spiceRoutes } from './spice.ts';
import { storageConfigRoutes } from './storage-config.ts';
import { storageContentRoutes } from './storage-content.ts';
import { storageExtraRoutes } from './storage-extra.ts';
import { taskRoutes } from './tasks.ts';
import { uploadRoutes } from './upload.ts';
import { versionRoutes } from './version.ts';

const single: Routes = {
  ...accessRoutes,
  ...agentRoutes,
  ...agentExecRoutes,
  ...backupJobRoutes,
  ...backupRoutes,
  ...cloneRoutes,
  ...cloudinitRoutes,
  ...clusterRoutes,
  ...acmeRoutes,
  ...bulkActionRoutes,
  ...clusterMembershipRoutes,
  ...cpuModelRoutes,
  ...mappingRoutes,
  ...metricServerRoutes,
  ...notificationRoutes,
  ...replicationRoutes,
  ...clusterJobRoutes,
  ...clusterOptionRoutes,
  ...haRoutes,
  ...haRuleRoutes,
  ...haStatusRoutes,
  ...consoleRoutes,
  ...createRoutes,
  ...destroyRoutes,
  ...diskRoutes,
  ...downloadRoutes,
  ...firewallRoutes,
  ...guestConfigRoutes,
  ...guestIndexRoutes,
  ...guestPowerRoutes,
  ...guestStatusRoutes,
  ...guestUpdateRoutes,
  ...migrateRoutes,
  ...nodeBulkRoutes,
  ...migrateAllRoutes,
  ...nodeCapabilityRoutes,
  ...cephRoutes,
  ...certificateRoutes,
  ...nodeDiskRoutes,
  ...nodeHardwareRoutes,
  ...nodeJournalRoutes,
  ...nodeNetworkRoutes,
  ...nodeServiceRoutes,
  ...nodeSettingRoutes,
  ...nodeSoftwareRoutes,
  ...nodeRoutes,
  ...poolRoutes,
  ...resourceRoutes,
  ...pruneBackupRoutes,
  ...qemuMonitorRoutes,
  ...rootRoutes,
  ...rrddataRoutes,
  ...sdnRoutes,
  ...snapshotRoutes,
  ...storageConfigRoutes,
  ...storageContentRoutes,
  ...spiceRoutes,
  ...storageExtraRoutes,
  ...taskRoutes,
  ...uploadRoutes,
  ...versionRoutes,
};

/** Every endpoint that the simulator answers. What is not here is 501. */
export const routes: Routes = { ...single, ...executeRoutes(single) };
