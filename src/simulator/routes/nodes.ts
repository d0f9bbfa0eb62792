import type { Call, Routes } from '../call.ts';
import { nodeUsage } from '../world/metrics.ts';
import { sha1 } from '../world/random.ts';
import { nodeOf } from './find.ts';
import { nodeResource } from './resources.ts';
import { release, repoid, version } from './version.ts';

/** The fingerprint of a node's own certificate. */
export const nodeFingerprint = (node: string) =>
  sha1(`certificate of ${node}`).repeat(2).slice(0, 64).toUpperCase().match(/../g)?.join(':') ?? '';

/** `GET /nodes/{node}/status`; the load averages and MHz are text (recorded on PVE 9.2). */
function status(call: Call) {
  const { world } = call;
  const node = nodeOf(call);
  const { hardware } = node;
  const kernel = { sysname: 'Linux', ...node.kernel, machine: 'x86_64' };
  const used = nodeUsage(node, world.guestsOn(node.name), world.now() / 1000);
  const available = hardware.memory - used.mem;
  return {
    uptime: Math.floor((world.now() - node.bootedAt) / 1000),
    cpu: used.cpu,
    wait: used.wait,
    idle: 0,
    loadavg: [1, 0.94, 0.9].map((part) => (used.load * part).toFixed(2)),
    memory: {
      ...{ total: hardware.memory, used: used.mem, available },
      free: Math.floor(available * 0.8),
    },
    swap: { total: hardware.swap, used: 0, free: hardware.swap },
    rootfs: {
      ...{ total: hardware.rootfs, used: used.disk, free: hardware.rootfs - used.disk },
      avail: Math.floor((hardware.rootfs - used.disk) * 0.95),
    },
    cpuinfo: {
      ...{ model: hardware.model, vendor: 'AuthenticAMD', family: '25', mhz: hardware.mhz, user_hz: 100 },
      ...{
        sockets: hardware.sockets,
        cores: hardware.sockets * hardware.cores,
        cpus: hardware.cpus,
        hvm: hardware.bios ? '' : '1',
      },
      flags: 'fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat svm aes avx avx2 sha_ni',
    },
    ksm: { shared: 0 },
    'boot-info': hardware.bios ? { mode: 'legacy-bios' } : { mode: 'efi', secureboot: 0 },
    'current-kernel': kernel,
    kversion: `${kernel.sysname} ${kernel.release} ${kernel.version}`,
    pveversion: `pve-manager/${version}/${repoid}`,
  };
}

const subdirs =
  'aplinfo apt capabilities ceph certificates config disks dns execute firewall hardware hosts journal lxc migrateall netstat network qemu query-oci-repo-tags query-url-metadata replication report rrd rrddata scan sdn services spiceshell startall status stopall storage subscription suspendall syslog tasks termproxy time version vncshell vncwebsocket vzdump wakeonlan';

export const nodeRoutes: Routes = {
  'GET /nodes': ({ world, principal }) =>
    [...world.nodes.values()].map((node) => {
      const row = nodeResource(world, node, principal.may(`/nodes/${node.name}`, 'Sys.Audit'));
      return { ...row, ssl_fingerprint: node.certificate?.fingerprint ?? nodeFingerprint(node.name) };
    }),
  'GET /nodes/{node}': () => subdirs.split(' ').map((name) => ({ name })),
  'GET /nodes/{node}/status': status,
  'GET /nodes/{node}/version': () => ({ version, release, repoid }),
  'GET /nodes/{node}/time': (call) => {
    const time = call.world.seconds();
    return { time, localtime: time, timezone: nodeOf(call).timezone };
  },
  'GET /nodes/{node}/dns': (call) => ({ ...nodeOf(call).dns }),
};
