import { describe, expect, test } from 'vitest';
import { formatNamed } from './formats.ts';
import { pveCatalog } from './pve-catalog.ts';
import { validate } from './validate.ts';

/** What PVE answers for a value of a format, without its first words and the last newline. */
function refusal(format: string, value: string): string | undefined {
  const parameters = { x: { type: 'string', format } };
  const { errors } = validate({ ...pveCatalog().methods[0], parameters } as never, { x: value });
  return errors?.x?.replace(/^invalid format - /, '').replace(/\n$/, '');
}

const PASS: [string, string[]][] = [
  ['pve-vmid', ['100', '999999999']],
  ['pve-node', ['pve', 'pve-1', '1']],
  ['pve-configid', ['before', 'a1', 'A_b-c']],
  ['pve-storage-id', ['local', 'local-lvm', 'a.b_c-d']],
  ['pve-userid', ['root@pam', 'x@y.z-1']],
  ['pve-realm', ['pam', 'my-realm.local']],
  ['pve-poolid', ['web', 'a/b/c']],
  ['pve-tokenid-list', ['root@pam!lab', 'root@pam!lab;alice@pve!x1']],
  ['pve-vmid-list', ['', '100', '100,101', '100;101 102', '100\u0000101']],
  ['dns-name', ['web1', 'web-1.example.com', '1']],
  ['ip', ['10.0.0.1', '::', 'fd00::1', '::ffff:10.0.0.1']],
  ['CIDR', ['10.0.0.0/8', '10.0.0.1/24', 'fd00::/64']],
  ['pve-sdn-subnet-id', ['zone-10.0.0.0-8', '10.0.0.0/8', 'zone-fd00::-64']],
  ['IPorCIDR', ['10.0.0.1', '192.168.1.155/24']],
  ['IPorCIDRorAlias', ['lan', 'dc/lan', '10.0.0.1']],
  ['address', ['host.example.com', '10.0.0.1']],
  ['mac-addr', ['BC:24:11:2A:3B:4C', '02:00:00:00:00:01']],
  ['pve-iface', ['eth0', 'vmbr0', 'bond0.100']],
  ['pve-bridge-id', ['vmbr0', 'brücke']],
  ['email-opt', ['', 'a@b.c']],
  ['pve-volume-id', ['local:iso/x.iso', 'local-lvm:vm-100-disk-0']],
  ['pve-tag-list', ['', 'web;db', 'a.b-c_d+e']],
  ['disk-size', ['8', '8G', '1.5T', '4KiB']],
  ['pve-startup-order', ['3', 'order=3', 'order=1,up=5,down=6', 'up=5,,']],
  ['pve-calendar-event', ['daily', 'mon..fri 8..17:0/15', '*/15', '*-*-1 02:00', 'sat 04:30:00', 'monthly']],
  ['prune-backups', ['keep-last=3', 'keep-all=1', 'keep-all=1,keep-last=0', 'keep-daily=7,keep-weekly=4']],
  ['pve-fw-addr-spec', ['+lan', 'lan', 'dc/lan', '10.0.0.0/8,10.0.1.1', '10.0.0.1-10.0.0.9', 'fd00::1']],
  ['pve-fw-dport-spec', ['80', 'http,https', '80:90', 'echo-request', '']],
  ['pve-fw-protocol-spec', ['tcp', '6', 'icmpv6', '']],
  ['urlencoded', ["ssh-ed25519%20AAAA!~*'()"]],
  ['pve-priv-list', ['VM.Audit,VM.Console']],
  ['storage-pair-list', ['1', 'local', 'local:other,fast:slow']],
  ['pve-ct-timezone', ['host', 'UTC', 'Europe/Vienna']],
  ['a-format-of-tomorrow', ['anything']],
];

describe.each(PASS)('%s takes', (format, values) => {
  test.each(values)('"%s"', (value) => expect(refusal(format, value)).toBeUndefined());
});

test.each([
  ['pve-vmid', '99', 'value does not look like a valid VM ID'],
  ['pve-vmid-list', '100,x', 'value does not look like a valid VM ID'],
  ['pve-node', 'bad_node', 'value does not look like a valid node name'],
  ['pve-configid', '1a', "invalid configuration ID '1a'"],
  ['pve-configid', "$&'", "invalid configuration ID '$&''"],
  ['pve-storage-id', 'x', "storage ID 'x' cannot be shorter than 2 characters"],
  ['pve-storage-id', 'lo cal', "storage ID 'lo cal' contains illegal characters"],
  ['pve-userid', 'ab', "user name 'ab' is too short"],
  ['pve-userid', `${'a'.repeat(64)}@p`, `user name '${'a'.repeat(64)}@p' is too long (66 > 64)`],
  ['pve-userid', 'alice', "value 'alice' does not look like a valid user name"],
  ['pve-poolid', 'a/b/c/d', "pool name 'a/b/c/d' nested too deeply (max levels = 3)"],
  ['pve-tokenid-list', 'root@pam', "value 'root@pam' does not look like a valid token ID"],
  ['ipv4', '1.2.3', 'value does not look like a valid IPv4 address'],
  ['ipv6', 'fe80::1%eth0', 'value does not look like a valid IPv6 address'],
  ['CIDRv4', '10.0.0.0/7', 'value does not look like a valid IPv4 CIDR network'],
  ['CIDRv6', 'fd00::/129', 'value does not look like a valid IPv6 CIDR network'],
  ['IPorCIDR', '10.0.0.0/33', 'Prefix length 33 is longer than IP address (32)'],
  ['pve-sdn-subnet-id', 'zone-999.0.0.0-8', 'value does not look like a valid CIDR network'],
  ['address', 'a_b', 'value does not look like a valid address: a_b'],
  ['mac-addr', '01:00:00:00:00:01', 'value does not look like a valid unicast MAC address'],
  ['email-opt', 'x', 'value does not look like a valid email address'],
  ['disk-size', '8X', 'value does not look like a valid disk size: 8X'],
  ['pve-startup-order', 'first', 'unable to parse startup options'],
  ['prune-backups', 'keep-last=1,keep-all=1', 'keep-all cannot be set together with other options.'],
  ['pve-fw-addr-spec', '1.2.3.4.5', 'invalid IP address: Invalid IP address 1.2.3.4.5'],
  ['pve-fw-addr-spec', '10.0.0.1/24', `invalid IP address: Invalid prefix 00001010${'0'.repeat(23)}1/24`],
  [
    'pve-fw-addr-spec',
    '10.0.0.1,fd00::1',
    "detected mixed ipv4/ipv6 addresses in address list '10.0.0.1,fd00::1'",
  ],
  ['pve-fw-addr-spec', '10.0.0.1,', 'extraneous commas in list'],
  ['pve-fw-dport-spec', '65536', "invalid port '65536'"],
  ['pve-fw-dport-spec', '90:80', "backwards range '90:80' not allowed, did you mean '80:90'?"],
  ['pve-fw-sport-spec', 'echo-request', "invalid port 'echo-request'"],
  ['pve-fw-protocol-spec', 'nosuch', "unknown protocol 'nosuch'"],
  ['urlencoded', 'a b', 'invalid urlencoded string: a b'],
  ['pve-priv-list', 'VM.Fly', "invalid privilege 'VM.Fly'"],
  ['pve-tag-list', 'a b;c!', 'invalid characters in tag'],
  ['pve-storage-zfs-blocksize', '3k', /^value '3k' is not a valid ZFS blocksize/],
  ['pve-calendar-event', '', /^invalid calendar event '' - unable to parse calendar event - event is empty/],
  ['pve-calendar-event', 'foo', /^invalid calendar event 'foo' - /],
  ['pve-calendar-event', '25:00', /^invalid calendar event '25:00' - /],
  ['backup-fleecing', '1', "'storage' parameter is required when 'enabled' is set"],
])('%s refuses "%s"', (format, value, text) => expect(refusal(format, value)).toMatch(text));

test('every named format of the API description is known', () => {
  const named = JSON.stringify(pveCatalog().methods).matchAll(/"format":"([^"]+)"/g);
  const unknown = new Set([...named].map(([, name]) => name as string).filter((name) => !formatNamed(name)));
  expect([...unknown]).toEqual([]);
});
