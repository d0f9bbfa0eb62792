import type { Api } from '../api/api.ts';
import type { Clock } from '../clock.ts';
import { Access } from './access.ts';
import { Agent } from './agent.ts';
import { Consoles } from './consoles.ts';
import { Files } from './files.ts';
import { Guests } from './guests.ts';
import { Metrics } from './metrics.ts';
import { Nodes } from './nodes.ts';
import { ResourceMemory, Resources } from './resources.ts';
import { Tasks } from './tasks.ts';

/** What can be said to one Proxmox VE cluster. Each room is a plural noun. */
export class Pve {
  /** For any endpoint that has no room here. */
  readonly api: Api;
  readonly resources: Resources;
  readonly nodes: Nodes;
  readonly guests: Guests;
  readonly tasks: Tasks;
  readonly files: Files;
  readonly consoles: Consoles;
  readonly access: Access;
  readonly metrics: Metrics;
  readonly agent: Agent;

  /** With a `memory`, what one has seen of the cluster serves all who share it. It must be of the same login. */
  constructor(api: Api, clock: Clock, memory = new ResourceMemory(clock), access = new Access(api, clock)) {
    this.api = api;
    this.resources = new Resources(api, memory);
    this.nodes = new Nodes(this.resources);
    this.guests = new Guests(this.resources);
    this.tasks = new Tasks(api, clock);
    this.files = new Files(api, this.tasks);
    this.consoles = new Consoles(api, clock);
    this.access = access;
    this.metrics = new Metrics(api);
    this.agent = new Agent(api, clock);
  }
}
