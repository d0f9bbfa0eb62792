import { isIPv4, isIPv6 } from 'node:net';
import { type FormatCheck, type Formats, pattern } from './format.ts';
import { readCleanedNetIp } from './net-ip.ts';

const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const DNS_NAME = new RegExp(`^(?:${LABEL}\\.)*${LABEL}\\n?$`);
const IFACE = /^[a-z][a-z0-9_]{1,20}(?:[:.]\d+)?\n?$/i;
const HOST = /^[\p{L}\p{N}\-.]+$/u;
/** Perl's `\w`. */
const WORD = '\\p{L}\\p{M}\\p{N}\\p{Pc}';
const MAIL_USER = `[${WORD}+~\\-]+(?:\\.[${WORD}+~\\-]+)*`;
const MAIL = `${MAIL_USER}@[a-zA-Z0-9\\-]+(?:\\.[a-zA-Z0-9\\-]+)*`;

/** Whether a text is an IPv6 address as PVE sees it: without a zone such as `%eth0`. */
function isPlainIPv6(text: string): boolean {
  return isIPv6(text) && !text.includes('%');
}

/** An address or a DNS name. Perl takes the name `0` for nothing. */
function isHost(text: string): boolean {
  return isIp(text) || (text !== '0' && DNS_NAME.test(text));
}

function isIp(text: string): boolean {
  return isIPv4(text) || isPlainIPv6(text);
}

/** A network with a prefix of 8 bits or more, which is all that PVE takes there. */
function isCidr(text: string, isAddress: (text: string) => boolean, maximum: number): boolean {
  const found = /^([^/]+)\/(\d+)$/.exec(text);
  if (!found || !isAddress(found[1] as string)) return false;
  const length = Number(found[2]);
  return length > 7 && length <= maximum;
}

const isCidr4 = (text: string) => isCidr(text, isIPv4, 32);
const isCidr6 = (text: string) => isCidr(text, isPlainIPv6, 128);

function holds(test: (text: string) => boolean, complaint: string): FormatCheck {
  return (value) => (test(value) ? undefined : complaint);
}

function isNetmask(text: string): boolean {
  if (!isIPv4(text)) return false;
  const bits = text
    .split('.')
    .map((quad) => Number(quad).toString(2).padStart(8, '0'))
    .join('');
  return /^1*0*$/.test(bits);
}

function vlan(value: string): string | undefined {
  const found = /^(\d+)(?:-(\d+))?\n?$/.exec(value);
  if (!found) return `invalid VLAN configuration '${value}'`;
  const tags = [found[1], found[2]].filter((tag) => tag !== undefined && tag !== '0') as string[];
  const wrong = found[1] === '0' ? '0' : tags.find((tag) => Number(tag) < 2 || Number(tag) > 4094);
  if (wrong !== undefined) return `invalid VLAN tag '${wrong}'`;
  const [start, end] = tags.map(Number) as [number, number | undefined];
  return end !== undefined && start >= end
    ? `VLAN range must go from lower to higher tag '${value}'`
    : undefined;
}

/** `zone-10.0.0.0-8`, or the network itself. */
function subnetNetwork(id: string): string {
  return id.includes('/') ? id : id.split('-').slice(1, 3).join('/');
}

function ipOrCidr(value: string): string | undefined {
  if (!isIp(value.replace(/\/\d+$/, '')))
    return 'value does not look like a valid IP address or CIDR network';
  const found = readCleanedNetIp(value);
  return 'complaint' in found ? found.complaint : undefined;
}

const ip = holds(isIp, 'value does not look like a valid IP address');

/** A link-local address may name its interface here. */
function ipWithInterface(value: string): string | undefined {
  const found = /^(fe80:[^%]+)%(.*)$/.exec(value);
  return found && isIp(found[1] as string) && IFACE.test(found[2] as string) ? undefined : ip(value);
}

/** Formats of addresses, networks and names on the network. */
export const networkFormats: Formats = {
  ip,
  ipv4: holds(isIPv4, 'value does not look like a valid IPv4 address'),
  ipv6: holds(isPlainIPv6, 'value does not look like a valid IPv6 address'),
  ipv4mask: holds(isNetmask, 'value does not look like a valid IP netmask'),
  CIDR: holds((text) => isCidr4(text) || isCidr6(text), 'value does not look like a valid CIDR network'),
  'pve-sdn-subnet-id': holds(
    (text) => isCidr4(subnetNetwork(text)) || isCidr6(subnetNetwork(text)),
    'value does not look like a valid CIDR network',
  ),
  CIDRv4: holds(isCidr4, 'value does not look like a valid IPv4 CIDR network'),
  CIDRv6: holds(isCidr6, 'value does not look like a valid IPv6 CIDR network'),
  IPorCIDR: ipOrCidr,
  IPorCIDRorAlias: (value) =>
    /^(dc\/|guest\/)?[A-Za-z][A-Za-z0-9_-]+$/.test(value) ? undefined : ipOrCidr(value),
  address: (value) => (isHost(value) ? undefined : `value does not look like a valid address: ${value}`),
  'dns-name': pattern(DNS_NAME, 'value does not look like a valid DNS name'),
  'graphite-path': pattern(DNS_NAME, 'value does not look like a valid graphite path'),
  'mac-addr': pattern(
    /^[a-f0-9][02468ace](?::[a-f0-9]{2}){5}\n?$/i,
    'value does not look like a valid unicast MAC address',
  ),
  'mac-prefix': pattern(
    /^[a-f0-9][02468ace](?::[a-f0-9]{2}){0,2}(?::[a-f0-9]?)?\n?$/i,
    'value is not a valid unicast MAC address prefix',
  ),
  'pve-iface': pattern(IFACE, "invalid network interface name '$&'"),
  'pve-bridge-id': pattern(new RegExp(`^[-.${WORD}]+\\n?$`, 'u'), "invalid bridge ID '$&'"),
  'pve-vlan-id-or-range': vlan,
  'pve-ipv4-config': holds(
    (text) => /^(dhcp|manual)$/.test(text) || isCidr4(text),
    'value does not look like a valid ipv4 network configuration',
  ),
  'pve-ipv6-config': holds(
    (text) => /^(auto|dhcp|manual)$/.test(text) || isCidr6(text),
    'value does not look like a valid ipv6 network configuration',
  ),
  'lxc-ip-with-ll-iface': ipWithInterface,
  'pve-storage-server': holds(isHost, 'value does not look like a valid server name or IP address'),
  'pve-storage-portal-dns': holds(isHostAndPort, 'value does not look like a valid portal address'),
  email: pattern(new RegExp(`^${MAIL}\\n?$`, 'u'), 'value does not look like a valid email address'),
  'email-or-username': pattern(
    new RegExp(`^(?:${MAIL}|${MAIL_USER})\\n?$`, 'u'),
    'value does not look like a valid email address or user name',
  ),
};

function isHostAndPort(text: string): boolean {
  const bracketed = /^\[(.*)\](?::\d+)?\n?$/.exec(text)?.[1];
  if (bracketed !== undefined) return isIp(bracketed) || HOST.test(bracketed);
  const mayBe = [text.replace(/:\d+\n?$/, ''), text.replace(/\.\d+\n?$/, ''), text];
  return HOST.test(mayBe[0] as string) || mayBe.some(isPlainIPv6);
}
