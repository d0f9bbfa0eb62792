import { ApiError, type Call, type Routes } from '../call.ts';
import { sha1 } from '../world/random.ts';
import type { HaResource } from '../world/world.ts';
import { no } from './find.ts';

/** Every tag in use that the caller may see. */
function allowedTags({ world, principal }: Call): string[] {
  const tags = new Set<string>();
  for (const { vmid, config } of world.guests.values()) {
    if (config.tags === undefined || !principal.may(`/vms/${vmid}`, 'VM.Audit')) continue;
    for (const tag of String(config.tags).split(';')) tags.add(tag);
  }
  return [...tags].sort();
}

/** `GET /cluster/options`; without Sys.Audit only what a user interface cannot do without. */
function readOptions(call: Call) {
  const { world, principal } = call;
  const all = { description: '', mac_prefix: 'BC:24:11', ...world.options };
  const shown = principal.may('/', 'Sys.Audit')
    ? all
    : Object.fromEntries(
        Object.entries(world.options).filter(([key]) => ['console', 'tag-style'].includes(key)),
      );
  return { ...shown, 'allowed-tags': allowedTags(call) };
}

function writeOptions({ world, params }: Call): null {
  const { delete: gone, ...changes } = params;
  for (const key of String(gone ?? '')
    .split(/[,;\s]+/)
    .filter(Boolean))
    delete world.options[key];
  Object.assign(world.options, changes);
  return null;
}

const typeOf = (sid: string) => sid.slice(0, sid.indexOf(':'));

const haRow = (resource: HaResource) => ({
  ...resource,
  type: typeOf(resource.sid),
  digest: sha1(JSON.stringify(resource)),
});

/** `101` and `vm:101` mean the same. */
function sidOf({ world, params }: Call): string {
  const sid = String(params.sid);
  if (sid.includes(':')) return sid;
  const guest = world.guests.get(Number(sid));
  if (!guest) throw no(`unable to find guest ID '${sid}'`);
  return `${guest.kind === 'qemu' ? 'vm' : 'ct'}:${sid}`;
}

function addHa(call: Call): null {
  const { world, params } = call;
  const sid = sidOf(call);
  if (world.ha.has(sid)) throw no(`resource ID '${sid}' already defined`);
  const vmid = Number(sid.slice(3));
  const kind = typeOf(sid) === 'vm' ? 'qemu' : 'lxc';
  if (world.guests.get(vmid)?.kind !== kind)
    throw no(`unable to find ${typeOf(sid) === 'vm' ? 'VM' : 'CT'} '${vmid}'`);
  const resource: HaResource = { sid, state: params.state ?? 'started' };
  if (params.comment !== undefined) resource.comment = params.comment;
  world.ha.set(sid, resource);
  return null;
}

const haOf = (call: Call): HaResource => {
  const sid = sidOf(call);
  const resource = call.world.ha.get(sid);
  if (!resource) throw no(`no such resource '${sid}'`);
  return resource;
};

/** `GET /cluster/ha/status/current`: quorum, the master, each node's own manager, and the resources. */
function haStatus({ world }: Call) {
  const nodes = [...world.nodes.values()];
  const online = nodes.filter((node) => node.online);
  const time = (seconds: number) => new Date(seconds * 1000).toUTCString().slice(0, -4);
  const now = time(world.seconds());
  const idle = world.ha.size === 0 ? 'idle' : 'active';
  const master = online[0]?.name ?? '';
  return [
    {
      id: 'quorum',
      type: 'quorum',
      node: master,
      quorate: world.quorate ? 1 : 0,
      status: world.quorate ? 'OK' : 'No quorum on node',
    },
    {
      id: 'master',
      type: 'master',
      node: master,
      timestamp: world.seconds(),
      status: `${master} (${idle}, ${now})`,
    },
    ...nodes.map(({ name, online: up }) => ({
      ...{ id: `lrm:${name}`, type: 'lrm', node: name, timestamp: world.seconds() },
      status: up ? `${name} (${idle}, ${now})` : `${name} (old timestamp - dead?, ${now})`,
    })),
    ...[...world.ha.values()].map((resource) => {
      const node = world.guests.get(Number(resource.sid.slice(3)))?.node ?? '';
      return {
        ...{ id: `service:${resource.sid}`, type: 'service', sid: resource.sid, node, state: resource.state },
        ...{
          request_state: resource.state,
          crm_state: resource.state,
          status: `${resource.sid} (${node}, ${resource.state})`,
        },
      };
    }),
  ];
}

function removeHa(call: Call): null {
  const sid = sidOf(call);
  if (!call.world.ha.delete(sid)) throw no(`cannot delete service '${sid}', not HA managed!`);
  return null;
}

function updateHa(call: Call): null {
  const resource = haOf(call);
  const { state, comment } = call.params;
  if (state !== undefined) resource.state = state;
  if (comment !== undefined) resource.comment = comment;
  for (const key of String(call.params.delete ?? '').split(','))
    if (key === 'comment') delete resource.comment;
  return null;
}

export const clusterConfigRoutes: Routes = {
  'GET /cluster/options': readOptions,
  'PUT /cluster/options': writeOptions,
  'GET /cluster/ha/resources': ({ world, params }) =>
    [...world.ha.values()].map(haRow).filter(({ type }) => params.type === undefined || type === params.type),
  'POST /cluster/ha/resources': addHa,
  'GET /cluster/ha/resources/{sid}': (call) => haRow(haOf(call)),
  'PUT /cluster/ha/resources/{sid}': updateHa,
  'DELETE /cluster/ha/resources/{sid}': removeHa,
  'GET /cluster/ha/status/current': haStatus,
  'GET /cluster/replication': () => [],
  'POST /cluster/replication': ({ world, params }) => {
    const others = world.clusterName !== undefined && world.nodes.has(params.target);
    if (!others) throw no(`Target '${params.target}' does not exist.`);
    throw new ApiError(501, `Method 'POST /cluster/replication' not implemented`);
  },
};
