import type { CertificateInfo } from './certificates.ts';
import { Interfaces } from './interfaces.ts';

/** What a node is made of. Sizes in bytes. */
export interface Hardware {
  sockets: number;
  /** Cores of one socket. */
  cores: number;
  /** Threads of the whole machine. */
  cpus: number;
  model: string;
  mhz: string;
  memory: number;
  swap: number;
  rootfs: number;
  rootfsUsed: number;
  /** An old BIOS without virtualisation instead of EFI: what the recorded machine has. */
  bios?: boolean;
}

/** A package that waits for its update. */
export interface Update {
  name: string;
  title: string;
  section: string;
  origin: 'Proxmox' | 'Debian';
  from: string;
  to: string;
}

/** What SMART says of a disk where it is not the best. */
export interface DiskWear {
  /** `PASSED` or `FAILED!`. */
  health?: string;
  /** Percent of its life that are left. */
  wearout?: number;
  /** How many sectors it had to replace. */
  reallocated?: number;
}

/** How a pool of ZFS stands where it is not as good as new. */
export interface PoolState {
  /** The disk that ZFS has given up, by its name below `/dev`, and what it counted before. */
  faulted?: { disk: string; read: number; write: number; cksum: number };
  /** The line that `zpool status` shows of the last scrub. */
  scan?: string;
}

/** One machine of the cluster. */
export class SimNode {
  readonly name: string;
  /** Its number in corosync. */
  readonly nodeid: number;
  readonly ip: string;
  readonly hardware: Hardware;
  online = true;
  /** What pvestatd last said of it, at which moment; kept since thousands of guests go into it. */
  report: { at: number; cpu: number; mem: number; disk: number } | undefined;
  /** Milliseconds since 1970. */
  bootedAt: number;
  timezone = 'Etc/UTC';
  dns: { search: string; dns1: string; dns2?: string; dns3?: string };
  readonly interfaces = new Interfaces();
  /** `/etc/hosts` */
  hosts: string;
  /** The node's own options, such as its notes. */
  readonly config: Record<string, string | number> = {};
  /** Services that somebody has started (true) or stopped since the beginning. */
  readonly services = new Map<string, boolean>();
  /** The certificate that somebody put in place of the node's own. */
  certificate: CertificateInfo | undefined;
  /** Packages of which the lists know a newer version. */
  readonly updates: Update[] = [];
  /** Versions of packages that are installed here, where they are not those that everybody starts with. */
  readonly packages = new Map<string, string>();
  /** The kernel that runs: the one that was the newest when the node was booted. */
  kernel = { release: '6.17.2-1-pve', version: '#1 SMP PREEMPT_DYNAMIC PMX 6.17.2-1 (2026-01-12T12:02Z)' };
  /** Releases of kernels that are installed. */
  readonly kernels = ['6.17.2-1-pve'];
  /** Whether its packages come from the repository that is for subscribers alone. Nobody here is one. */
  enterprise = false;
  /** Disks that are worn or ill, by their name below `/dev`. */
  readonly wear = new Map<string, DiskWear>();
  /** Pools of ZFS of which there is something to tell. */
  readonly zpools = new Map<string, PoolState>();
  /** How much of its metadata a thin pool uses (`pve/data`), where that is not in step with its data. */
  readonly thinMetadata = new Map<string, number>();
  /** The list of templates, as far as it was brought here. */
  appliances: readonly Record<string, string>[] = [];
  #pid = 1000;

  constructor(facts: { name: string; nodeid: number; ip: string; hardware: Hardware; bootedAt: number }) {
    this.name = facts.name;
    this.nodeid = facts.nodeid;
    this.ip = facts.ip;
    this.hardware = facts.hardware;
    this.bootedAt = facts.bootedAt;
    this.dns = { search: 'lab.example', dns1: '192.0.2.1' };
    this.hosts = `127.0.0.1 localhost\n${this.ip} ${this.name}.lab.example ${this.name}\n`;
  }

  /** The next process number on this node. */
  nextPid(): number {
    this.#pid = this.#pid >= 4_000_000 ? 1001 : this.#pid + 7;
    return this.#pid;
  }
}
