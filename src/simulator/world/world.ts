import { Access } from './access.ts';
import type { Clock } from './clock.ts';
import { ConsoleProxies } from './console-proxies.ts';
import { Firewalls } from './firewall.ts';
import type { Guest } from './guest.ts';
import type { SimNode } from './node.ts';
import { Pools } from './pools.ts';
import { Sdn } from './sdn.ts';
import { Sections } from './sections.ts';
import type { Storage } from './storage.ts';
import { Tasks } from './tasks.ts';
import { TemporaryFiles } from './temporary-files.ts';
import { Timeline } from './timeline.ts';

/** Something HA looks after: `vm:100`. */
export interface HaResource {
  sid: string;
  state: string;
  comment?: string;
  max_restart?: number;
  max_relocate?: number;
  failback?: number;
}

/** A Proxmox VE cluster. Everything in it follows from what was put in and from the clock. */
export class World {
  readonly clock: Clock;
  readonly timeline: Timeline;
  readonly nodes = new Map<string, SimNode>();
  /** By VMID. To be changed through `addGuest` and `removeGuest`. */
  readonly guests = new Map<number, Guest>();
  #inOrder: readonly Guest[] | undefined;
  #byNode: Map<string, Guest[]> | undefined;
  readonly storages = new Map<string, Storage>();
  readonly temporary = new TemporaryFiles();
  readonly consoles = new ConsoleProxies();
  readonly pools = new Pools();
  readonly firewalls = new Firewalls();
  /** Config files that are lists of named sections. */
  readonly sections = new Sections();
  readonly sdn = new Sdn(this.sections);
  readonly access: Access;
  readonly tasks: Tasks;
  /** `undefined` for a lone node that is in no cluster. */
  clusterName: string | undefined;
  /** `datacenter.cfg` */
  readonly options: Record<string, string | number> = {};
  readonly ha = new Map<string, HaResource>();
  /** Set while HA has let go of its watchdogs, or is about to: `freeze` or `ignore`, `disarming` or `disarmed`. */
  haDisarmed: { mode: string; state: string } | undefined;
  /** Backup jobs by id, as `GET /cluster/backup/{id}` shows them. */
  readonly backupJobs = new Map<string, Record<string, string | number>>();

  /**
   * What has stopped on the node that answers: `pvedaemon` refuses connections, or hangs with them open; without `pmxcfs`
   * there is no `/etc/pve`, and so nobody may do anything.
   */
  outage: 'pvedaemon' | 'pvedaemon hangs' | 'pmxcfs' | undefined;

  constructor({ clock }: { clock: Clock }) {
    this.clock = clock;
    this.timeline = new Timeline(clock);
    this.tasks = new Tasks(this.timeline);
    this.access = new Access(() => this.pools.list());
  }

  /** Lets everything happen that is due by now. To be called before each request is answered. */
  settle(): void {
    this.timeline.settle();
  }

  /** Milliseconds since 1970. */
  now(): number {
    return this.timeline.now();
  }

  /** Seconds since 1970. */
  seconds(): number {
    return Math.floor(this.now() / 1000);
  }

  /** The guest, after everything due has happened. */
  guest(vmid: number): Guest | undefined {
    this.settle();
    return this.guests.get(vmid);
  }

  addGuest(guest: Guest): Guest {
    this.guests.set(guest.vmid, guest);
    this.#inOrder = this.#byNode = undefined;
    return guest;
  }

  /** Takes a guest out of the cluster, and out of its pool. */
  removeGuest(vmid: number): void {
    this.guests.delete(vmid);
    this.#inOrder = this.#byNode = undefined;
    this.pools.assign(vmid, undefined);
    this.firewalls.forget(`/vms/${vmid}`);
  }

  /** Every guest, by VMID. */
  guestsInOrder(): readonly Guest[] {
    this.#inOrder ??= [...this.guests.values()].sort((a, b) => a.vmid - b.vmid);
    return this.#inOrder;
  }

  /** The guests on a node, by VMID. */
  guestsOn(node: string): readonly Guest[] {
    if (!this.#byNode) {
      this.#byNode = new Map();
      for (const guest of this.guestsInOrder()) {
        const list = this.#byNode.get(guest.node);
        if (list) list.push(guest);
        else this.#byNode.set(guest.node, [guest]);
      }
    }
    return this.#byNode.get(node) ?? [];
  }

  /** Moves a guest's config to another node. */
  moveGuest(guest: Guest, node: string): void {
    guest.node = node;
    this.#byNode = undefined;
  }

  /** Cuts a node off, or brings it back. Its guests stay as they are; the cluster only loses sight of them. */
  setOnline(name: string, online: boolean): void {
    const node = this.nodes.get(name);
    if (node) node.online = online;
  }

  /** Whether more than half of the nodes are there. */
  get quorate(): boolean {
    const online = [...this.nodes.values()].filter((node) => node.online).length;
    return online * 2 > this.nodes.size;
  }
}
