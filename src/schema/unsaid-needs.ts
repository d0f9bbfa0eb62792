import type { Method } from './method.ts';
import type { Need } from './needs.ts';

/** What Proxmox checks only once a method runs. */
export interface UnsaidNeed {
  words: string;
  /** Without it the call is refused. */
  needed?: Need;
  /** With it, and what the description says, nothing is missing whatever the call names. */
  enough?: Need;
}

function on(path: string, ...privileges: string[]): Need {
  return { kind: 'privilege', path, privileges, any: false };
}

function onWith(onlyWith: string, path: string, privilege: string): Need {
  return { kind: 'privilege', path, privileges: [privilege], any: false, onlyWith };
}

function both(...of: Need[]): Need {
  return { kind: 'and', of };
}

const ALL_SPACE = on('/storage', 'Datastore.AllocateSpace');
const ALL_NETWORKS = on('/sdn/zones', 'SDN.Use');

/** A guest is made by its VMID, or in a pool; one that exists may be restored by who backs it up. */
const CREATE: UnsaidNeed = {
  words:
    'VM.Allocate on /vms/{vmid} or on the pool (restoring over a guest: VM.Backup); Datastore.AllocateSpace on each storage, SDN.Use on each bridge',
  needed: {
    kind: 'or',
    of: [
      on('/vms/{vmid}', 'VM.Allocate'),
      onWith('pool', '/pool/{pool}', 'VM.Allocate'),
      onWith('archive', '/vms/{vmid}', 'VM.Backup'),
    ],
  },
  enough: both(on('/vms/{vmid}', 'VM.Allocate'), ALL_SPACE, ALL_NETWORKS),
};

const CREATE_CONTAINER: UnsaidNeed = { ...CREATE, words: `${CREATE.words}; privileged: Sys.Modify on /` };

const CLONE: UnsaidNeed = {
  words: 'Datastore.AllocateSpace on each storage, SDN.Use on each bridge',
  enough: both(ALL_SPACE, ALL_NETWORKS),
};

const MOVE: UnsaidNeed = { words: 'Datastore.AllocateSpace on the target storage', enough: ALL_SPACE };

function onEach(privilege: string): UnsaidNeed {
  return { words: `${privilege} on / or on each guest`, enough: on('/', privilege) };
}

const REPLICATE: UnsaidNeed = { words: 'VM.Replicate on the guest', enough: on('/vms', 'VM.Replicate') };
const NETWORK: UnsaidNeed = {
  words: 'SDN.Allocate on the vnet (/sdn/zones/<zone>/<vnet>)',
  enough: on('/sdn/zones', 'SDN.Allocate'),
};

/** An option wants the privilege of its kind. */
const CONFIG_VM: UnsaidNeed = {
  words: 'each option its own of these',
  enough: on(
    '/vms/{vmid}',
    ...['CDROM', 'CPU', 'Cloudinit', 'Disk', 'HWType', 'Memory', 'Network', 'Options'].map(
      (kind) => `VM.Config.${kind}`,
    ),
  ),
};
const CONFIG_CONTAINER: UnsaidNeed = {
  words: 'each option its own of these',
  enough: on(
    '/vms/{vmid}',
    ...['CPU', 'Disk', 'Memory', 'Network', 'Options'].map((kind) => `VM.Config.${kind}`),
  ),
};

/** By method and path, for PVE 9.2: what its prose and its sources say and its tree of checks does not. */
const unsaidNeeds: Readonly<Record<string, UnsaidNeed>> = {
  'POST /nodes/{node}/qemu': CREATE,
  'POST /nodes/{node}/lxc': CREATE_CONTAINER,
  'POST /nodes/{node}/qemu/{vmid}/clone': CLONE,
  'POST /nodes/{node}/lxc/{vmid}/clone': CLONE,
  'POST /nodes/{node}/qemu/{vmid}/move_disk': MOVE,
  'POST /nodes/{node}/lxc/{vmid}/move_volume': MOVE,
  'POST /nodes/{node}/qemu/{vmid}/config': CONFIG_VM,
  'PUT /nodes/{node}/qemu/{vmid}/config': CONFIG_VM,
  'PUT /nodes/{node}/lxc/{vmid}/config': CONFIG_CONTAINER,
  'POST /nodes/{node}/vzdump': {
    words: 'VM.Backup on each guest, Datastore.AllocateSpace on the storage',
    enough: both(on('/vms', 'VM.Backup'), ALL_SPACE),
  },
  'POST /nodes/{node}/startall': onEach('VM.PowerMgmt'),
  'POST /nodes/{node}/stopall': onEach('VM.PowerMgmt'),
  'POST /nodes/{node}/suspendall': onEach('VM.PowerMgmt'),
  'POST /nodes/{node}/migrateall': onEach('VM.Migrate'),
  'POST /cluster/bulk-action/guest/start': onEach('VM.PowerMgmt'),
  'POST /cluster/bulk-action/guest/shutdown': onEach('VM.PowerMgmt'),
  'POST /cluster/bulk-action/guest/suspend': onEach('VM.PowerMgmt'),
  'POST /cluster/bulk-action/guest/migrate': onEach('VM.Migrate'),
  'POST /cluster/replication': REPLICATE,
  'PUT /cluster/replication/{id}': REPLICATE,
  'DELETE /cluster/replication/{id}': REPLICATE,
  'POST /nodes/{node}/replication/{id}/schedule_now': REPLICATE,
  'PUT /cluster/sdn/vnets/{vnet}': NETWORK,
  'DELETE /cluster/sdn/vnets/{vnet}': NETWORK,
  'POST /cluster/sdn/vnets/{vnet}/subnets': NETWORK,
  'PUT /cluster/sdn/vnets/{vnet}/subnets/{subnet}': NETWORK,
  'DELETE /cluster/sdn/vnets/{vnet}/subnets/{subnet}': NETWORK,
  'PUT /cluster/sdn/vnets/{vnet}/firewall/options': NETWORK,
  'POST /cluster/sdn/vnets/{vnet}/firewall/rules': NETWORK,
  'PUT /cluster/sdn/vnets/{vnet}/firewall/rules/{pos}': NETWORK,
  'DELETE /cluster/sdn/vnets/{vnet}/firewall/rules/{pos}': NETWORK,
  'DELETE /nodes/{node}/storage/{storage}/content/{volume}': {
    words:
      'Datastore.Allocate on /storage/{storage} (backups: Datastore.AllocateSpace, and VM.Backup on the guest)',
    enough: on('/storage/{storage}', 'Datastore.Allocate'),
  },
  'DELETE /nodes/{node}/storage/{storage}/prunebackups': {
    words:
      'Datastore.Allocate on /storage/{storage} (with vmid: Datastore.AllocateSpace, and VM.Backup on the guest)',
    enough: on('/storage/{storage}', 'Datastore.Allocate'),
  },
  'DELETE /nodes/{node}/tasks/{upid}': {
    words: "Sys.Modify on /nodes/{node} for others' tasks",
    enough: on('/nodes/{node}', 'Sys.Modify'),
  },
};

/** What a method asks for beyond its description, where we know it: the checks that Proxmox makes while it runs. */
export function unsaidNeedOf({ method, path, name }: Method): UnsaidNeed | undefined {
  const key = `${method} ${path}`;
  // Other products have some paths in common with PVE, and give their methods no names.
  return name !== '' && Object.hasOwn(unsaidNeeds, key) ? unsaidNeeds[key] : undefined;
}
