import { type Call, parameterErrors, type Routes } from '../call.ts';
import { sha1 } from '../world/random.ts';
import { Storage } from '../world/storage.ts';
import type { World } from '../world/world.ts';
import { storageOf } from './config-disks.ts';
import { no } from './find.ts';

const digest = (world: World) =>
  sha1(JSON.stringify([...world.storages.values()].map(({ id, config }) => [id, config])));

const row = (world: World, storage: Storage) => ({
  storage: storage.id,
  ...storage.config,
  digest: digest(world),
});

/** What each type cannot do without, and cannot change later. */
const fixed: Record<string, string[]> = {
  dir: ['path'],
  btrfs: ['path'],
  nfs: ['server', 'export'],
  cifs: ['server', 'share'],
  pbs: ['server', 'datastore'],
  lvm: ['vgname'],
  lvmthin: ['thinpool', 'vgname'],
  zfspool: ['pool'],
  rbd: ['pool'],
};

const notConfig = new Set(['storage', 'digest', 'delete', 'type', 'password']);

const GiB = 1024 ** 3;

function create({ world, params }: Call) {
  const { storage: id, type } = params;
  for (const name of fixed[type] ?? []) {
    const optional = type === 'rbd' || (type === 'lvm' && params.base !== undefined);
    if (params[name] === undefined && !optional) {
      throw parameterErrors({ [name]: `missing value for required option '${name}'` });
    }
  }
  if (world.storages.has(id)) throw no(`create storage failed: storage ID '${id}' already defined`);
  const config: Record<string, string | number> = { type };
  for (const [key, value] of Object.entries(params)) if (!notConfig.has(key)) config[key] = value;
  config.content ??= type === 'pbs' ? 'backup' : 'images,rootdir';
  if (type === 'nfs' || type === 'cifs') config.path ??= `/mnt/pve/${id}`;
  world.storages.set(id, new Storage(id, config, { total: 500 * GiB }));
  return { storage: id, type };
}

function update({ world, params }: Call) {
  const storage = storageOf(world, params.storage);
  if (params.digest !== undefined && params.digest !== digest(world)) {
    throw no(
      'update storage failed: detected modified configuration - file changed by other user? Try again.',
    );
  }
  for (const name of fixed[storage.type] ?? []) {
    if (params[name] !== undefined)
      throw no(`update storage failed: can't change value of fixed parameter '${name}'`);
  }
  const gone = String(params.delete ?? '')
    .split(/[,;\s]+/)
    .filter(Boolean);
  for (const name of gone) {
    if ((fixed[storage.type] ?? []).includes(name))
      throw no(`update storage failed: unable to delete required option '${name}'`);
    if (params[name] !== undefined)
      throw no(`update storage failed: cannot set and delete property '${name}' at the same time!`);
    delete storage.config[name];
  }
  for (const [key, value] of Object.entries(params)) if (!notConfig.has(key)) storage.config[key] = value;
  return { storage: storage.id, type: storage.type };
}

export const storageConfigRoutes: Routes = {
  'GET /storage': ({ world, params, principal }) =>
    [...world.storages.values()]
      .filter(
        ({ id }) =>
          principal.may(`/storage/${id}`, 'Datastore.Audit') ||
          principal.may(`/storage/${id}`, 'Datastore.AllocateSpace'),
      )
      .filter(({ type }) => params.type === undefined || type === params.type)
      .map((storage) => row(world, storage)),
  'POST /storage': create,
  'GET /storage/{storage}': ({ world, params }) => row(world, storageOf(world, params.storage)),
  'PUT /storage/{storage}': update,
  'DELETE /storage/{storage}': ({ world, params }) => {
    if (!world.storages.delete(params.storage))
      throw no(`delete storage failed: storage '${params.storage}' does not exist`);
    return null;
  },
};
