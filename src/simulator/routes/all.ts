import type { Routes } from '../call.ts';
import { accessRoutes } from './access.ts';
import { agentRoutes } from './agent.ts';
import { agentExecRoutes } from './agent-exec.ts';
import { backupRoutes } from './backups.ts';
import { cloneRoutes } from './clone.ts';
import { clusterRoutes } from './cluster.ts';
import { clusterConfigRoutes } from './cluster-config.ts';
import { createRoutes } from './create.ts';
import { destroyRoutes } from './destroy.ts';
import { diskRoutes } from './disks.ts';
import { downloadRoutes } from './downloads.ts';
import { firewallRoutes } from './firewall/options.ts';
import { guestConfigRoutes } from './guest-config.ts';
import { guestPowerRoutes } from './guest-power.ts';
import { guestStatusRoutes } from './guest-status.ts';
import { guestUpdateRoutes } from './guest-update.ts';
import { migrateRoutes } from './migrate.ts';
import { nodeSystemRoutes } from './node-system.ts';
import { nodeRoutes } from './nodes.ts';
import { poolRoutes } from './pools.ts';
import { resourceRoutes } from './resources.ts';
import { rrddataRoutes } from './rrddata.ts';
import { snapshotRoutes } from './snapshots.ts';
import { storageConfigRoutes } from './storage-config.ts';
import { storageContentRoutes } from './storage-content.ts';
import { taskRoutes } from './tasks.ts';
import { uploadRoutes } from './upload.ts';
import { versionRoutes } from './version.ts';

/** Every endpoint that the simulator answers. What is not here is 501. */
export const routes: Routes = {
  ...accessRoutes,
  ...agentRoutes,
  ...agentExecRoutes,
  ...backupRoutes,
  ...cloneRoutes,
  ...clusterRoutes,
  ...clusterConfigRoutes,
  ...createRoutes,
  ...destroyRoutes,
  ...diskRoutes,
  ...downloadRoutes,
  ...firewallRoutes,
  ...guestConfigRoutes,
  ...guestPowerRoutes,
  ...guestStatusRoutes,
  ...guestUpdateRoutes,
  ...migrateRoutes,
  ...nodeSystemRoutes,
  ...nodeRoutes,
  ...poolRoutes,
  ...resourceRoutes,
  ...rrddataRoutes,
  ...snapshotRoutes,
  ...storageConfigRoutes,
  ...storageContentRoutes,
  ...taskRoutes,
  ...uploadRoutes,
  ...versionRoutes,
};
