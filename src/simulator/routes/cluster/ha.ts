import type { Call, Routes } from '../../call.ts';
import { sha1 } from '../../world/random.ts';
import type { HaResource, World } from '../../world/world.ts';
import { no } from '../find.ts';
import { assertUnchanged, saying } from '../section-config.ts';

const base = '/cluster/ha/resources';

const typeOf = (sid: string) => sid.slice(0, sid.indexOf(':'));

const digest = ({ ha }: World) => sha1(ha.size === 0 ? '' : JSON.stringify([...ha]));

const row = (world: World, resource: HaResource) => ({
  ...{ ...resource, type: typeOf(resource.sid), digest: digest(world) },
});

/** `101` and `vm:101` mean the same. */
function sidOf({ world, params }: Call): string {
  const sid = String(params.sid);
  if (sid.includes(':')) return sid;
  const guest = world.guests.get(Number(sid));
  if (!guest) throw no(`unable to detect SID from VMID - VM/CT ${sid} does not exist`);
  return `${guest.kind === 'qemu' ? 'vm' : 'ct'}:${sid}`;
}

function resourceOf(call: Call): HaResource {
  const sid = sidOf(call);
  const resource = call.world.ha.get(sid);
  if (!resource) throw no(`no such resource '${sid}'`);
  return resource;
}

const options = ['state', 'comment', 'max_restart', 'max_relocate', 'failback'] as const;

const refuseGroup = ({ params }: Call) => {
  if (params.group !== undefined)
    throw no("invalid parameter 'group': ha groups have been migrated to rules");
};

function add(call: Call): null {
  const { world, params } = call;
  const sid = sidOf(call);
  refuseGroup(call);
  const [kind, what] = typeOf(sid) === 'vm' ? (['qemu', 'VM'] as const) : (['lxc', 'container'] as const);
  const vmid = Number(sid.slice(3));
  const guest = world.guests.get(vmid);
  if (!guest) throw no(`resource '${sid}' does not exist in cluster`);
  if (guest.kind !== kind) throw no(`resource '${sid}' - guest with ID ${vmid} is not a ${what}`);
  return saying('create resource failed', () => {
    if (world.ha.has(sid)) throw no(`resource ID '${sid}' already defined`);
    const resource: HaResource = { sid, state: 'started' };
    for (const name of options)
      if (params[name] !== undefined) Object.assign(resource, { [name]: params[name] });
    world.ha.set(sid, resource);
    return null;
  });
}

function update(call: Call): null {
  const { world, params } = call;
  const sid = sidOf(call);
  refuseGroup(call);
  return saying('update resources config failed', () => {
    assertUnchanged(digest(world), params.digest);
    const resource = world.ha.get(sid);
    if (!resource) throw no(`no such resource '${sid}'`);
    const gone = String(params.delete ?? '')
      .split(/[,;\s]+/)
      .filter(Boolean);
    for (const name of gone) {
      if (!options.some((one) => one === name)) throw no(`no such option '${name}'`);
      Reflect.deleteProperty(resource, name);
    }
    for (const name of options)
      if (params[name] !== undefined) Object.assign(resource, { [name]: params[name] });
    return null;
  });
}

/** Takes a resource out of HA, and unless told otherwise out of the rules, too; a rule about nothing else goes. */
function remove(call: Call): null {
  const { world, params } = call;
  const sid = sidOf(call);
  if (!world.ha.delete(sid)) throw no(`cannot delete service '${sid}', not HA managed!`);
  const rules = world.sections.of('ha/rules');
  for (const [id, rule] of params.purge === 0 ? [] : [...rules]) {
    const left = String(rule.resources ?? '')
      .split(/[,;\s]+/)
      .filter((one) => one !== '' && one !== sid);
    if (left.length === 0) rules.delete(id);
    else rules.set(id, { ...rule, resources: left.join(',') });
  }
  return null;
}

/** Asks the manager to move a resource; it is asked and nothing more. */
function move(call: Call) {
  const sid = sidOf(call);
  const resource = call.world.ha.get(sid);
  if (!resource || resource.state === 'ignored') throw no(`resource '${sid}' is not HA managed`);
  return { sid, 'requested-node': call.params.node };
}

const migrated = (verb: string) => () => {
  throw no(`cannot ${verb}: ha groups have been migrated to rules`);
};

/** High availability: what it looks after, and what becomes of it. Rules are in `ha-rules.ts`, its state in `ha-status.ts`. */
export const haRoutes: Routes = {
  'GET /cluster/ha': () => ['status', 'resources', 'groups', 'rules'].map((id) => ({ id })),
  [`GET ${base}`]: ({ world, params }) =>
    [...world.ha.values()]
      .map((resource) => row(world, resource))
      .filter(({ type }) => params.type === undefined || type === params.type),
  [`POST ${base}`]: add,
  [`GET ${base}/{sid}`]: (call) => row(call.world, resourceOf(call)),
  [`PUT ${base}/{sid}`]: update,
  [`DELETE ${base}/{sid}`]: remove,
  [`POST ${base}/{sid}/migrate`]: move,
  [`POST ${base}/{sid}/relocate`]: move,
  'GET /cluster/ha/groups': migrated('index groups'),
  'POST /cluster/ha/groups': migrated('create group'),
  'GET /cluster/ha/groups/{group}': migrated('read group'),
  'PUT /cluster/ha/groups/{group}': migrated('update group'),
  'DELETE /cluster/ha/groups/{group}': migrated('delete group'),
};
