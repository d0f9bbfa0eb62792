import type { Api } from '../api/api.ts';
import { path } from '../api/path.ts';
import { known, number, type Row, row, rows, text } from './read.ts';

/** A physical disk of a node. Sizes in bytes. */
export interface Disk {
  /** `/dev/nvme0n1` */
  devpath: string;
  /** `nvme`, `ssd`, `hdd`, `usb` or `unknown`. */
  type: string;
  model?: string;
  serial?: string;
  size?: number;
  /** What is on it (`LVM`, `ZFS`, `mounted`, …); absent where nothing is. */
  used?: string;
  /** SMART's verdict: `PASSED` (SAS: `OK`), `FAILED!`, `UNKNOWN`. */
  health?: string;
  /** Percent of its life that are left, as far as it says so. */
  wearout?: number;
}

/** One of a disk's SMART attributes, or one line of what NVMe and SAS disks say. */
export interface SmartFact {
  name: string;
  value: string;
  /** Whether it is (`NOW`) or was (`Past`) below its threshold. */
  failing?: string;
}

/** A pool of ZFS; bytes, and percents for `frag`. */
export interface Zpool {
  name: string;
  /** `ONLINE`, `DEGRADED`, `FAULTED`, `SUSPENDED`, … */
  health: string;
  size?: number;
  alloc?: number;
  frag?: number;
}

/** A disk or a group of disks within a pool that is not well. */
export interface SickVdev {
  name: string;
  state: string;
  read: number;
  write: number;
  cksum: number;
  msg?: string;
}

/** What `zpool status` says. */
export interface ZpoolStatus {
  state?: string;
  status?: string;
  action?: string;
  /** About the last or the running scrub or resilver. */
  scan?: string;
  /** `No known data errors`, or how many there are. */
  errors?: string;
  sick: SickVdev[];
}

/** A volume group; bytes. */
export interface VolumeGroup {
  name: string;
  size: number;
  free: number;
}

/** A thin pool of LVM; bytes. */
export interface ThinPool {
  vg: string;
  lv: string;
  size: number;
  used: number;
  metadataSize: number;
  metadataUsed: number;
}

type Options = { signal?: AbortSignal };

/** The disks of a node with SMART's verdict, which takes Proxmox a moment. Needs Sys.Audit on the node. */
export async function nodeDisks(api: Api, node: string, options: Options = {}): Promise<Disk[]> {
  const data = await api.get<unknown>(path`/nodes/${node}/disks/list`, {}, options);
  return rows(data).map((each) =>
    known<Disk>({
      devpath: text(each.devpath) ?? '?',
      type: text(each.type) ?? 'unknown',
      model: told(each.model),
      serial: told(each.serial),
      size: number(each.size),
      used: text(each.used),
      health: text(each.health),
      wearout: number(each.wearout),
    }),
  );
}

/** Proxmox writes `unknown` where it knows nothing (recorded on PVE 9.2). */
const told = (value: unknown) => (value === 'unknown' ? undefined : text(value)?.trim());

/** What SMART says of one disk beyond its verdict. Needs Sys.Audit on `/`. */
export async function smartFacts(
  api: Api,
  node: string,
  devpath: string,
  options: Options = {},
): Promise<SmartFact[]> {
  const data = row(await api.get<unknown>(path`/nodes/${node}/disks/smart`, { disk: devpath }, options));
  const attributes = rows(data.attributes).map((each) =>
    known<SmartFact>({
      name: text(each.name) ?? '?',
      value: text(each.raw) ?? '',
      failing: each.fail === '-' ? undefined : text(each.fail),
    }),
  );
  const lines = (text(data.text) ?? '').split('\n').flatMap((line) => {
    const [, name, value] = /^([^:]+):\s+(\S.*)$/.exec(line) ?? [];
    return name !== undefined && value !== undefined ? [{ name, value }] : [];
  });
  return [...attributes, ...lines];
}

/** The pools of ZFS on a node. Needs Sys.Audit on `/`, as all that follows. */
export async function nodeZpools(api: Api, node: string, options: Options = {}): Promise<Zpool[]> {
  const data = await api.get<unknown>(path`/nodes/${node}/disks/zfs`, {}, options);
  return rows(data).map((each) =>
    known<Zpool>({
      name: text(each.name) ?? '?',
      health: text(each.health) ?? 'UNKNOWN',
      size: number(each.size),
      alloc: number(each.alloc),
      frag: number(each.frag),
    }),
  );
}

/** What `zpool status` says of one pool. */
export async function zpoolStatus(
  api: Api,
  node: string,
  pool: string,
  options: Options = {},
): Promise<ZpoolStatus> {
  const data = row(await api.get<unknown>(path`/nodes/${node}/disks/zfs/${pool}`, {}, options));
  return {
    ...known<Omit<ZpoolStatus, 'sick'>>({
      state: text(data.state),
      status: text(data.status),
      action: text(data.action),
      scan: text(data.scan),
      errors: text(data.errors),
    }),
    sick: sickOf(data),
  };
}

/** States of a disk in a pool that are no trouble: `AVAIL` is a spare that waits. */
const WELL = new Set(['ONLINE', 'AVAIL']);

/** The leaves of the tree that are not well: what is above them is ill on their account. */
function sickOf(vdev: Row): SickVdev[] {
  const children = rows(vdev.children);
  if (children.length > 0) return children.flatMap(sickOf);
  const [read = 0, write = 0, cksum = 0] = [number(vdev.read), number(vdev.write), number(vdev.cksum)];
  const state = text(vdev.state);
  if (state === undefined || vdev.scan !== undefined || (WELL.has(state) && read + write + cksum === 0))
    return [];
  const name = text(vdev.name) ?? '?';
  return [known<SickVdev>({ name, state, read, write, cksum, msg: text(vdev.msg) })];
}

/** The volume groups of LVM on a node. */
export async function nodeVolumeGroups(
  api: Api,
  node: string,
  options: Options = {},
): Promise<VolumeGroup[]> {
  const data = row(await api.get<unknown>(path`/nodes/${node}/disks/lvm`, {}, options));
  return rows(data.children).map((each) => ({
    name: text(each.name) ?? '?',
    size: number(each.size) ?? 0,
    free: number(each.free) ?? 0,
  }));
}

/** The thin pools of LVM on a node. */
export async function nodeThinPools(api: Api, node: string, options: Options = {}): Promise<ThinPool[]> {
  const data = await api.get<unknown>(path`/nodes/${node}/disks/lvmthin`, {}, options);
  return rows(data).map((each) => ({
    vg: text(each.vg) ?? '?',
    lv: text(each.lv) ?? '?',
    size: number(each.lv_size) ?? 0,
    used: number(each.used) ?? 0,
    metadataSize: number(each.metadata_size) ?? 0,
    metadataUsed: number(each.metadata_used) ?? 0,
  }));
}
