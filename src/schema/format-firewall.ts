import { PROTOCOLS, SERVICES } from './etc-names.ts';
import type { Formats } from './format.ts';
import { readNetIp } from './net-ip.ts';

const ICMP_TYPES = words(`
  any echo-reply destination-unreachable network-unreachable host-unreachable protocol-unreachable port-unreachable
  fragmentation-needed source-route-failed network-unknown host-unknown network-prohibited host-prohibited
  TOS-network-unreachable TOS-host-unreachable communication-prohibited host-precedence-violation precedence-cutoff
  source-quench redirect network-redirect host-redirect TOS-network-redirect TOS-host-redirect echo-request
  router-advertisement router-solicitation time-exceeded ttl-zero-during-transit ttl-zero-during-reassembly
  parameter-problem ip-header-bad required-option-missing timestamp-request timestamp-reply address-mask-request
  address-mask-reply no-route beyond-scope address-unreachable failed-policy reject-route packet-too-big bad-header
  unknown-header-type unknown-option neighbor-solicitation neighbour-solicitation neighbor-advertisement
  neighbour-advertisement`);
const HELPERS = words('amanda ftp irc netbios-ns pptp sane sip snmp tftp');

function words(text: string): Set<string> {
  return new Set(text.trim().split(/\s+/));
}

/** The entries of a list at commas; undefined where commas stand at its end. */
function entriesOf(list: string): string[] | undefined {
  if (list === '') return [];
  return list.endsWith(',') ? undefined : list.split(',');
}

function addresses(value: string): string | undefined {
  if (/^\+\S+$/.test(value)) return value.length > 65 ? 'ipset name too long' : undefined;
  if (/^(dc\/|guest\/)?[A-Za-z][A-Za-z0-9_-]+$/.test(value)) {
    return value.length > 64 ? 'alias name too long' : undefined;
  }
  const entries = entriesOf(value);
  if (!entries) return 'extraneous commas in list';
  let version: number | undefined;
  for (const entry of entries) {
    const found = readNetIp(entry);
    if ('complaint' in found) return `invalid IP address: ${found.complaint}`;
    if (version !== undefined && version !== found.version) {
      return `detected mixed ipv4/ipv6 addresses in address list '${value}'`;
    }
    version = found.version;
  }
  return entries.length > 1 && entries.some((entry) => entry.includes('-'))
    ? "you can't use a range in a list"
    : undefined;
}

/** `icmp`: ICMP types may stand in place of ports, as old rules have them. */
function ports(value: string, icmp: boolean): string | undefined {
  const entries = entriesOf(value);
  if (!entries) return 'extraneous commas in list';
  let numbers = 0;
  let types = 0;
  for (const entry of entries) {
    const given = /^(\d+)(?::(\d+))?\n?$/
      .exec(entry)
      ?.slice(1)
      .filter((port) => port !== undefined);
    if (given) {
      numbers += given.length;
      const complaint = badPorts(given);
      if (complaint) return complaint;
    } else if (icmp && ICMP_TYPES.has(entry)) types++;
    else if (!SERVICES.has(entry)) return `invalid port '${entry}'`;
  }
  if (types > 0 && numbers > 0) return 'ICMP ports not allowed in port range';
  return numbers > 15 ? 'too many entries in port list (> 15 numbers)' : undefined;
}

function badPorts(ports: string[]): string | undefined {
  const wrong = ports.find((port) => Number(port) > 65535);
  if (wrong !== undefined) return `invalid port '${wrong}'`;
  const [from, to] = ports as [string, string | undefined];
  return to !== undefined && Number(from) > Number(to)
    ? `backwards range '${from}:${to}' not allowed, did you mean '${to}:${from}'?`
    : undefined;
}

function helpers(value: string): string | undefined {
  const entries = entriesOf(value);
  if (!entries) return 'extraneous commas in list';
  const unknown = entries.find((entry) => !HELPERS.has(entry));
  // Without a newline of its own, Perl adds where it died.
  return unknown === undefined
    ? undefined
    : `unknown helper ${unknown} at /usr/share/perl5/PVE/Firewall.pm line 1167.`;
}

/** Formats of firewall rules. */
export const firewallFormats: Formats = {
  'pve-fw-addr-spec': addresses,
  'pve-fw-sport-spec': (value) => ports(value, false),
  'pve-fw-dport-spec': (value) => ports(value, true),
  'pve-fw-protocol-spec': (value) =>
    value === '' || value === '0' || PROTOCOLS.has(value) ? undefined : `unknown protocol '${value}'`,
  'pve-fw-icmp-type-spec': (value) =>
    value === '' || ICMP_TYPES.has(value) ? undefined : `invalid icmp-type value '${value}'`,
  'pve-fw-conntrack-helper': helpers,
};
