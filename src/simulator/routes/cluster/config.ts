import { ApiError, type Call, type Routes } from '../../call.ts';
import { sha1 } from '../../world/random.ts';
import { no } from '../find.ts';

const base = '/cluster/config';

/** The members as corosync knows them; a lone node has no such file, and so none. */
function members({ world }: Call) {
  if (world.clusterName === undefined) return [];
  return [...world.nodes.values()].map(({ name, nodeid, ip }) => ({
    ...{ node: name, name, nodeid: String(nodeid), ring0_addr: ip, quorum_votes: '1' },
  }));
}

const totem = ({ world }: Call) =>
  world.clusterName === undefined
    ? {}
    : {
        ...{
          cluster_name: world.clusterName,
          config_version: String(world.nodes.size),
          ip_version: 'ipv4-6',
        },
        ...{ interface: { '0': { linknumber: '0' } }, link_mode: 'passive', secauth: 'on', version: '2' },
      };

function joinInfo(call: Call) {
  const { world, params } = call;
  if (world.clusterName === undefined)
    throw new ApiError(424, 'node is not in a cluster, no join info available!');
  const [first] = world.nodes.keys();
  const preferred = params.node ?? first;
  if (!world.nodes.has(preferred)) throw no(`unknown node '${preferred}'`);
  const nodelist = members(call).map((node) => ({
    ...{ ...node, pve_addr: node.ring0_addr },
    pve_fp: sha1(`certificate of ${node.name}`).repeat(2).slice(0, 64).toUpperCase().match(/../g)?.join(':'),
  }));
  return {
    ...{ nodelist, preferred_node: preferred, totem: totem(call) },
    config_digest: sha1(JSON.stringify(nodelist)),
  };
}

/** What corosync holds together. Nodes neither join nor leave here. */
export const clusterMembershipRoutes: Routes = {
  [`GET ${base}`]: () => ['nodes', 'totem', 'join', 'qdevice', 'apiversion'].map((name) => ({ name })),
  [`GET ${base}/apiversion`]: () => 1,
  [`GET ${base}/nodes`]: members,
  [`GET ${base}/totem`]: totem,
  [`GET ${base}/qdevice`]: () => ({}),
  [`GET ${base}/join`]: joinInfo,
  [`POST ${base}`]: ({ world }) => {
    if (world.clusterName !== undefined) throw no("cluster config '/etc/pve/corosync.conf' already exists");
    throw new ApiError(501, "Method 'POST /cluster/config' not implemented");
  },
  [`DELETE ${base}/nodes/{node}`]: ({ world, params }) => {
    const [first] = world.nodes.keys();
    if (params.node === first) throw no('Cannot delete myself from cluster!');
    if (!world.nodes.has(params.node))
      throw no(`Node/IP: ${params.node} is not a known host of the cluster.`);
    throw new ApiError(501, `Method 'DELETE /cluster/config/nodes/${params.node}' not implemented`);
  },
};
