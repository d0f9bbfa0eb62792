import type { Call, Routes } from '../../call.ts';
import { uuidOf } from '../../world/random.ts';
import type { Work } from '../../world/tasks.ts';
import { no, startTask } from '../find.ts';
import { saying } from '../section-config.ts';
import { sdnHelperRoutes } from './helpers.ts';
import { nodeNetworkViewRoutes } from './node-networks.ts';
import { checkLockToken } from './objects.ts';
import { subnetRoutes } from './subnets.ts';
import { vnetRoutes } from './vnets.ts';
import { zoneRoutes } from './zones.ts';

/** `PUT /cluster/sdn`: makes what is configured the running network, node by node. */
function apply(call: Call): string {
  const { world, params } = call;
  saying('could not commit SDN config', () => {
    checkLockToken(call, 291);
    world.sdn.apply();
    if (params['lock-token'] !== undefined && params['release-lock'] !== 0) world.sdn.lockToken = undefined;
  });
  const [first] = world.nodes.values();
  if (!first) throw no('no nodes');
  return startTask(call, first, 'reloadnetworkall', '', function* (log): Work {
    for (const { name, online } of world.nodes.values()) {
      if (!online) continue;
      log(`${name}: reloading network config`);
      yield 500;
    }
    return undefined;
  });
}

function lock(call: Call): string {
  const { world, params } = call;
  return saying('could not acquire lock for SDN config', () => {
    checkLockToken(call, 291);
    const where = 'at /usr/share/perl5/PVE/API2/Network/SDN.pm line 149.';
    if (!params['allow-pending'] && world.sdn.hasPending)
      throw no(`configuration has pending changes ${where}`);
    world.sdn.lockToken = uuidOf(`sdn lock ${world.now()}`);
    return world.sdn.lockToken;
  });
}

/** Software-defined networks. They are kept and applied; no packet travels on them. */
export const sdnRoutes: Routes = {
  ...zoneRoutes,
  ...vnetRoutes,
  ...subnetRoutes,
  ...sdnHelperRoutes,
  ...nodeNetworkViewRoutes,
  'GET /cluster/sdn': () =>
    ['vnets', 'zones', 'controllers', 'ipams', 'dns', 'fabrics'].map((id) => ({ id })),
  'PUT /cluster/sdn': apply,
  'POST /cluster/sdn/lock': lock,
  'DELETE /cluster/sdn/lock': (call) => {
    const release = () => {
      if (!call.params.force) checkLockToken(call, 291);
      call.world.sdn.lockToken = undefined;
      return null;
    };
    return call.params.force ? release() : saying('could not release lock', release);
  },
  'POST /cluster/sdn/rollback': (call) =>
    saying('could not rollback SDN configuration', () => {
      checkLockToken(call, 291);
      call.world.sdn.rollback();
      return null;
    }),
};
