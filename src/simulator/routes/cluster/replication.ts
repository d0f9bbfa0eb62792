import { ApiError, type Call, type Routes } from '../../call.ts';
import { demand, no } from '../find.ts';

const base = '/cluster/replication';

const guestOf = (id: string) => Number(id.split('-')[0]);

/** The refusals of a new job, in PVE's order (the second recorded on PVE 9.2). What would be left is not there. */
function create({ world, params, principal }: Call): never {
  const guest = guestOf(params.id);
  demand(principal, `/vms/${guest}`, 'VM.Replicate');
  const found = world.guests.get(guest);
  if (!found) throw no(`Guest '${guest}' does not exist.`);
  // A lone node is no member of anything.
  const members = world.clusterName === undefined ? [] : [...world.nodes.keys()];
  if (!members.includes(params.target)) throw no(`Target '${params.target}' does not exist.`);
  if (params.target === found.node) throw no('Source and target must not be identical');
  const zfs = Object.values(found.config).some((value) => {
    const storage = /^([A-Za-z][\w.-]*):/.exec(String(value))?.[1];
    return world.storages.get(storage ?? '')?.type === 'zfspool';
  });
  if (!zfs) throw no('No replicatable volumes found');
  throw new ApiError(501, "Method 'POST /cluster/replication' not implemented");
}

const missing = ({ params }: Call): never => {
  throw no(`no such replication job '${params.id}'`);
};

const missingJob = ({ params, principal }: Call): never => {
  demand(principal, `/vms/${guestOf(params.id)}`, 'VM.Replicate');
  throw no(`no such job '${params.id}'`);
};

const ofNode = '/nodes/{node}/replication';

/** Copies of disks on other nodes: there are none, and none can be asked for. */
export const replicationRoutes: Routes = {
  [`GET ${base}`]: () => [],
  [`POST ${base}`]: create,
  [`GET ${base}/{id}`]: missing,
  [`PUT ${base}/{id}`]: missingJob,
  [`DELETE ${base}/{id}`]: missingJob,
  [`GET ${ofNode}`]: () => [],
  [`GET ${ofNode}/{id}`]: () => ['schedule_now', 'log', 'status'].map((name) => ({ name })),
  [`GET ${ofNode}/{id}/status`]: missing,
  [`GET ${ofNode}/{id}/log`]: missing,
  [`POST ${ofNode}/{id}/schedule_now`]: missing,
};
