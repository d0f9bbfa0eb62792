import type { Call } from '../call.ts';
import type { Guest, Inside } from '../world/guest.ts';
import { GuestSystem } from '../world/guest-system.ts';
import { guestOf, no } from './find.ts';

/** A VM whose agent answers. */
export interface Agent {
  guest: Guest;
  inside: Inside;
  system: GuestSystem;
}

/** The agent of a VM, or the refusal: none configured, VM stopped, or no answer after 3 s (recorded on PVE 9.2). */
export async function agentOf(call: Call): Promise<Agent> {
  const guest = guestOf(call, 'qemu');
  // Any value will do, even one that switches it off: Proxmox only asks whether there is one.
  if (guest.config.agent === undefined) throw no('No QEMU guest agent configured');
  if (!guest.running) throw no(`VM ${guest.vmid} is not running`);
  const { inside } = guest;
  const booting = call.world.now() - guest.startedAt < (inside?.boots ?? 0);
  if (inside?.agent && guest.facts.agent && !guest.paused && !booting) {
    inside.system ??= new GuestSystem({
      ...{ hostname: guest.name, osinfo: inside.osinfo, lacks: inside.lacks ?? [] },
    });
    return { guest, inside, system: inside.system };
  }
  await call.world.clock.sleep(3000);
  throw no('QEMU guest agent is not running');
}
