import type { Parameter } from '../method.ts';

/** A named format in words, and a value that has it. */
type FormatWords = readonly [words: string, example: string];

const NETWORK = ['network as 10.0.0.0/24', '10.0.0.0/24'] as const;

/** Formats of PVE 9.2 by the names they have in the API description. */
const FORMATS: Readonly<Record<string, FormatWords>> = {
  CIDR: NETWORK,
  CIDRv4: ['address as 10.0.0.2/24', '10.0.0.2/24'],
  CIDRv6: ['address as fd00::2/64', 'fd00::2/64'],
  IPorCIDR: ['IP address or network', '10.0.0.0/24'],
  IPorCIDRorAlias: ['IP address, network or alias', '10.0.0.0/24'],
  address: ['IP address or DNS name', '10.0.0.1'],
  'bridge-pair': ['source:target bridge, one for all, or 1', 'vmbr0:vmbr1'],
  'disk-size': ['size as 32G', '32G'],
  'dns-name': ['DNS name', 'web.example.com'],
  email: ['mail address', 'admin@example.com'],
  'email-or-username': ['mail address or user', 'admin@example.com'],
  ip: ['IP address', '10.0.0.1'],
  ipv4: ['IPv4 address', '10.0.0.1'],
  ipv4mask: ['netmask', '255.255.255.0'],
  ipv6: ['IPv6 address', 'fd00::1'],
  'ldap-simple-attr': ['LDAP attribute', 'uid'],
  'lxc-ip-with-ll-iface': ['IP address', '10.0.0.1'],
  'mac-addr': ['MAC address', 'BC:24:11:00:00:01'],
  'mac-prefix': ['MAC prefix', 'BC:24:11'],
  'pem-certificate-chain': ['PEM', ''],
  'pem-string': ['PEM', ''],
  'pve-acme-alias': ['DNS name', 'acme.example.com'],
  'pve-acme-domain': ['DNS name', 'pve.example.com'],
  'pve-bridge-id': ['bridge', 'vmbr0'],
  'pve-calendar-event': ['schedule as mon..fri 02:00', 'mon..fri 02:00'],
  'pve-command-batch': [
    'JSON array of {path, method, args}',
    '[{"path":"version","method":"GET","args":{}}]',
  ],
  'pve-configid': ['id', 'gpu1'],
  'pve-cpuset': ['CPUs as 0-3,8', '0-3,8'],
  'pve-ct-timezone': ['time zone, or host', 'Europe/Vienna'],
  'pve-day-of-week': ['mon … sun', 'mon'],
  'pve-dir-override': ['content=path', 'iso=images/iso'],
  'pve-fw-addr-spec': ['address, network, +ipset or alias', '10.0.0.0/24'],
  'pve-fw-conntrack-helper': ['helper', 'ftp'],
  'pve-fw-dport-spec': ['ports as 80,443,8000:8010', '80,443'],
  'pve-fw-icmp-type-spec': ['ICMP type', 'echo-request'],
  'pve-fw-protocol-spec': ['protocol', 'tcp'],
  'pve-fw-sport-spec': ['ports as 80,443,8000:8010', '1024:65535'],
  'pve-groupid': ['group name', 'admins'],
  'pve-ha-node': ['node, or node:priority', 'pve1:2'],
  'pve-ha-resource-id': ['vm:100 or ct:101', 'vm:100'],
  'pve-ha-resource-or-vm-id': ['vm:100, ct:101 or a VMID', 'vm:100'],
  'pve-hotplug-features': ['list of network, disk, cpu, memory, usb, cloudinit; or 0, 1', 'network,disk,usb'],
  'pve-iface': ['interface', 'eno1'],
  'pve-ipv4-config': ['as 10.0.0.2/24, or dhcp, manual', '10.0.0.2/24'],
  'pve-ipv6-config': ['as fd00::2/64, or auto, dhcp, manual', 'auto'],
  'pve-lxc-dev-string': ['path below /dev', '/dev/dri/renderD128'],
  'pve-lxc-mp-string': ['path', '/data'],
  'pve-node': ['node name', 'pve1'],
  'pve-phys-bits': ['8-64, or host', 'host'],
  'pve-poolid': ['pool name', 'production'],
  'pve-priv': ['privilege', 'VM.Audit'],
  'pve-qm-bootdev': ['device as scsi0', 'scsi0'],
  'pve-qm-bootdisk': ['disk as scsi0', 'scsi0'],
  'pve-realm': ['realm', 'pam'],
  'pve-replication-job-id': ['as 100-0', '100-0'],
  'pve-roleid': ['role name', 'PVEAuditor'],
  'pve-sdn-bgp-rt': ['route target', '65000:1'],
  'pve-sdn-fabric-id': ['fabric', 'fabric1'],
  'pve-sdn-isis-net': ['IS-IS NET', '47.0023.0000.0000.0000.0000.0000.0000.1900.0004.00'],
  'pve-sdn-subnet-id': NETWORK,
  'pve-startup-order': ['as order=1,up=30,down=60', 'order=1,up=30,down=60'],
  'pve-storage-content': ['images, rootdir, vztmpl, iso, backup, snippets, import', 'iso'],
  'pve-storage-id': ['storage name', 'local-lvm'],
  'pve-storage-options': ['mount options', 'vers=4.2'],
  'pve-storage-path': ['path', '/mnt/data'],
  'pve-storage-path-in-property-string': ['path', '/mnt/data'],
  'pve-storage-portal-dns': ['host, or host:port', '10.0.0.1:3260'],
  'pve-storage-server': ['host', '10.0.0.1'],
  'pve-storage-vgname': ['name', 'pve'],
  'pve-storage-zfs-blocksize': ['as 16k', '16k'],
  'pve-tag': ['tag', 'web'],
  'pve-task-status-type': ['ok, error, warning, unknown', 'error'],
  'pve-tokenid': ['token as user@realm!name', 'alice@pve!t1'],
  'pve-userid': ['user@realm', 'alice@pve'],
  'pve-vlan-id-or-range': ['VLANs as 10 or 20-30', '20-30'],
  'pve-vmid': ['VMID', '100'],
  'pve-volume-id': ['volume as local:iso/debian.iso', 'local:iso/debian.iso'],
  'pve-volume-id-or-absolute-path': ['volume, or a path', 'local:import/debian.qcow2'],
  'pve-volume-id-or-qm-path': ['volume, or STORAGE:GiB to make one', 'local-lvm:32'],
  'storage-pair': ['source:target storage, one for all, or 1', 'local:local-lvm'],
  urlencoded: ['percent-encoded text', 'ssh-ed25519%20AAAA%20me'],
};

/** A format in words, and an example; undefined for one that is not known here, and for a property string. */
export function formatWords(format: Parameter['format']): { words: string; example: string } | undefined {
  if (typeof format !== 'string') return undefined;
  const [, base = '', many] = /^(.*?)(?:-(list|opt))?$/s.exec(format) ?? [];
  if (!Object.hasOwn(FORMATS, base)) return undefined;
  const [words, example] = FORMATS[base] as FormatWords;
  return { words: many === 'list' ? `list of ${words}` : words, example };
}
