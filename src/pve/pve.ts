import type { Api } from '../api/api.ts';
import type { Clock } from '../clock.ts';
import { Consoles } from './consoles.ts';
import { Files } from './files.ts';
import { Guests } from './guests.ts';
import { Nodes } from './nodes.ts';
import { Resources } from './resources.ts';
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

  constructor(api: Api, clock: Clock) {
    this.api = api;
    this.resources = new Resources(api);
    this.nodes = new Nodes(this.resources);
    this.guests = new Guests(this.resources);
    this.tasks = new Tasks(api, clock);
    this.files = new Files(api, this.tasks);
    this.consoles = new Consoles(api, clock);
  }
}
