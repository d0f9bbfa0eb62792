import { readProperties } from './property-string.ts';
import { readSize } from './size.ts';

/** A disk or mount point of a guest's config. */
export interface Drive {
  key: string;
  /** The volume id, or `none`, `cdrom`, or a path for bind mounts and passed-through disks. */
  volume: string;
  /** Bytes; 0 where the config does not say. */
  size: number;
  cdrom: boolean;
  options: Record<string, string>;
}

const qemuDrive = /^(?:scsi|virtio|ide|sata)\d+$|^efidisk0$|^tpmstate0$/;
const lxcDrive = /^rootfs$|^mp\d+$/;

/** Whether that config key is a disk (QEMU) or a mount point (container). `unused0` is neither. */
export function isDriveKey(kind: 'qemu' | 'lxc', key: string): boolean {
  return (kind === 'qemu' ? qemuDrive : lxcDrive).test(key);
}

/** Reads one disk. */
export function readDrive(kind: 'qemu' | 'lxc', key: string, value: string): Drive {
  const first = kind === 'qemu' ? 'file' : 'volume';
  const options = readProperties(value, first);
  const volume = options[first] ?? '';
  const size = readSize(options.size ?? '0') ?? 0;
  return { key, volume, size, cdrom: options.media === 'cdrom' || volume === 'none', options };
}

/** Every disk of a config, in the config's order. */
export function drivesOf(kind: 'qemu' | 'lxc', config: Record<string, string | number>): Drive[] {
  return Object.entries(config)
    .filter(([key]) => isDriveKey(kind, key))
    .map(([key, value]) => readDrive(kind, key, String(value)));
}

/** The disk a VM boots from: the first disk of `boot: order=…`, else the lowest one. */
export function bootDrive(config: Record<string, string | number>): Drive | undefined {
  const drives = drivesOf('qemu', config).filter((drive) => !drive.cdrom && /\d$/.test(drive.key));
  const order = /(?:^|,)order=([^,]*)/.exec(String(config.boot ?? ''))?.[1]?.split(';');
  const ordered = order?.map((key) => drives.find((drive) => drive.key === key)).find((drive) => drive);
  if (order) return ordered;
  return drives
    .filter((drive) => !/^(efidisk|tpmstate)/.test(drive.key))
    .sort((a, b) => (a.key < b.key ? -1 : 1))[0];
}
