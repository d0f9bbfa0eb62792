import { isIPv6 } from 'node:net';

/** An address, network or range that Perl's Net::IP can read, or its words for why it cannot. */
export type NetIp = { version: 4 | 6 } | { complaint: string };

/**
 * Reads `10.0.0.0/8`, `10.0.0.1-10.0.0.9`, `fd00::1` or a short `10.1` as Net::IP does, whose texts PVE's firewall hands
 * on ("Invalid quad in IP address 300.1.1.1 - 300" was recorded on PVE 9.2).
 */
export function readNetIp(text: string): NetIp {
  const prefix = /^(\S+?)\/(\S+)$/.exec(text);
  if (prefix) return readPrefix(prefix[1] as string, prefix[2] as string);
  const range = /^(.+?)\s*-\s*(.+)$/.exec(text);
  if (!range) return versionOf(text);
  const begin = versionOf(range[1] as string);
  if ('complaint' in begin) return begin;
  const end = versionOf(range[2] as string);
  if ('complaint' in end || end.version !== begin.version) {
    return { complaint: `Not a valid IPv${begin.version} address ${range[2]}` };
  }
  const [low, high] = [toBits(range[1] as string, begin.version), toBits(range[2] as string, end.version)];
  if (low <= high) return begin;
  const [first, last] = [fullQuads(range[1] as string), fullQuads(range[2] as string)];
  return { complaint: `Begin address is greater than End address ${first} - ${last}` };
}

function readPrefix(address: string, lengthText: string): NetIp {
  const found = versionOf(address);
  if ('complaint' in found || !/^\d+$/.test(lengthText)) return found;
  const bits = toBits(address, found.version);
  const length = Number(lengthText);
  if (length > bits.length) {
    return { complaint: `Prefix length ${lengthText} is longer than IP address (${bits.length})` };
  }
  if (bits.slice(length).includes('1')) return { complaint: `Invalid prefix ${bits}/${lengthText}` };
  return found;
}

/** The same network with the bits after its prefix cleared, which is what lets `192.168.1.155/24` pass. */
export function readCleanedNetIp(text: string): NetIp {
  const [address, length] = text.split('/') as [string, string | undefined];
  const found = versionOf(address);
  if ('complaint' in found || !length || Number(length) === 0) return readNetIp(text);
  const size = found.version === 4 ? 32 : 128;
  return Number(length) > size
    ? { complaint: `Prefix length ${length} is longer than IP address (${size})` }
    : found;
}

function versionOf(text: string): NetIp {
  if (text.includes(':')) {
    return isIPv6(text) && !text.includes('%') ? { version: 6 } : { complaint: ipv6Complaint(text) };
  }
  const complaint = ipv4Complaint(text);
  return complaint === undefined ? { version: 4 } : { complaint };
}

function ipv4Complaint(text: string): string | undefined {
  if (!/^[\d.]+\n?$/.test(text)) return `Invalid chars in IP ${text}`;
  if (text.startsWith('.')) return `Invalid IP ${text} - starts with a dot`;
  if (text.endsWith('.')) return `Invalid IP ${text} - ends with a dot`;
  const quads = text.split('.');
  if (quads.length > 4) return `Invalid IP address ${text}`;
  if (quads.includes('')) return `Empty quad in IP address ${text}`;
  const wrong = quads.find((quad) => Number(quad) > 255);
  if (wrong !== undefined) return `Invalid quad in IP address ${text} - ${wrong}`;
  return quads.some((quad) => quad.length > 3) ? `Not a valid IPv4 address ${text}` : undefined;
}

function ipv6Complaint(text: string): string {
  const groups = text.split(':');
  const isLast = (at: number) => at === groups.length - 1;
  const odd = groups.some(
    (group, at) =>
      group !== '' && !/^[a-f\d]{1,4}$/i.test(group) && !(isLast(at) && ipv4Complaint(group) === undefined),
  );
  if (odd || groups.length > 8) return `Invalid IP address ${text}`;
  if (/^:[^:]/.test(text)) return `Invalid address ${text} (starts with :)`;
  if (/[^:]:$/.test(text)) return `Invalid address ${text} (ends with :)`;
  if (text.includes(':::') || text.split('::').length > 2)
    return `Invalid address ${text} (More than one :: pattern)`;
  return `Invalid number of octets ${text}`;
}

/** The address in zeros and ones; for one that `versionOf` has passed. */
function toBits(address: string, version: 4 | 6): string {
  if (version === 4) {
    const quads = fullQuads(address).split('.');
    return quads.map((quad) => Number(quad).toString(2).padStart(8, '0')).join('');
  }
  const [head, tail] = address.replace(/[\d.]+\.[\d.]+$/, ipv4AsGroups).split('::') as [
    string,
    string | undefined,
  ];
  const before = head === '' ? [] : head.split(':');
  const after = tail ? tail.split(':') : [];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  const groups = tail === undefined ? before : [...before, ...zeros, ...after];
  return groups.map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0')).join('');
}

/** A short `10.1` with the zeros that it leaves out; an IPv6 address as it is. */
function fullQuads(address: string): string {
  if (address.includes(':')) return address;
  return [...address.split('.'), '0', '0', '0'].slice(0, 4).join('.');
}

function ipv4AsGroups(address: string): string {
  const [a, b, c, d] = address.split('.').map(Number) as [number, number, number, number];
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}
