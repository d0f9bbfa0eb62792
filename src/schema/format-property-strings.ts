import { checkVmCpu } from './cpu-models.ts';
import type { Formats } from './format.ts';
import type { Parameter } from './method.ts';

const text: Parameter = { type: 'string', optional: 1 };
const flag: Parameter = { type: 'boolean', optional: 1 };
const whole: Parameter = { type: 'integer', optional: 1 };
const number: Parameter = { type: 'number', optional: 1 };
const volume: Parameter = { ...text, format: 'pve-volume-id' };
const base64: Parameter = { ...text, pattern: '[A-Za-z0-9+\\/]+={0,2}' };
const hex16: Parameter = { ...text, pattern: '^0x[0-9a-fA-F]{4}$' };
const seconds: Parameter = { ...whole, minimum: 1 };
const count: Parameter = { ...whole, minimum: 0 };
const PCI = '(?:[a-f0-9]{4,}:)?[a-f0-9]{2}:[a-f0-9]{2}(?:\\.[a-f0-9])?';

/** Many keys with one schema. */
function keys(names: string, schema: Parameter): Record<string, Parameter> {
  return Object.fromEntries(names.split(' ').map((name) => [name, schema]));
}

function word(...words: string[]): Parameter {
  return { ...text, enum: words };
}

/** A CD drive and an IDE disk of a VM. */
const ideDrive: Record<string, Parameter> = {
  volume: { alias: 'file' },
  file: { type: 'string', format: 'pve-volume-id-or-qm-path', default_key: 1 },
  media: word('cdrom', 'disk'),
  cache: word('none', 'writethrough', 'writeback', 'unsafe', 'directsync'),
  format: word('raw', 'qcow', 'qed', 'qcow2', 'vmdk', 'cloop'),
  size: { ...text, format: 'disk-size' },
  rerror: word('ignore', 'report', 'stop'),
  werror: word('enospc', 'ignore', 'report', 'stop'),
  aio: word('native', 'threads', 'io_uring'),
  discard: word('ignore', 'on'),
  serial: { ...text, format: 'urlencoded', maxLength: 60 },
  model: { ...text, format: 'urlencoded', maxLength: 120 },
  wwn: { ...text, pattern: '(?^:^(0x)[0-9a-fA-F]{16})' },
  ...keys('snapshot backup replicate detect_zeroes shared ssd', flag),
  ...keys('bps bps_rd bps_wr iops iops_rd iops_wr iops_max iops_rd_max iops_wr_max', whole),
  ...keys('mbps mbps_rd mbps_wr mbps_max mbps_rd_max mbps_wr_max', number),
  ...keys('bps_max_length bps_rd_max_length bps_wr_max_length', seconds),
  ...keys('iops_max_length iops_rd_max_length iops_wr_max_length', seconds),
  bps_rd_length: { alias: 'bps_rd_max_length' },
  bps_wr_length: { alias: 'bps_wr_max_length' },
  iops_rd_length: { alias: 'iops_rd_max_length' },
  iops_wr_length: { alias: 'iops_wr_max_length' },
};

/** Formats of VM settings. The API description gives these by name alone; their keys are those of PVE 9.2's sources. */
const vmFormats: Formats = {
  'pve-qm-ide': { properties: ideDrive },
  'pve-qm-hostpci': {
    properties: {
      host: { ...text, default_key: 1, pattern: `(?^:${PCI}(;${PCI})*)` },
      mapping: { ...text, format: 'pve-configid' },
      romfile: { ...text, pattern: '[^,;]+' },
      mdev: { ...text, pattern: '[^/\\.:]+' },
      driver: word('vfio', 'keep'),
      ...keys('rombar pcie x-vga legacy-igd', flag),
      ...keys('vendor-id device-id sub-vendor-id sub-device-id', hex16),
    },
  },
  'pve-qm-boot': {
    properties: {
      legacy: { ...text, default_key: 1, pattern: '[acdn]{1,4}' },
      order: { ...text, format: 'pve-qm-bootdev-list' },
    },
  },
  'pve-qm-cicustom': { properties: keys('meta network user vendor', volume) },
  'pve-qm-ipconfig': {
    properties: {
      ip: { ...text, format: 'pve-ipv4-config' },
      gw: { ...text, format: 'ipv4', requires: 'ip' },
      ip6: { ...text, format: 'pve-ipv6-config' },
      gw6: { ...text, format: 'ipv6', requires: 'ip6' },
    },
  },
  'pve-qm-rng': {
    properties: {
      source: { type: 'string', enum: ['/dev/urandom', '/dev/random', '/dev/hwrng'], default_key: 1 },
      ...keys('max_bytes period', whole),
    },
  },
  'pve-qm-smbios1': {
    properties: {
      uuid: { ...text, pattern: '[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}' },
      ...keys('version serial manufacturer product sku family', base64),
      base64: flag,
    },
  },
  'pve-qm-watchdog': {
    properties: {
      model: { ...word('i6300esb', 'ib700'), default_key: 1 },
      action: word('reset', 'shutdown', 'poweroff', 'pause', 'debug', 'none'),
    },
  },
  'pve-vm-cpu-conf': {
    properties: {
      cputype: { ...text, default_key: 1 },
      'reported-model': text,
      hidden: flag,
      'hv-vendor-id': { ...text, pattern: '(?^u:[a-zA-Z0-9]{1,12})' },
      flags: { ...text, pattern: '(?^u:[+-][a-zA-Z0-9\\-_\\.]+(;[+-][a-zA-Z0-9\\-_\\.]+)*)' },
      'guest-phys-bits': { ...whole, minimum: 32, maximum: 64 },
      'phys-bits': { ...text, format: 'pve-phys-bits' },
      level: { ...whole, minimum: 0, maximum: 4294967295 },
    },
    agree: checkVmCpu,
  },
  'pve-qemu-sev-fmt': {
    properties: {
      type: { type: 'string', default_key: 1, enum: ['std', 'es', 'snp'], maxLength: 3 },
      ...keys('no-debug no-key-sharing allow-smt kernel-hashes', flag),
    },
  },
  'pve-qemu-tdx-fmt': {
    properties: {
      type: { type: 'string', default_key: 1, enum: ['tdx'] },
      // Not optional, though it has a default.
      attestation: { type: 'boolean' },
      'vsock-cid': { ...whole, minimum: 2 },
      'vsock-port': count,
    },
  },
};

/** Formats that are written `key=value,…`. */
export const propertyStringFormats: Formats = {
  ...vmFormats,
  'prune-backups': {
    properties: {
      'keep-all': flag,
      ...keys('keep-last keep-hourly keep-daily keep-weekly keep-monthly keep-yearly', count),
    },
    agree: ({ 'keep-all': all, ...counts }) =>
      all === '1' && Object.values(counts).some((kept) => Number(kept) > 0)
        ? 'keep-all cannot be set together with other options.'
        : undefined,
  },
  'backup-fleecing': {
    properties: {
      enabled: { ...flag, default_key: 1 },
      storage: { ...text, format: 'pve-storage-id' },
    },
    agree: ({ enabled, storage }) =>
      enabled === '1' && !storage ? "'storage' parameter is required when 'enabled' is set" : undefined,
  },
  'backup-performance': {
    properties: { 'max-workers': { ...whole, minimum: 1, maximum: 256 }, 'pbs-entries-max': seconds },
  },
  'realm-sync-options': {
    properties: {
      scope: word('users', 'groups', 'both'),
      'remove-vanished': {
        ...text,
        pattern: '(?:(?:(?:acl|properties|entry);)*(?:acl|properties|entry))|none',
      },
      ...keys('full enable-new purge', flag),
    },
  },
  'pve-tfa-config': {
    properties: {
      type: { type: 'string', enum: ['yubico', 'oath'] },
      ...keys('id key url', text),
      digits: { ...whole, minimum: 6, maximum: 8 },
      step: { ...whole, minimum: 10 },
    },
  },
  'pve-node-location': {
    properties: {
      name: { ...text, maxLength: 128 },
      latitude: { type: 'number', minimum: -90, maximum: 90 },
      longitude: { type: 'number', minimum: -180, maximum: 180 },
    },
  },
  'pve-sdn-dhcp-range': { properties: { 'start-address': {}, 'end-address': {} } },
  'proxmox-remote': {
    properties: {
      host: { type: 'string' },
      port: whole,
      apitoken: { type: 'string' },
      fingerprint: { ...text, pattern: '([A-Fa-f0-9]{2}:){31}[A-Fa-f0-9]{2}' },
    },
  },
};
