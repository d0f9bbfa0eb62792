import type { Api } from '../api/api.ts';
import { path } from '../api/path.ts';
import type { Clock } from '../clock.ts';
import { flag, known, number, type Row, rows, text } from './read.ts';

/** What `/cluster/resources` lists, by family: VMs and containers are both guests, networks belong to SDN. */
export type ResourceKind = 'node' | 'guest' | 'storage' | 'sdn' | 'pool' | 'other';

/** What something uses, of how much. Absent where the login may not see it or where the node has not reported any. */
export interface Usage {
  /** A fraction of `maxcpu` cores. */
  cpu?: number;
  maxcpu?: number;
  /** Bytes, as all sizes. */
  mem?: number;
  maxmem?: number;
  /** Always 0 for VMs: Proxmox does not look into their disks. */
  disk?: number;
  maxdisk?: number;
  /** Seconds. */
  uptime?: number;
}

/** One row of `/cluster/resources`. */
export interface Resource extends Usage {
  /** `qemu/100`, `node/pve1`, `storage/pve1/local`: unique in the cluster. */
  id: string;
  /** Proxmox's own word: `qemu`, `lxc`, `node`, `storage`, `pool`, `sdn`, `network`. */
  type: string;
  /** A guest's name, or the id of the node, storage, pool, zone or network. A new guest has none for some seconds. */
  name?: string;
  vmid?: number;
  node?: string;
  /** As Proxmox says, but `unknown (node offline)` for guests of a node that is not online. Pools have none. */
  status?: string;
  tags?: string[];
  pool?: string;
  template?: boolean;
  lock?: string;
  hastate?: string;
  content?: string;
  plugintype?: string;
  shared?: boolean;
}

/** What Proxmox can narrow `/cluster/resources` to by itself. */
export type ResourceType = 'vm' | 'storage' | 'node' | 'sdn';

const KINDS: ReadonlyMap<string, ResourceKind> = new Map([
  ['node', 'node'],
  ['qemu', 'guest'],
  ['lxc', 'guest'],
  ['storage', 'storage'],
  ['sdn', 'sdn'],
  ['network', 'sdn'],
  ['pool', 'pool'],
]);

/** The family of a row. */
export function kindOf(resource: { type: string }): ResourceKind {
  return KINDS.get(resource.type) ?? 'other';
}

/** What the status of a guest becomes when its node is not online. */
export const NODE_OFFLINE = 'unknown (node offline)';

function readResource(row: Row): Resource {
  const type = text(row.type) ?? 'other';
  const name = text(row.name) ?? text(row.storage) ?? text(row.sdn) ?? text(row.network);
  const node = text(row.node);
  const pool = text(row.pool);
  const guest = KINDS.get(type) === 'guest';
  return known<Resource>({
    id: text(row.id) ?? `${type}/${name ?? node ?? ''}`,
    type,
    name: name ?? (type === 'node' ? node : type === 'pool' ? pool : undefined),
    vmid: number(row.vmid),
    node,
    status: text(row.status),
    cpu: number(row.cpu),
    maxcpu: number(row.maxcpu),
    mem: number(row.mem),
    maxmem: number(row.maxmem),
    disk: number(row.disk),
    maxdisk: number(row.maxdisk),
    uptime: number(row.uptime),
    tags: text(row.tags)
      ?.split(/[;, ]+/)
      .filter((tag) => tag !== ''),
    pool: type === 'pool' ? undefined : pool,
    template: guest && flag(row.template) ? true : undefined,
    lock: text(row.lock),
    hastate: text(row.hastate),
    content: text(row.content),
    plugintype: text(row.plugintype),
    shared: type === 'storage' ? flag(row.shared) : undefined,
  });
}

/** How long a list is good enough for a first look, in milliseconds. */
const RECENT = 5_000;
/** How long a look may take, in milliseconds: it is only for saying no sooner and better than Proxmox would. */
const PATIENCE = 5_000;

/** Who is where in the cluster, ready to be asked. */
export class Whereabouts {
  readonly nodes: ReadonlyMap<string, Resource>;
  /** By VMID. */
  readonly guests: ReadonlyMap<number, Resource>;
  /** As listed: one row for each node that has it, also of a shared one. */
  readonly storages: readonly Resource[];

  constructor(resources: readonly Resource[]) {
    const nodes = new Map<string, Resource>();
    const guests = new Map<number, Resource>();
    for (const one of resources) {
      const kind = kindOf(one);
      if (kind === 'node' && one.node !== undefined) nodes.set(one.node, one);
      if (kind === 'guest' && one.vmid !== undefined) guests.set(one.vmid, one);
    }
    this.nodes = nodes;
    this.guests = guests;
    this.storages = resources.filter((one) => kindOf(one) === 'storage');
  }
}

/** Where everything was when one login last looked, kept for all who use that login. */
export class ResourceMemory {
  readonly #clock: Clock;
  #last: { at: number; seen: Whereabouts } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get recent(): Whereabouts | undefined {
    return this.#last && this.#clock.now() - this.#last.at < RECENT ? this.#last.seen : undefined;
  }

  keep(resources: readonly Resource[]): Whereabouts {
    const seen = new Whereabouts(resources);
    this.#last = { at: this.#clock.now(), seen };
    return seen;
  }
}

/** Whatever the cluster has, from `/cluster/resources`: one answer from memory, also while nodes are offline. */
export class Resources {
  readonly #api: Api;
  readonly #memory: ResourceMemory;

  constructor(api: Api, memory: ResourceMemory) {
    this.#api = api;
    this.#memory = memory;
  }

  /**
   * Where nodes and guests are. Up to 5 s old unless `anew`: for a look that is followed by a second one where it finds
   * something wrong.
   */
  async whereabouts({
    anew = false,
    signal,
  }: {
    anew?: boolean;
    signal?: AbortSignal;
  } = {}): Promise<Whereabouts> {
    const recent = anew ? undefined : this.#memory.recent;
    return (
      recent ??
      this.#memory.keep(await this.list(undefined, { timeoutMs: PATIENCE, ...(signal && { signal }) }))
    );
  }

  /**
   * The rows this login may see, in Proxmox's (random) order. They lag by up to 10 s. To know which guests stand on an
   * offline node, ask without a `type` or with the nodes among the rows.
   */
  async list(
    type?: ResourceType,
    options: { signal?: AbortSignal; timeoutMs?: number } = {},
  ): Promise<Resource[]> {
    const data = await this.#api.get<unknown>(path`/cluster/resources`, type ? { type } : {}, options);
    const resources = rows(data).map(readResource);
    const offline = new Set<string>();
    for (const { type, node, status } of resources) {
      if (type === 'node' && node !== undefined && status !== 'online') offline.add(node);
    }
    if (offline.size > 0) {
      for (const resource of resources) {
        // For some minutes Proxmox goes on showing the last state that the lost node reported.
        if (kindOf(resource) === 'guest' && offline.has(resource.node ?? '')) resource.status = NODE_OFFLINE;
      }
    }
    return resources;
  }
}
