import { known } from './read.ts';
import { kindOf, type Resources, type Usage } from './resources.ts';

/**
 * A node of the cluster; `disk` is its root file system. There are no figures of an offline node, and none where the login
 * lacks Sys.Audit on `/nodes/{node}`.
 */
export interface Node extends Usage {
  node: string;
  /** `unknown` where the cluster cannot tell. */
  status: 'online' | 'offline' | 'unknown';
  /** The guests on it that this login may see; templates are not counted. */
  guests: { running: number; total: number };
}

/** The machines of the cluster. */
export class Nodes {
  readonly #resources: Resources;

  constructor(resources: Resources) {
    this.#resources = resources;
  }

  /**
   * Every node by name, with its guests counted. One request: the node rows of `/cluster/resources` are those of
   * `/nodes` (recorded on PVE 9.2), are there for every login, and no offline node is asked anything.
   */
  async list(options: { signal?: AbortSignal } = {}): Promise<Node[]> {
    const resources = await this.#resources.list(undefined, options);
    const nodes = new Map<string, Node>();
    for (const resource of resources) {
      if (resource.type !== 'node' || resource.node === undefined) continue;
      const { node, status, cpu, maxcpu, mem, maxmem, disk, maxdisk, uptime } = resource;
      const online = status === 'online';
      // An offline node may still be listed with zeros: no figure is better than a false one.
      const figures = online ? { cpu, maxcpu, mem, maxmem, disk, maxdisk, uptime } : {};
      nodes.set(node, {
        node,
        status: online || status === 'offline' ? status : 'unknown',
        ...known<Partial<Node>>(figures),
        guests: { running: 0, total: 0 },
      });
    }
    for (const resource of resources) {
      const guests = nodes.get(resource.node ?? '')?.guests;
      if (guests === undefined || kindOf(resource) !== 'guest' || resource.template) continue;
      guests.total += 1;
      if (resource.status === 'running') guests.running += 1;
    }
    return [...nodes.values()].sort((a, b) => (a.node < b.node ? -1 : 1));
  }
}
