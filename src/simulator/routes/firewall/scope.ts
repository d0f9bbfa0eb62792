import type { Call } from '../../call.ts';
import type { Firewall } from '../../world/firewall.ts';
import { no } from '../find.ts';
import { demandAny } from '../sdn/objects.ts';

/** Where rules stand; what they may say depends on it. */
export type Environment = 'cluster' | 'group' | 'host' | 'vm' | 'ct' | 'vnet';

/** One of the places in the API that have a firewall. */
export interface Scope {
  env: Exclude<Environment, 'group'>;
  /** The API path above `/rules`, `/options` and so on. */
  base: string;
  /** Which firewall a call is about. */
  of(call: Call): Firewall;
  /** Refuses a caller whom the method's own permissions let pass; these are the privileges of which one will do. */
  demand?(call: Call, ...privileges: string[]): void;
}

/** A virtual network's firewall is guarded by the network, which must have been applied (PVE 9.2). */
function demandNetwork(call: Call, ...privileges: string[]): void {
  const { vnet } = call.params;
  const section = call.world.sdn.running('vnets').get(vnet);
  if (!section) throw no('invalid vnet specified at /usr/share/perl5/PVE/API2/Firewall/Helpers.pm line 54.');
  demandAny(call, `/sdn/zones/${section.zone}/${vnet}`, ...privileges);
}

/** Every place that has a firewall. */
export const scopes: readonly Scope[] = [
  { env: 'cluster', base: '/cluster/firewall', of: ({ world }) => world.firewalls.of('/') },
  {
    ...{ env: 'host', base: '/nodes/{node}/firewall' },
    of: ({ world, params }) => world.firewalls.of(`/nodes/${params.node}`),
  },
  {
    ...{ env: 'vm', base: '/nodes/{node}/qemu/{vmid}/firewall' },
    of: ({ world, params }) => world.firewalls.of(`/vms/${params.vmid}`),
  },
  {
    ...{ env: 'ct', base: '/nodes/{node}/lxc/{vmid}/firewall' },
    of: ({ world, params }) => world.firewalls.of(`/vms/${params.vmid}`),
  },
  {
    ...{ env: 'vnet', base: '/cluster/sdn/vnets/{vnet}/firewall' },
    of: ({ world, params }) => world.firewalls.of(`/sdn/${params.vnet}`),
    demand: demandNetwork,
  },
];

/** Guards a change against one that came in between. */
export function assertDigest(found: string, given: string | undefined): void {
  if (given === undefined || given === found) return;
  throw no('detected modified configuration - file changed by other user? Try again.');
}
