import { SimNode } from '../../src/simulator/world/node.ts';
import type { Lab } from './lab.ts';
import type { Preparations } from './prepare-guests.ts';

const DOWNLOAD = 'UPID:pve:0000053C:00055B55:6B031A52:download:dl.iso:root@pam!lab:';

/** A node that is known and does not answer. */
function addSilentNode({ world }: Lab): void {
  const [first] = world.nodes.values();
  if (!first) return;
  const { hardware, bootedAt } = first;
  const node = new SimNode({ name: 'pve2', nodeid: 2, ip: '198.51.100.99', hardware, bootedAt });
  node.online = false;
  world.nodes.set('pve2', node);
}

/** Everything that is not the life of a guest. */
export const otherPreparations: Preparations = {
  acl_list: (lab) => lab.do('PUT /access/acl', { path: '/vms/100', users: 'alice@pve', roles: 'PVEVMUser' }),
  query_url_metadata: async (lab) => {
    const owner = { userid: 'root@pam', tokenid: 'lab', authid: 'root@pam!lab' };
    const node = lab.world.nodes.get('pve') as SimNode;
    const time = lab.world.seconds();
    const why = 'download failed: Connecting to 127.0.0.1:1... failed: Connection refused.';
    const upid = lab.world.tasks.record(node, owner, {
      ...{ type: 'download', id: 'dl.iso', starttime: time, endtime: time, exitstatus: why },
      log: [
        'downloading http://127.0.0.1:1/x.iso to /var/lib/vz/template/iso/dl.iso',
        '--2026-11-22 16:37:38--  http://127.0.0.1:1/x.iso',
      ],
    });
    lab.upids.set(DOWNLOAD, upid);
  },
  cluster_resources: async (lab) => {
    await lab.do('POST /pools', { poolid: 'prod', comment: 'prod pool' });
    await lab.do('PUT /pools/prod', { vms: 105 });
    lab.clock.advance(10_000);
  },
  fw_rules: (lab) =>
    lab.do('POST /cluster/firewall/rules', {
      ...{ type: 'in', action: 'ACCEPT', proto: 'tcp', dport: 22, comment: 'ssh', enable: 1 },
    }),
  fw_ipset_get: (lab) => lab.do('POST /cluster/firewall/ipset/set1', { cidr: '10.0.0.0/8' }),
  users_list: async (lab) => {
    await lab.do('POST /access/groups', { groupid: 'ops' });
    await lab.do('PUT /access/users/alice@pve', { groups: 'ops', comment: 'ä ü €' });
  },
  role_get: (lab) => lab.do('POST /access/roles', { roleid: 'Op', privs: 'VM.Audit,VM.PowerMgmt' }),
  task_stopped_status: (lab) => {
    const running = lab.world.tasks.of('pve').find(({ exitstatus }) => exitstatus === undefined);
    return lab.do(`DELETE /nodes/pve/tasks/${running?.upid}`);
  },
  backupjob_get: (lab) =>
    lab.do('POST /cluster/backup', {
      ...{ id: 'job1', schedule: 'daily', storage: 'local', vmid: '100,101', enabled: 0 },
    }),
  cluster_resources_with_ct: async (lab) => {
    await lab.do('PUT /pools/prod', { vms: '100,101' });
    lab.clock.advance(10_000);
  },
  proxy_node_unreachable_595: addSilentNode,
  pvedaemon_hung_protected_call: ({ world }) => {
    world.nodes.delete('pve2');
    world.outage = 'pvedaemon hangs';
  },
  pmxcfs_down_config: ({ world }) => {
    world.outage = 'pmxcfs';
  },
  // Some were taken again later, when all was well again.
  lxc_config: ({ world }) => {
    world.outage = undefined;
  },
  perm_token_agent_exec: async (lab) => {
    const role = { tokens: 'root@pam!priv', roles: 'PVEVMAdmin' };
    await lab.do('PUT /access/acl', { ...role, path: '/vms/100' });
    await lab.do('PUT /access/acl', { ...role, path: '/pool/prod' });
  },
  token_regenerate: async (lab) => {
    await lab.do('PUT /access/users/alice@pve', { enable: 1 });
    await lab.do('PUT /access/users/alice@pve/token/old', { expire: 0, comment: 'x' });
  },
};
