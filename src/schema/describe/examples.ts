import type { Method, Parameter } from '../method.ts';
import { propertiesOf, writePropertyString } from '../property-text.ts';
import { validate } from '../validate.ts';
import { formatWords } from './format-words.ts';

const LONGEST = 200;

/**
 * What people write most, by the name of the parameter (without the number of a family). Several things go by one name:
 * only what fits the schema at hand is ever shown.
 */
const COMMON: Readonly<Record<string, readonly string[]>> = {
  acme: ['account=default,domains=pve.example.com'],
  acmedomain: ['pve.example.com,plugin=cloudflare'],
  agent: ['1', '1,fstrim_cloned_disks=1'],
  'amd-sev': ['snp'],
  archive: ['local:backup/vzdump-qemu-100-2026_01_31-03_00_00.vma.zst'],
  audio0: ['device=ich9-intel-hda,driver=spice'],
  boot: ['order=scsi0;net0'],
  bwlimit: ['migration=102400,restore=51200'],
  cdrom: ['local:iso/debian.iso', 'none'],
  cicustom: ['user=local:snippets/user.yaml'],
  command: ['["ls","-l"]'],
  cpu: ['host', 'x86-64-v2-AES,flags=+aes'],
  crs: ['ha=static'],
  dev: ['/dev/dri/renderD128,gid=104'],
  efidisk0: ['local-lvm:1,efitype=4m,pre-enrolled-keys=1'],
  features: ['nesting=1,keyctl=1'],
  fleecing: ['enabled=1,storage=local-lvm'],
  ha: ['shutdown_policy=migrate'],
  hookscript: ['local:snippets/hook.pl'],
  hostpci: ['0000:01:00.0,pcie=1', 'mapping=gpu1,pcie=1'],
  ide: ['local-lvm:32', 'local:iso/debian.iso,media=cdrom'],
  ipconfig: ['ip=10.0.0.5/24,gw=10.0.0.1', 'ip=dhcp,ip6=auto'],
  link: ['10.0.0.1,priority=1'],
  machine: ['q35'],
  memory: ['2048'],
  migration: ['secure,network=10.0.0.0/24'],
  mp: ['local-lvm:8,mp=/data', '/mnt/share,mp=/data'],
  net: [
    'virtio,bridge=vmbr0',
    'virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=10,firewall=1',
    'name=eth0,bridge=vmbr0,ip=dhcp',
    'name=eth0,bridge=vmbr0,ip=10.0.0.5/24,gw=10.0.0.1,tag=10',
  ],
  numa: ['cpus=0-3,memory=4096,policy=bind'],
  ostemplate: ['local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst'],
  performance: ['max-workers=4'],
  'prune-backups': ['keep-daily=7,keep-weekly=4', 'keep-all=1'],
  rng0: ['/dev/urandom'],
  rootfs: ['local-lvm:8'],
  sata: ['local-lvm:32', 'local:iso/debian.iso,media=cdrom'],
  scsi: ['local-lvm:32,discard=on,ssd=1,iothread=1', 'local-lvm:0,import-from=local:import/debian.qcow2'],
  serial: ['socket'],
  size: ['+10G', '40G'],
  smbios1: ['uuid=5c8a8d1e-0d53-4c1e-9a54-2e1d0d8a9b11'],
  spice_enhancements: ['foldersharing=1,videostreaming=all'],
  startdate: ['now'],
  'sync-defaults-options': ['scope=both,enable-new=1'],
  tpmstate0: ['local-lvm:1,version=v2.0'],
  'tag-style': ['color-map=web:ff0000,shape=full'],
  unused: ['local-lvm:vm-100-disk-1'],
  usb: ['host=046d:c52b', 'mapping=stick1', 'spice'],
  vga: ['qxl,memory=32', 'serial0'],
  virtio: ['local-lvm:32,discard=on,iothread=1', 'local-lvm:0,import-from=local:import/debian.qcow2'],
  virtiofs: ['share1,cache=auto'],
  watchdog: ['i6300esb,action=reset'],
};

/**
 * At most two values that this parameter takes: each has passed the same check that a call's parameters pass. None for
 * a switch or an enumeration, whose values are all told anyway.
 */
export function examplesOf(name: string, schema: Parameter): string[] {
  if (schema.enum || schema.type === 'boolean') return [];
  const base = name.replace(/(?:\[n\]|(?<=^(?:[a-z]+))\d+)$/, '');
  const common = [name, base].flatMap((one) => (Object.hasOwn(COMMON, one) ? (COMMON[one] ?? []) : []));
  const fitting = [...new Set(common)].filter((value) => fits(value, schema));
  if (fitting.length > 0) return fitting.slice(0, 2);
  const made = makeExample(schema);
  return made !== undefined && fits(made, schema) ? [made] : [];
}

function fits(value: string, schema: Parameter): boolean {
  if (/\n/.test(value) || value.length > LONGEST) return false;
  const { optional: _, requires: __, ...alone } = schema;
  const method = { path: '/', method: 'GET', name: '', parameters: { value: alone } };
  return validate(method as unknown as Method, { value }).errors === undefined;
}

/** A property string of its required keys; else a value by its type or format. */
function makeExample(schema: Parameter): string | undefined {
  const properties = propertiesOf(schema);
  if (properties === undefined) return makeValue(schema);
  const keys = Object.entries(properties).filter(([, inner]) => !inner.alias && !inner.optional);
  const first =
    Object.entries(properties).find(([, inner]) => inner.default_key) ?? Object.entries(properties)[0];
  const chosen = keys.length > 0 ? keys : first ? [first] : [];
  const values = chosen.map(([key, inner]) => [key, makeValue(inner)] as const);
  if (values.some(([, value]) => value === undefined)) return undefined;
  return writePropertyString(properties, Object.fromEntries(values)) || undefined;
}

function makeValue(schema: Parameter): string | undefined {
  if (schema.enum) return schema.enum[0];
  if (schema.type === 'boolean') return '1';
  if (schema.type === 'integer' || schema.type === 'number') {
    const usual = typeof schema.default === 'number' ? schema.default : schema.minimum;
    return String(usual ?? 1);
  }
  const { example } = formatWords(schema.format) ?? {};
  if (example !== undefined) return example === '' ? undefined : example;
  if (typeof schema.default === 'string' && schema.default !== '') return schema.default;
  return undefined;
}
