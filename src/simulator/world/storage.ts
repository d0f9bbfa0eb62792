import type { Config, Kind } from './guest.ts';
import type { ImageSystem, OciImage } from './internet.ts';

export type Content = 'images' | 'rootdir' | 'iso' | 'vztmpl' | 'backup' | 'snippets' | 'import';

/** One file, disk or dataset on a storage. Sizes in bytes, times in seconds since 1970. */
export interface Volume {
  /** `local:100/vm-100-disk-0.raw` */
  volid: string;
  content: Content;
  format: string;
  size: number;
  /** What it really takes; thin volumes take less than their size. */
  used: number;
  ctime: number;
  vmid?: number;
  /** The base volume of a linked clone. */
  parent?: string;
  notes?: string;
  protected?: boolean;
  /** Of a backup: which kind of guest is in it. */
  subtype?: Kind;
  /** Of a backup: the guest's config. */
  saved?: Config;
  /** Of a disk image to import: what is in it. */
  system?: ImageSystem;
  /** Of a template that came from a registry. */
  oci?: OciImage;
}

const fileTypes = new Set(['dir', 'nfs', 'cifs', 'btrfs', 'cephfs']);
const alwaysShared = new Set(['nfs', 'cifs', 'cephfs', 'pbs', 'rbd', 'iscsi', 'iscsidirect', 'zfs']);

/** Nothing more fits, in the words of the program that was to make the disk. */
export class NoSpace extends Error {
  constructor({ type, id }: { type: string; id: string }) {
    super(fullTexts[type] ?? `unable to create image: '${id}': No space left on device`);
  }
}

const fullTexts: Readonly<Record<string, string>> = {
  lvm: 'not enough free space in the volume group',
  lvmthin: 'Cannot create new thin volume, not enough free space in thin pool',
  zfspool: 'zfs error: cannot create: out of space',
};

/** An entry of `storage.cfg` and what is on it. A local storage holds other volumes on every node. */
export class Storage {
  readonly id: string;
  /** As `GET /storage/{storage}` shows it, without `storage` and `digest`. */
  readonly config: Record<string, string | number>;
  /** Bytes on each node, or of the whole of a shared one. */
  readonly total: number;
  /** Bytes in use by something that is not a volume here. */
  readonly otherUse: number;
  /** Whether something else has eaten up all that was left. */
  full = false;
  readonly #volumes = new Map<string, Map<string, Volume>>();
  readonly #used = new Map<string, number>();

  constructor(
    id: string,
    config: Record<string, string | number>,
    size: { total: number; otherUse?: number },
  ) {
    this.id = id;
    this.config = config;
    this.total = size.total;
    this.otherUse = size.otherUse ?? 0;
  }

  get type(): string {
    return String(this.config.type);
  }

  get shared(): boolean {
    return alwaysShared.has(this.type) || Boolean(this.config.shared);
  }

  /** Whether volumes are files in directories, one for each guest. */
  get files(): boolean {
    return fileTypes.has(this.type);
  }

  get contents(): string[] {
    return String(this.config.content ?? '').split(',');
  }

  enabledOn(node: string): boolean {
    if (this.config.disable) return false;
    return this.config.nodes === undefined || String(this.config.nodes).split(',').includes(node);
  }

  /** Every volume that node sees. */
  volumes(node: string): Volume[] {
    return [...(this.#volumes.get(this.#place(node))?.values() ?? [])];
  }

  get(node: string, volid: string): Volume | undefined {
    return this.#volumes.get(this.#place(node))?.get(volid);
  }

  add(node: string, volume: Volume): Volume {
    const place = this.#place(node);
    const volumes = this.#volumes.get(place) ?? new Map<string, Volume>();
    this.#volumes.set(place, volumes);
    this.#grow(place, volume.used - (volumes.get(volume.volid)?.used ?? 0));
    volumes.set(volume.volid, volume);
    return volume;
  }

  remove(node: string, volid: string): Volume | undefined {
    const place = this.#place(node);
    const volume = this.#volumes.get(place)?.get(volid);
    if (!volume) return undefined;
    this.#volumes.get(place)?.delete(volid);
    this.#grow(place, -volume.used);
    return volume;
  }

  /** Bytes in use as that node sees it. */
  used(node: string): number {
    if (this.full) return this.total;
    return Math.min(this.total, this.otherUse + (this.#used.get(this.#place(node)) ?? 0));
  }

  /** Makes a new disk for a guest, with the next free name, and returns it. */
  allocate(
    node: string,
    disk: {
      vmid: number;
      kind: Kind;
      size: number;
      ctime: number;
      format?: string;
      prefix?: string;
      parent?: string;
    },
  ): Volume {
    const { vmid, kind, size, ctime } = disk;
    if (this.full) throw new NoSpace(this);
    const subvol = kind === 'lxc' && (this.type === 'zfspool' || (this.files && size === 0));
    const format = subvol ? 'subvol' : this.files ? (disk.format ?? 'raw') : 'raw';
    const stem = `${disk.prefix ?? (subvol ? 'subvol' : 'vm')}-${vmid}-disk-`;
    const suffix = this.files ? `.${format}` : '';
    const folder = this.files ? `${vmid}/` : '';
    let number = 0;
    const volid = () => `${this.id}:${folder}${stem}${number}${suffix}`;
    while (this.get(node, volid())) number++;
    const volume: Volume = {
      volid: volid(),
      content: kind === 'lxc' ? 'rootdir' : 'images',
      format,
      size,
      used: 0,
      ctime,
      vmid,
    };
    volume.used = this.type === 'dir' && format === 'raw' ? 4096 : Math.floor(size / 10);
    if (disk.parent !== undefined) volume.parent = disk.parent;
    return this.add(node, volume);
  }

  /** Whether a disk of that format can be snapshotted here. */
  snapshots(format: string, kind: Kind): boolean {
    if (this.files) return format === 'qcow2' && kind === 'qemu';
    return ['lvmthin', 'zfspool', 'rbd'].includes(this.type);
  }

  #place(node: string): string {
    return this.shared ? '' : node;
  }

  #grow(place: string, bytes: number): void {
    this.#used.set(place, (this.#used.get(place) ?? 0) + bytes);
  }
}

/** The storage a volume id names: `local` of `local:iso/x.iso`. */
export function storageIdOf(volid: string): string | undefined {
  return /^([A-Za-z][A-Za-z0-9._-]*):/.exec(volid)?.[1];
}
