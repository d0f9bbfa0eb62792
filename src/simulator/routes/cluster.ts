import { type Call, parameterErrors, type Routes } from '../call.ts';
import { no } from './find.ts';

const subdirs =
  'acme backup backup-info bulk-action ceph config firewall ha jobs log mapping metrics nextid notifications options qemu replication resources sdn status tasks';

/** `GET /cluster/status`: the cluster itself, then its nodes; a lone node has no cluster line. */
function status({ world }: Call) {
  const nodes = [...world.nodes.values()];
  const answering = nodes.find((node) => node.online);
  const rows = nodes.map((node) => ({
    ...{ id: `node/${node.name}`, type: 'node', name: node.name, ip: node.ip, level: '' },
    nodeid: world.clusterName === undefined ? 0 : node.nodeid,
    local: node === answering ? 1 : 0,
    online: node.online ? 1 : 0,
  }));
  if (world.clusterName === undefined) return rows;
  const cluster = {
    ...{ id: 'cluster', type: 'cluster', name: world.clusterName },
    ...{ nodes: nodes.length, quorate: world.quorate ? 1 : 0, version: nodes.length },
  };
  return [cluster, ...rows];
}

/** `GET /cluster/nextid`: the lowest free VMID, as text (recorded on PVE 9.2). It reserves nothing. */
function nextid({ world, params }: Call): string {
  if (params.vmid !== undefined) {
    if (!world.guests.has(params.vmid)) return String(params.vmid);
    throw parameterErrors({ vmid: `VM ${params.vmid} already exists` });
  }
  for (let vmid = 100; vmid < 1_000_000; vmid++) if (!world.guests.has(vmid)) return String(vmid);
  throw no('unable to get any free VMID in range [100, 1000000]');
}

/** `GET /cluster/log`: who started which task and how it ended, newest first. */
function log({ world, params, principal }: Call) {
  const all = principal.may('/', 'Sys.Syslog');
  const entries = [...world.nodes.keys()].flatMap((node) =>
    world.tasks.of(node).flatMap((task) => {
      if (!all && task.authid !== principal.authid) return [];
      const base = { node, user: task.authid, tag: 'pvedaemon', pid: task.pid - 1 };
      const begun = { ...base, time: task.starttime, pri: 6, msg: `starting task ${task.upid}` };
      if (task.exitstatus === undefined) return [begun];
      const pri = task.exitstatus === 'OK' ? 6 : 3;
      return [
        begun,
        { ...base, time: task.endtime as number, pri, msg: `end task ${task.upid} ${task.exitstatus}` },
      ];
    }),
  );
  return entries
    .sort((a, b) => a.time - b.time)
    .map((entry, index) => ({ ...entry, uid: String(index + 1), id: `${index + 1}:${entry.node}` }))
    .reverse()
    .slice(0, params.max ?? 50);
}

export const clusterRoutes: Routes = {
  'GET /cluster': () => subdirs.split(' ').map((name) => ({ name })),
  'GET /cluster/status': status,
  'GET /cluster/nextid': nextid,
  'GET /cluster/log': log,
};
