import type { Routes } from '../call.ts';
import { accessRoutes } from './access.ts';
import { clusterRoutes } from './cluster.ts';
import { guestConfigRoutes } from './guest-config.ts';
import { guestPowerRoutes } from './guest-power.ts';
import { guestStatusRoutes } from './guest-status.ts';
import { nodeRoutes } from './nodes.ts';
import { resourceRoutes } from './resources.ts';
import { taskRoutes } from './tasks.ts';
import { versionRoutes } from './version.ts';

/** Every endpoint that the simulator answers. What is not here is 501. */
export const routes: Routes = {
  ...versionRoutes,
  ...accessRoutes,
  ...clusterRoutes,
  ...resourceRoutes,
  ...nodeRoutes,
  ...taskRoutes,
  ...guestStatusRoutes,
  ...guestPowerRoutes,
  ...guestConfigRoutes,
};
