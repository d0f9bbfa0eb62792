import type { Call, Routes } from '../call.ts';
import { demand, no } from './find.ts';
import { guestResource } from './guest-views.ts';
import { storageResource } from './resources.ts';

const list = (text: string | undefined) => (text ?? '').split(/[,;\s]+/).filter(Boolean);

/** A pool with what is in it. */
function read({ world, params }: Call) {
  const pool = world.pools.get(params.poolid);
  if (!pool) throw no(`pool '${params.poolid}' does not exist`);
  const members: unknown[] = [...pool.vmids]
    .sort((a, b) => a - b)
    .flatMap((vmid) => world.guests.get(vmid) ?? [])
    .filter(({ kind }) => params.type === undefined || params.type === kind)
    .map((guest) => guestResource(world, guest, world.now()));
  if (params.type === undefined || params.type === 'storage') {
    for (const id of [...pool.storages].sort()) {
      const storage = world.storages.get(id);
      const node = [...world.nodes.keys()].find((name) => storage?.enabledOn(name));
      if (storage && node !== undefined) members.push(storageResource(world, storage, node));
    }
  }
  const comment = pool.comment === undefined ? {} : { comment: pool.comment };
  return { poolid: pool.poolid, ...comment, members };
}

function index(call: Call) {
  const { world, params, principal } = call;
  if (params.poolid !== undefined) return [read(call)];
  return world.pools
    .list()
    .filter(({ poolid }) => principal.may(`/pool/${poolid}`, 'Pool.Audit'))
    .map(({ poolid, comment }) => (comment === undefined ? { poolid } : { poolid, comment }));
}

function create({ world, params }: Call): null {
  const { poolid, comment } = params;
  const refuse = (text: string) => no(`create pool failed: ${text}`);
  if (world.pools.get(poolid)) throw refuse(`pool '${poolid}' already exists`);
  const parts = String(poolid).split('/');
  const parent = parts.slice(0, -1).join('/');
  if (parent !== '' && !world.pools.get(parent))
    throw refuse(`parent '${parent}' of pool '${poolid}' does not exist`);
  if (!/^[A-Za-z]/.test(parts.at(-1) ?? '')) throw refuse('pool name must start with a letter');
  world.pools.create(poolid, comment);
  return null;
}

/** Whoever may change permissions on something may put it into a pool. */
function mayModify({ principal }: Call, path: string): void {
  const allowed = path.startsWith('/vms/')
    ? ['Permissions.Modify', 'VM.Allocate']
    : ['Permissions.Modify', 'Datastore.Allocate'];
  if (allowed.some((privilege) => principal.may(path, privilege))) return;
  throw no(`update pools failed: Permission check failed (${path}, ${allowed.join('|')})`);
}

function update(call: Call): null {
  const { world, params, principal } = call;
  const refuse = (text: string) => no(`update pools failed: ${text}`);
  const pool = world.pools.get(params.poolid);
  if (!pool) throw refuse(`pool '${params.poolid}' does not exist`);
  const vmids = list(params.vms).map(Number);
  const storages = list(params.storage);
  for (const vmid of vmids) {
    mayModify(call, `/vms/${vmid}`);
    const member = pool.vmids.has(vmid);
    if (params.delete && !member) throw refuse(`VM ${vmid} is not a pool member`);
    if (params.delete) continue;
    if (member) throw refuse(`VM ${vmid} is already a pool member`);
    const other = world.pools.of(vmid);
    if (other === undefined) continue;
    if (!params['allow-move'])
      throw refuse(`VM ${vmid} belongs already to pool '${other}' and 'allow-move' is not set`);
    demand(principal, `/pool/${other}`, 'Pool.Allocate');
  }
  for (const id of storages) {
    mayModify(call, `/storage/${id}`);
    if (params.delete && !pool.storages.has(id)) throw refuse(`Storage '${id}' is not a pool member`);
    if (!params.delete && pool.storages.has(id)) throw refuse(`Storage '${id}' is already a pool member`);
  }
  if (params.comment !== undefined) pool.comment = params.comment;
  for (const vmid of vmids) world.pools.assign(vmid, params.delete ? undefined : pool.poolid);
  for (const id of storages) {
    if (params.delete) pool.storages.delete(id);
    else pool.storages.add(id);
  }
  return null;
}

function remove({ world, params }: Call): null {
  const refuse = (text: string) => no(`delete pool failed: ${text}`);
  const pool = world.pools.get(params.poolid);
  if (!pool) throw refuse(`pool '${params.poolid}' does not exist`);
  const [vmid] = pool.vmids;
  const [storage] = pool.storages;
  const child = world.pools.list().find(({ poolid }) => poolid.startsWith(`${pool.poolid}/`));
  if (child) throw refuse(`pool '${pool.poolid}' is not empty (contains pool '${child.poolid}')`);
  if (vmid !== undefined) throw refuse(`pool '${pool.poolid}' is not empty (contains VM ${vmid})`);
  if (storage !== undefined)
    throw refuse(`pool '${pool.poolid}' is not empty (contains storage '${storage}')`);
  world.pools.delete(pool.poolid);
  return null;
}

export const poolRoutes: Routes = {
  'GET /pools': index,
  'POST /pools': create,
  'PUT /pools': update,
  'DELETE /pools': remove,
  'GET /pools/{poolid}': (call) => {
    const { poolid: _, ...rest } = read(call);
    return rest;
  },
  'PUT /pools/{poolid}': update,
  'DELETE /pools/{poolid}': remove,
};
