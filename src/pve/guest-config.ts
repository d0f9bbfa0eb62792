import { flag, number, type Row, rows, text } from './read.ts';

/*
 * What a guest's configuration says. Keys as Proxmox names them: a VM's disks are `ide0` … `virtio15`, `efidisk0` and
 * `tpmstate0`, a container's are `rootfs` and `mp0` …; network cards are `net0` … in both.
 */

/** A configuration: its values as text, by key. */
export type GuestConfig = ReadonlyMap<string, string>;

/** What a restart would change. */
export interface PendingChange {
  key: string;
  before?: string;
  /** Absent: the key will be removed. */
  after?: string;
}

export interface Disk {
  key: string;
  /** `local-lvm:vm-100-disk-0`; a path for what is bound in. */
  volume: string;
  /** Absent where it lies on no storage. */
  storage?: string;
  /** As Proxmox writes it: `32G`. */
  size?: string;
  /** Where a container has it. */
  mount?: string;
  /** `cdrom`: an image that is inserted; `unused`: it belongs to the guest and is not attached. */
  use?: 'cdrom' | 'unused';
}

export interface Nic {
  key: string;
  /** `virtio`, `e1000`; a container's is `veth`. */
  model?: string;
  /** Its name inside a container. */
  name?: string;
  mac?: string;
  bridge?: string;
  /** The VLAN. */
  tag?: number;
  firewall?: boolean;
  /** Addresses that the configuration gives it: CIDR, `dhcp`, `auto`. */
  ips: string[];
}

/** Reads `/pending`: the configuration as it is now, and what waits for a restart (recorded on PVE 9.2). */
export function readPending(data: unknown): { config: GuestConfig; pending: PendingChange[] } {
  const config = new Map<string, string>();
  const pending: PendingChange[] = [];
  for (const row of rows(data)) {
    const key = text(row.key);
    if (key === undefined) continue;
    const before = text(row.value);
    if (before !== undefined) config.set(key, before);
    const after = text(row.pending);
    if (after === undefined && number(row.delete) === undefined) continue;
    pending.push({ key, ...(before !== undefined && { before }), ...(after !== undefined && { after }) });
  }
  return { config, pending };
}

/** The parts of a property string. What stands alone is under the empty key. */
export function properties(value: string): Map<string, string> {
  const parts = value.split(',').map((part): [string, string] => {
    const at = part.indexOf('=');
    return at < 0 ? ['', part] : [part.slice(0, at), part.slice(at + 1)];
  });
  return new Map(parts);
}

const DISK = /^(?:ide|sata|scsi|virtio|mp|unused)\d+$|^(?:rootfs|efidisk0|tpmstate0)$/;

/** The disks, in the order of their keys; empty drives are left out. */
export function disksOf(config: GuestConfig): Disk[] {
  return keys(config, DISK).flatMap((key): Disk[] => {
    const parts = properties(config.get(key) ?? '');
    const volume = parts.get('') ?? parts.get('file') ?? parts.get('volume') ?? '';
    if (volume === '' || volume === 'none') return [];
    const storage = /^([A-Za-z][\w.-]*):/.exec(volume)?.[1];
    const [size, mount] = [parts.get('size'), parts.get('mp')];
    const use = parts.get('media') === 'cdrom' ? 'cdrom' : key.startsWith('unused') ? 'unused' : undefined;
    return [
      {
        ...{ key, volume },
        ...(storage !== undefined && { storage }),
        ...(size !== undefined && { size }),
        ...(mount !== undefined && { mount }),
        ...(use && { use }),
      },
    ];
  });
}

const MAC = /^[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}$/;

/** The network cards, with the addresses that cloud-init or the container's own configuration gives them. */
export function nicsOf(config: GuestConfig): Nic[] {
  return keys(config, /^net\d+$/).map((key) => {
    const parts = properties(config.get(key) ?? '');
    const model = [...parts].find(([name, value]) => name !== 'hwaddr' && MAC.test(value));
    const row: Row = Object.fromEntries(parts);
    const given = properties(config.get(`ipconfig${key.slice(3)}`) ?? '');
    const ips = [row.ip, row.ip6, given.get('ip'), given.get('ip6')].flatMap((ip) => text(ip) ?? []);
    const [name, bridge, tag] = [text(row.name), text(row.bridge), number(row.tag)];
    const mac = model?.[1] ?? text(row.hwaddr);
    const kind = model?.[0] ?? text(row.type);
    return {
      key,
      ...(kind !== undefined && { model: kind }),
      ...(name !== undefined && { name }),
      ...(mac !== undefined && { mac }),
      ...(bridge !== undefined && { bridge }),
      ...(tag !== undefined && { tag }),
      ...(flag(row.firewall) && { firewall: true }),
      ips,
    };
  });
}

/** Whether a VM is set up to have an agent: `1`, `enabled=1`, `1,fstrim_cloned_disks=1`. */
export function hasAgent(config: GuestConfig): boolean {
  const parts = properties(config.get('agent') ?? '');
  return flag(parts.get('enabled') ?? parts.get(''));
}

/** By their words, then by their numbers: `scsi2` before `scsi10`. */
function keys(config: GuestConfig, pattern: RegExp): string[] {
  return [...config.keys()]
    .filter((key) => pattern.test(key))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}
