import { bootDrive, readDrive } from './drives.ts';
import type { GuestSystem } from './guest-system.ts';
import { readProperties } from './property-string.ts';
import { seedOf, sha1 } from './random.ts';

export type Kind = 'qemu' | 'lxc';
/** A guest's config: whole numbers and booleans are numbers, everything else is text (so is a VM's `memory`). */
export type Config = Record<string, string | number>;

export interface Snapshot {
  name: string;
  /** Seconds since 1970. */
  snaptime: number;
  description: string;
  parent: string | undefined;
  /** The volume that holds the RAM, where it was saved. */
  vmstate: string | undefined;
  config: Config;
}

/** What a guest makes of its resources: fractions of what it has, and bytes a second. */
export interface Load {
  /** How much of its time it waits for its disks, as a percentage; hardly any unless set. */
  waits?: number;
  cpu: number;
  mem: number;
  disk: number;
  netin: number;
  netout: number;
  diskread: number;
  diskwrite: number;
}

/** What the agent inside a VM, or a container's own network, answers. */
export interface Inside {
  ip: string;
  osinfo: Record<string, string>;
  /** Whether the QEMU guest agent answers. */
  agent: boolean;
  /** Milliseconds from a start until the agent answers. */
  boots?: number;
  /** Programs that this system does not have. */
  lacks?: readonly string[];
  /** What the agent has found and left there; made when it is first asked. */
  system?: GuestSystem;
}

/** What pvestatd last said of a guest, and what it was made from. */
export interface Report {
  at: number;
  facts: Facts;
  status: string;
  node: string;
  row: Record<string, unknown>;
}

interface Facts {
  name: string;
  cpus: number | undefined;
  maxmem: number;
  maxswap: number;
  maxdisk: number;
  template: boolean;
  agent: boolean;
  digest: string | undefined;
}

/** How often pvestatd tells the cluster what the guests do, in milliseconds. */
export const reportEvery = 10_000;

/** A VM or a container. */
export class Guest {
  readonly vmid: number;
  readonly kind: Kind;
  readonly seed: number;
  /** The node it is on; a migration changes it. */
  node: string;
  config: Config;
  /** Changes that wait for a restart; `null` stands for a deletion. */
  readonly pending = new Map<string, string | number | null>();
  readonly snapshots: Snapshot[] = [];
  /** The snapshot the current state comes from. */
  parent: string | undefined;
  status: 'running' | 'stopped' = 'stopped';
  paused = false;
  pid = 0;
  /** Milliseconds since 1970. */
  startedAt = 0;
  /** The task or request that holds the config's lock file. */
  held = false;
  inside: Inside | undefined;
  load: Load;
  /** Kept for as long as it holds: thousands of guests are asked for at once. */
  report: Report | undefined;
  readonly #starts: { from: number; to: number }[] = [];
  #reported: 'running' | 'stopped' | undefined;
  #changedAt = 0;
  #facts: Facts | undefined;

  constructor(vmid: number, kind: Kind, node: string, config: Config) {
    this.vmid = vmid;
    this.kind = kind;
    this.node = node;
    this.config = config;
    this.seed = seedOf(`${kind}/${vmid}`);
    this.load = {
      ...{ cpu: 0.05, mem: 0.55, disk: 0.4 },
      ...{ netin: 2_000, netout: 1_500, diskread: 3_000, diskwrite: 9_000 },
    };
  }

  /** Its name, and what follows from its config; cheap, since it is worked out once for each change. */
  get facts(): Facts {
    this.#facts ??= factsOf(this);
    return this.#facts;
  }

  get running(): boolean {
    return this.status === 'running';
  }

  get name(): string {
    return this.facts.name;
  }

  get template(): boolean {
    return this.facts.template;
  }

  get lock(): string | undefined {
    return this.config.lock === undefined ? undefined : String(this.config.lock);
  }

  /** Changes the config; `undefined` removes a key. */
  set(changes: Record<string, string | number | undefined>): void {
    for (const [key, value] of Object.entries(changes)) {
      if (value === undefined) delete this.config[key];
      else this.config[key] = value;
    }
    this.#facts = undefined;
  }

  /** To be called after the config, the pending changes or the snapshots were changed otherwise than by `set`. */
  touch(): void {
    this.#facts = undefined;
  }

  /** The SHA-1 that guards a change. The lock and pending changes are part of it, as they are in the file. */
  get digest(): string {
    const facts = this.facts;
    facts.digest ??= sha1(fileText(this));
    return facts.digest;
  }

  /** Starts or stops; the cluster learns of it with pvestatd's next report. */
  power(status: 'running' | 'stopped', now: number, pid = 0): void {
    this.#reported = this.reported(now);
    this.#changedAt = now;
    if (this.running) this.#starts.push({ from: this.startedAt, to: now });
    this.status = status;
    this.paused = false;
    this.pid = status === 'running' ? pid : 0;
    this.startedAt = status === 'running' ? now : 0;
  }

  /** Whether it ran at that moment (milliseconds since 1970). */
  ranAt(moment: number): boolean {
    if (this.running && moment >= this.startedAt) return true;
    return this.#starts.some(({ from, to }) => moment >= from && moment < to);
  }

  /** The status as the cluster knows it, up to 10 s late; `undefined` for a guest too new for a report. */
  reported(now: number): 'running' | 'stopped' | undefined {
    const late = Math.floor(now / reportEvery) === Math.floor(this.#changedAt / reportEvery);
    return late ? this.#reported : this.status;
  }

  /** Marks the guest as created now, so that nothing is reported of it yet. */
  born(now: number): void {
    this.#reported = undefined;
    this.#changedAt = now;
  }
}

function factsOf({ vmid, kind, config }: Guest): Facts {
  const shared = { template: Boolean(config.template), digest: undefined, agent: agentEnabled(config) };
  if (kind === 'lxc') {
    const rootfs = readDrive('lxc', 'rootfs', String(config.rootfs ?? ''));
    return {
      ...shared,
      name: String(config.hostname ?? `CT${vmid}`),
      cpus: config.cores === undefined ? undefined : Number(config.cores),
      maxmem: Number(config.memory ?? 512) * 1024 ** 2,
      maxswap: Number(config.swap ?? 512) * 1024 ** 2,
      maxdisk: rootfs.size || 4 * 1024 ** 3,
    };
  }
  const memory = readProperties(String(config.memory ?? 512), 'current').current;
  return {
    ...shared,
    name: String(config.name ?? `VM ${vmid}`),
    cpus: Number(config.vcpus ?? Number(config.sockets ?? 1) * Number(config.cores ?? 1)),
    maxmem: Number(memory) * 1024 ** 2,
    maxswap: 0,
    maxdisk: bootDrive(config)?.size ?? 0,
  };
}

function agentEnabled(config: Config): boolean {
  if (config.agent === undefined) return false;
  return readProperties(String(config.agent), 'enabled').enabled === '1';
}

/** The config as a file: current values, then what is pending, then each snapshot. */
function fileText(guest: Guest): string {
  const lines = (config: Config) =>
    Object.keys(config)
      .sort()
      .map((key) => `${key}: ${config[key]}`);
  const parts = lines(guest.config);
  if (guest.parent !== undefined) parts.push(`parent: ${guest.parent}`);
  if (guest.pending.size > 0) {
    parts.push('', '[PENDING]');
    for (const [key, value] of guest.pending)
      parts.push(value === null ? `delete: ${key}` : `${key}: ${value}`);
  }
  for (const snapshot of guest.snapshots) {
    parts.push('', `[${snapshot.name}]`, `#${snapshot.description}`, ...lines(snapshot.config));
    parts.push(`snaptime: ${snapshot.snaptime}`, `parent: ${snapshot.parent}`);
  }
  return `${parts.join('\n')}\n`;
}
