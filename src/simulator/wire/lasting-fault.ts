import type { Fault } from '../faults.ts';
import type { World } from '../world/world.ts';

/** A state that something is put into, and taken out of again. */
export interface Lasting {
  /** Puts it there; does no harm where it is there already. Done before each request, since a guest may be new. */
  impose(): void;
  lift(): void;
}

const LOCK = 'backup';

/** What a fault of this kind does to the world. Throws where the node or storage named is not there. */
export function lastingFault(fault: Fault, world: World): Lasting {
  switch (fault.name) {
    case 'offline-node':
      return {
        impose: () => world.setOnline(fault.node, false),
        lift: () => world.setOnline(fault.node, true),
      };
    case 'locked-guest':
      return {
        impose() {
          const guest = world.guests.get(fault.vmid);
          if (guest?.lock === undefined) guest?.set({ lock: LOCK });
        },
        lift() {
          const guest = world.guests.get(fault.vmid);
          if (guest?.lock === LOCK) guest.set({ lock: undefined });
        },
      };
    case 'config-lock':
      return {
        impose: () => hold(world, fault.vmid, true),
        lift: () => hold(world, fault.vmid, false),
      };
    case 'full-storage':
      return {
        impose: () => fill(world, fault.storage, true),
        lift: () => fill(world, fault.storage, false),
      };
    default:
      throw new Error(`${fault.name} does not last`);
  }
}

function hold(world: World, vmid: number, held: boolean): void {
  const guest = world.guests.get(vmid);
  if (guest) guest.held = held;
}

function fill(world: World, id: string, full: boolean): void {
  const storage = world.storages.get(id);
  if (storage) storage.full = full;
}
