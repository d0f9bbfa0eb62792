import { Failure } from '../failure.ts';
import { kindOf, type Resource, type Resources } from './resources.ts';

/** A VM or container, and where it stands at the moment. */
export interface Guest extends Resource {
  vmid: number;
  node: string;
  type: 'qemu' | 'lxc';
}

const HINTED = 20;

/** VMs and containers, wherever in the cluster they stand. */
export class Guests {
  readonly #resources: Resources;

  constructor(resources: Resources) {
    this.#resources = resources;
  }

  /** Every guest that this login may see, by VMID. */
  async list(options: { signal?: AbortSignal } = {}): Promise<Guest[]> {
    const resources = await this.#resources.list(undefined, options);
    return resources.filter(isGuest).sort((a, b) => a.vmid - b.vmid);
  }

  /**
   * The guest with this VMID, or with this name where only one has it. Throws `not_found`, or `invalid_argument` for a
   * name that several guests share.
   */
  async find(guest: number | string, options: { signal?: AbortSignal } = {}): Promise<Guest> {
    return oneOf(await this.list(options), guest);
  }

  /** Several at once, in the order given, with one request. Throws as `find` does, for the first that is not one guest. */
  async findAll(
    guests: readonly (number | string)[],
    options: { signal?: AbortSignal } = {},
  ): Promise<Guest[]> {
    const all = await this.list(options);
    return guests.map((guest) => oneOf(all, guest));
  }
}

/** The guest that is meant, among all that was listed. Throws as `Guests.find` does. */
export function guestAmong(resources: readonly Resource[], guest: number | string): Guest {
  return oneOf(resources.filter(isGuest), guest);
}

/** The same as `find`, in rows of `/cluster/resources` that were read already. */
export function findGuest(resources: readonly Resource[], guest: number | string): Guest {
  return oneOf(
    resources.filter(isGuest).sort((a, b) => a.vmid - b.vmid),
    guest,
  );
}

function oneOf(guests: readonly Guest[], guest: number | string): Guest {
  const wanted = String(guest).trim();
  const byId = guests.find(({ vmid }) => String(vmid) === wanted);
  if (byId) return byId;
  const byName = guests.filter(({ name }) => name?.toLowerCase() === wanted.toLowerCase());
  const [found] = byName;
  if (found && byName.length === 1) return found;
  if (found) {
    const choices = byName.map(({ vmid, type, node }) => `${vmid} (${type} on ${node})`).join(', ');
    throw new Failure(
      'invalid_argument',
      `${byName.length} guests are named ${wanted}.`,
      `Give a VMID: ${choices}.`,
    );
  }
  throw new Failure('not_found', `There is no guest ${wanted} that this login may see.`, knownGuests(guests));
}

function isGuest(resource: Resource): resource is Guest {
  return kindOf(resource) === 'guest' && resource.vmid !== undefined && resource.node !== undefined;
}

function knownGuests(guests: readonly Guest[]): string {
  if (guests.length === 0) return 'It sees no guest at all: does it (and its token) have VM.Audit on /vms?';
  const some = guests.slice(0, HINTED).map(({ vmid, name }) => (name ? `${vmid} ${name}` : String(vmid)));
  const rest = guests.length > HINTED ? ` and ${guests.length - HINTED} more` : '';
  return `It sees: ${some.join(', ')}${rest}.`;
}
