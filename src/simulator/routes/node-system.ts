import { type Call, parameterErrors, Reply, type Routes } from '../call.ts';
import type { Work } from '../world/tasks.ts';
import { nodeOf, startTask } from './find.ts';

type State = 'running' | 'dead';

/** Each service with its description; those that are usually off are marked. */
const services: Record<string, { desc: string; state: State; unit: string }> = Object.fromEntries(
  [
    ['chrony', 'chrony, an NTP client/server'],
    ['corosync', 'Corosync Cluster Engine'],
    ['cron', 'Regular background program processing daemon'],
    ['ksmtuned', 'Kernel Samepage Merging (KSM) Tuning Daemon'],
    ['lxcfs', 'FUSE filesystem for LXC'],
    ['postfix', 'Postfix Mail Transport Agent'],
    ['proxmox-firewall', 'Proxmox nftables firewall'],
    ['pve-cluster', 'The Proxmox VE cluster filesystem'],
    ['pve-firewall', 'Proxmox VE firewall'],
    ['pve-ha-crm', 'PVE Cluster HA Resource Manager Daemon'],
    ['pve-ha-lrm', 'PVE Local HA Resource Manager Daemon'],
    ['pve-lxc-syscalld', 'Proxmox VE LXC Syscall Daemon'],
    ['pvedaemon', 'PVE API Daemon'],
    ['pvefw-logger', 'Proxmox VE firewall logger'],
    ['pveproxy', 'PVE API Proxy Server'],
    ['pvescheduler', 'Proxmox VE scheduler'],
    ['pvestatd', 'PVE Status Daemon'],
    ['qmeventd', 'PVE Qemu Event Daemon'],
    ['spiceproxy', 'PVE SPICE Proxy Server'],
    ['sshd', 'OpenBSD Secure Shell server'],
    ['syslog', 'syslog.service', 'dead', 'not-found'],
    ['systemd-journald', 'Journal Service', 'running', 'static'],
    ['systemd-timesyncd', 'systemd-timesyncd.service', 'dead', 'not-found'],
  ].map(([name, desc, state = 'running', unit = 'enabled']) => [name, { desc, state, unit }]),
);

function serviceRow(name: string) {
  const { desc, state, unit } = services[name] as { desc: string; state: State; unit: string };
  return {
    ...{ service: name, name, desc, state },
    ...{ 'active-state': state === 'running' ? 'active' : 'inactive', 'unit-state': unit },
  };
}

function serviceOf({ params }: Call) {
  if (services[params.service]) return serviceRow(params.service);
  const known = Object.keys(services).join(', ');
  throw parameterErrors({
    service: `value '${params.service}' does not have a value in the enumeration '${known}'`,
  });
}

/** The interfaces of a node: a bridge with the address, on a bond of nothing fancy. */
function network(call: Call) {
  const node = nodeOf(call);
  return [
    {
      ...{ iface: 'eno1', type: 'eth', exists: 1, active: 1, method: 'manual', method6: 'manual' },
      ...{ families: ['inet'], priority: 3 },
    },
    {
      ...{ iface: 'vmbr0', type: 'bridge', method: 'static', method6: 'manual', active: 1, autostart: 1 },
      ...{
        address: node.ip,
        netmask: '24',
        cidr: `${node.ip}/24`,
        gateway: '192.0.2.1',
        families: ['inet'],
        priority: 4,
      },
      ...{ bridge_ports: 'eno1', bridge_stp: 'off', bridge_fd: '0' },
    },
  ];
}

const stamp = (seconds: number) => {
  const text = new Date(seconds * 1000).toUTCString();
  return `${text.slice(8, 11)} ${text.slice(5, 7)} ${text.slice(17, 25)}`;
};

/** The journal as text: the boot, then what the tasks of this node say. */
function journal(call: Call): { time: number; line: string; service: string }[] {
  const node = nodeOf(call);
  const boot = Math.floor(node.bootedAt / 1000);
  const lines = [
    { time: boot, service: 'systemd-journald', line: 'systemd-journald[712]: Journal started' },
    {
      time: boot + 9,
      service: 'pve-cluster',
      line: 'pmxcfs[1391]: [status] notice: update cluster info (cluster version = 3)',
    },
    { time: boot + 14, service: 'pvedaemon', line: 'pvedaemon[1612]: starting server' },
    { time: boot + 16, service: 'pveproxy', line: 'pveproxy[1640]: starting server' },
  ];
  for (const task of call.world.tasks.of(node.name)) {
    const who = `pvedaemon[${task.pid - 1}]: <${task.authid}>`;
    lines.push({ time: task.starttime, service: 'pvedaemon', line: `${who} starting task ${task.upid}` });
    if (task.endtime === undefined) continue;
    lines.push({
      time: task.endtime,
      service: 'pvedaemon',
      line: `${who} end task ${task.upid} ${task.exitstatus}`,
    });
  }
  return lines.sort((a, b) => a.time - b.time);
}

function syslog(call: Call): Reply {
  const { params } = call;
  const from =
    params.since === undefined ? 0 : Date.parse(`${String(params.since).replace(' ', 'T')}Z`) / 1000;
  const to =
    params.until === undefined
      ? Number.POSITIVE_INFINITY
      : Date.parse(`${String(params.until).replace(' ', 'T')}Z`) / 1000;
  const lines = journal(call)
    .filter(({ time }) => time >= from && time <= to)
    .filter(({ service }) => params.service === undefined || service === params.service)
    .map(({ time, line }) => `${stamp(time)} ${params.node} ${line}`);
  const start = params.start ?? 0;
  const page = lines.slice(start, start + (params.limit ?? 50));
  const data = page.map((t, index) => ({ n: start + index + 1, t }));
  return new Reply(data.length === 0 && start === 0 ? [{ n: 1, t: 'no content' }] : data, {
    total: lines.length,
  });
}

/** Starts or stops every guest that `onboot` (or `force`) names, one after the other. */
function startAll(call: Call): string {
  return startTask(call, nodeOf(call), 'startall', '', function* (log): Work {
    for (const guest of call.world.guestsOn(call.params.node)) {
      if (guest.running || guest.template || (!guest.config.onboot && !call.params.force)) continue;
      log(`Starting ${guest.kind === 'qemu' ? 'VM' : 'CT'} ${guest.vmid}`);
      yield 1500;
      guest.power('running', call.world.now(), nodeOf(call).nextPid());
    }
    return undefined;
  });
}

export const nodeSystemRoutes: Routes = {
  'GET /nodes/{node}/services': () => Object.keys(services).map(serviceRow),
  'GET /nodes/{node}/services/{service}/state': serviceOf,
  'GET /nodes/{node}/network': (call) =>
    network(call).filter(
      ({ type }) =>
        call.params.type === undefined || type === call.params.type || call.params.type === 'any_bridge',
    ),
  'GET /nodes/{node}/network/{iface}': (call) => {
    const found = network(call).find(({ iface }) => iface === call.params.iface);
    if (!found) throw parameterErrors({ iface: 'interface does not exist' });
    const { iface: _, ...rest } = found;
    return rest;
  },
  'GET /nodes/{node}/syslog': syslog,
  'POST /nodes/{node}/startall': startAll,
};
