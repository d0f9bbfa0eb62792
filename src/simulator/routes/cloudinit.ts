import type { Call, Routes } from '../call.ts';
import type { Config, Guest } from '../world/guest.ts';
import { readProperties } from '../world/property-string.ts';
import { sha1 } from '../world/random.ts';
import { checkLock, guestOf, waitForLock } from './find.ts';

const words = (text: unknown) =>
  String(text ?? '')
    .split(/[,;\s]+/)
    .filter(Boolean);

/** The config as it will be after a restart: that is what the next boot is told. */
function upcoming(guest: Guest): Config {
  const config: Config = { ...guest.config };
  for (const [key, value] of guest.pending) {
    if (value === null) delete config[key];
    else config[key] = value;
  }
  return config;
}

/** The user part of a cloud-init drive, as PVE 9.2 writes it (recorded for a VM that sets nothing). */
function userData(guest: Guest, masked: boolean): string {
  const { ciuser, cipassword, sshkeys, ciupgrade, searchdomain, name = `VM${guest.vmid}` } = upcoming(guest);
  const hostname = String(name);
  const domain = words(searchdomain)[0];
  const lines = [`hostname: ${hostname.split('.')[0]}`, 'manage_etc_hosts: true'];
  lines.push(`fqdn: ${hostname.includes('.') || domain === undefined ? hostname : `${hostname}.${domain}`}`);
  if (ciuser !== undefined) lines.push(`user: ${ciuser}`);
  if (ciuser === 'root') lines.push('disable_root: False');
  if (cipassword !== undefined) lines.push(`password: ${masked ? '**********' : cipassword}`);
  if (sshkeys !== undefined) {
    const keys = decodeURIComponent(String(sshkeys)).split('\n').filter(Boolean);
    lines.push('ssh_authorized_keys:', ...keys.map((key) => `  - ${key}`));
  }
  lines.push('chpasswd:', '  expire: False');
  if (ciuser !== 'root') lines.push('users:', '  - default');
  if (ciupgrade === undefined || ciupgrade) lines.push('package_upgrade: true');
  return `#cloud-config\n${lines.map((line) => `${line}\n`).join('')}`;
}

function subnetLines({ ip, gw, ip6, gw6 }: Record<string, string>): string[] {
  const lines: string[] = [];
  if (ip === 'dhcp') lines.push('- type: dhcp4');
  else if (ip !== undefined) {
    const [address, bits = '32'] = ip.split('/');
    const mask = [0, 8, 16, 24].map((shift) => Math.min(8, Math.max(0, Number(bits) - shift)));
    const netmask = mask.map((count) => 256 - 2 ** (8 - count)).join('.');
    lines.push('- type: static', `  address: '${address}'`, `  netmask: '${netmask}'`);
    if (gw !== undefined) lines.push(`  gateway: '${gw}'`);
  }
  if (ip6 === 'dhcp') lines.push('- type: dhcp6');
  else if (ip6 === 'auto') lines.push('- type: ipv6_slaac');
  else if (ip6 !== undefined) {
    lines.push('- type: static6', `  address: '${ip6}'`);
    if (gw6 !== undefined) lines.push(`  gateway: '${gw6}'`);
  }
  return lines.map((line) => `      ${line}`);
}

function network(guest: Guest): string {
  const config = upcoming(guest);
  const lines = ['version: 1', 'config:'];
  for (const key of Object.keys(config)
    .filter((one) => /^net\d+$/.test(one))
    .sort()) {
    const number = key.slice(3);
    const ipconfig = config[`ipconfig${number}`];
    if (ipconfig === undefined) continue;
    const mac = /[0-9A-F]{2}(?::[0-9A-F]{2}){5}/i.exec(String(config[key]))?.[0].toLowerCase();
    lines.push('    - type: physical', `      name: eth${number}`, `      mac_address: '${mac}'`);
    lines.push('      subnets:', ...subnetLines(readProperties(String(ipconfig), 'ip')));
  }
  const [servers, domains] = [words(config.nameserver), words(config.searchdomain)];
  if (servers.length + domains.length > 0) lines.push('    - type: nameserver');
  if (servers.length > 0) lines.push('      address:', ...servers.map((one) => `      - '${one}'`));
  if (domains.length > 0) lines.push('      search:', ...domains.map((one) => `      - '${one}'`));
  return lines.map((line) => `${line}\n`).join('');
}

function dump(call: Call): string {
  const guest = guestOf(call, 'qemu');
  const masked = !call.principal.may(`/vms/${guest.vmid}`, 'VM.Config.Cloudinit');
  if (call.params.type === 'user') return userData(guest, masked);
  if (call.params.type === 'network') return network(guest);
  return `instance-id: ${sha1(userData(guest, false) + network(guest))}\n`;
}

const options = 'cicustom cipassword citype ciupgrade ciuser nameserver searchdomain sshkeys'.split(' ');

/** What a cloud-init drive would say now, and what a restart would change of it. */
function pending(call: Call) {
  const guest = guestOf(call, 'qemu');
  const shown = (key: string, value: unknown) => (key === 'cipassword' ? '**********' : value);
  const keys = [...new Set([...Object.keys(guest.config), ...guest.pending.keys()])];
  return keys
    .filter((key) => options.includes(key) || /^ipconfig\d+$/.test(key))
    .map((key) => {
      const [value, waiting] = [guest.config[key], guest.pending.get(key)];
      return {
        key,
        ...(value !== undefined && { value: shown(key, value) }),
        ...(waiting === null && { delete: 1 }),
        ...(waiting !== null && waiting !== undefined && { pending: shown(key, waiting) }),
      };
    });
}

const base = '/nodes/{node}/qemu/{vmid}/cloudinit';

export const cloudinitRoutes: Routes = {
  [`GET ${base}`]: pending,
  // Writes the drive anew; it is always up to date here.
  [`PUT ${base}`]: async (call) => {
    const guest = guestOf(call, 'qemu');
    await waitForLock(call.world, guest);
    checkLock(guest);
    return null;
  },
  [`GET ${base}/dump`]: dump,
};
