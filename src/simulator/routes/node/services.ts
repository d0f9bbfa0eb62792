import type { Call, Routes } from '../../call.ts';
import type { Work } from '../../world/tasks.ts';
import { no, nodeOf, startTask } from '../find.ts';

interface Service {
  desc: string;
  running: boolean;
  /** systemd's word for whether it starts with the machine. */
  unit: string;
}

/** Each service with its description; those that are usually off are marked. */
const services: Record<string, Service> = Object.fromEntries(
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
    ['syslog', 'syslog.service', 'not-found'],
    ['systemd-journald', 'Journal Service', 'static'],
    ['systemd-timesyncd', 'systemd-timesyncd.service', 'not-found'],
  ].map(([name = '', desc = '', unit = 'enabled']) => [name, { desc, running: unit !== 'not-found', unit }]),
);

const essential = new Set(['pveproxy', 'pvedaemon', 'pve-cluster']);

function row(call: Call, name: string) {
  const { desc, running, unit } = services[name] as Service;
  const on = nodeOf(call).services.get(name) ?? running;
  return {
    ...{ service: name, name, desc, state: on ? 'running' : 'dead' },
    ...{ 'active-state': on ? 'active' : 'inactive', 'unit-state': unit },
  };
}

/** Every action is a task; the two that must run are not stopped, and what is not installed does not start. */
function act(action: 'start' | 'stop' | 'restart' | 'reload') {
  return (call: Call): string => {
    const name = String(call.params.service);
    const node = nodeOf(call);
    return startTask(call, node, `srv${action}`, name, function* (log): Work {
      if (action === 'stop' && essential.has(name))
        throw no(`invalid service cmd '${name} ${action}': refusing to stop essential service!`);
      if (services[name]?.unit === 'not-found') {
        log(`Failed to ${action} ${name}.service: Unit ${name}.service not found.`);
        throw no(`command 'systemctl ${action} ${name}' failed: exit code 5`);
      }
      yield 500;
      node.services.set(name, action !== 'stop');
      return undefined;
    });
  };
}

const base = '/nodes/{node}/services';

/** The services of a node. Stopping one changes what is shown and nothing else. */
export const nodeServiceRoutes: Routes = {
  [`GET ${base}`]: (call) => Object.keys(services).map((name) => row(call, name)),
  [`GET ${base}/{service}`]: () =>
    ['state', 'start', 'stop', 'restart', 'reload'].map((subdir) => ({ subdir })),
  [`GET ${base}/{service}/state`]: (call) => row(call, call.params.service),
  [`POST ${base}/{service}/start`]: act('start'),
  [`POST ${base}/{service}/stop`]: act('stop'),
  [`POST ${base}/{service}/restart`]: act('restart'),
  [`POST ${base}/{service}/reload`]: act('reload'),
};
