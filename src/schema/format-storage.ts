import { familyOf } from './families.ts';
import { type Formats, pattern } from './format.ts';

const CONTENT = /^(images|rootdir|vztmpl|iso|backup|snippets|none|import)\n?$/;

function volumeId(value: string): string | undefined {
  return /^[a-z][a-z0-9\-_.]*[a-z0-9]:[^\n]+\n?$/i.test(value)
    ? undefined
    : `unable to parse volume ID '${value}'`;
}

function volumeIdOrPath(value: string): string | undefined {
  return value.startsWith('/') ? undefined : volumeId(value);
}

function dirOverride(value: string): string | undefined {
  const found = /^([a-z]+)=([\s\S]+)$/.exec(value);
  if (!found) return `invalid override '${value}'`;
  const [, content, path] = found as unknown as [string, string, string];
  if (!CONTENT.test(content)) return `invalid content type '${content}'`;
  const climbs = path.includes('..') || path.endsWith('.');
  const long = path.length >= 1023 || path.split('/').some((name) => name.length >= 255);
  return climbs || long ? `invalid override '${value}'` : undefined;
}

function zfsBlocksize(value: string): string | undefined {
  if (value === '') return undefined;
  const found = /^([1-9]\d*)([km])?\n?$/i.exec(value);
  if (!found) {
    return `invalid ZFS blocksize format '${value}'. Use a positive number (no leading zeros) with an optional 'k' or 'm' suffix.`;
  }
  const unit = { k: 1024, m: 1024 * 1024 }[found[2]?.toLowerCase() ?? ''] ?? 1;
  const bytes = Number(found[1]) * unit;
  const right = bytes >= 512 && bytes <= 16 * 1024 * 1024 && Number.isInteger(Math.log2(bytes));
  return right
    ? undefined
    : `value '${value}' is not a valid ZFS blocksize. Must be a power of 2 between 512B and 16MiB (e.g., 4k, 8k, 16k, 64k, 1m).`;
}

/** The disks of a VM that it may start from: not those of its firmware and its TPM. */
function isDisk(name: string): boolean {
  return ['ide[n]', 'scsi[n]', 'virtio[n]', 'sata[n]'].includes(familyOf(name) ?? '');
}

function bootDevice(value: string): string | undefined {
  const right = isDisk(value) || ['net[n]', 'usb[n]', 'hostpci[n]'].includes(familyOf(value) ?? '');
  return right ? undefined : `invalid boot device '${value}'`;
}

function bootDisk(value: string): string | undefined {
  return isDisk(value) || value === 'efidisk0' || value === 'tpmstate0'
    ? undefined
    : `invalid boot disk '${value}'`;
}

function mountPath(value: string): string | undefined {
  const climbs = /\/\.\.?\/|\/\.\.?\n?$|^\.\.\//.test(value);
  return climbs ? `${value} contains illegal character sequences` : undefined;
}

function devicePath(value: string): string | undefined {
  const right = value.startsWith('/dev/') && !/\/\.\.?(\/|\n?$)/.test(value);
  return right ? undefined : `${value} is not a valid device path`;
}

/** Formats of storages, volumes, disks and paths. */
export const storageFormats: Formats = {
  'pve-volume-id': volumeId,
  'pve-volume-id-or-absolute-path': volumeIdOrPath,
  'pve-volume-id-or-qm-path': (value) =>
    value === 'none' || value === 'cdrom' ? undefined : volumeIdOrPath(value),
  'pve-storage-path': pattern(/^\/[^;()]+/, 'value does not look like a valid absolute path'),
  'pve-storage-path-in-property-string': pattern(
    /^\/[^;,=()]+/,
    'Value does not look like a valid absolute path. These symbols are currently not allowed in path: ;,=()',
  ),
  'pve-storage-vgname': pattern(
    /^[a-z0-9][a-z0-9\-_.]*[a-z0-9]\n?$/i,
    "lvm name '$&' contains illegal characters",
  ),
  'pve-storage-content': pattern(CONTENT, "invalid content type '$&'"),
  'pve-storage-options': pattern(/^\S+\n?$/, "invalid options '$&'"),
  'pve-storage-zfs-blocksize': zfsBlocksize,
  'pve-dir-override': dirOverride,
  'pve-qm-bootdev': bootDevice,
  'pve-qm-bootdisk': bootDisk,
  'pve-lxc-mp-string': mountPath,
  'pve-lxc-dev-string': devicePath,
};
