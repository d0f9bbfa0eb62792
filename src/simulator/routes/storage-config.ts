import type { Call, Routes } from '../call.ts';
import { sha1 } from '../world/random.ts';
import { Storage } from '../world/storage.ts';
import { storageOptions } from '../world/storage-types.ts';
import type { World } from '../world/world.ts';
import { storageOf } from './config-disks.ts';
import { no } from './find.ts';
import { assertUnchanged, saying } from './section-config.ts';

const digest = (world: World) =>
  sha1(JSON.stringify([...world.storages.values()].map(({ id, config }) => [id, config])));

const row = (world: World, storage: Storage) => ({
  storage: storage.id,
  ...storage.config,
  digest: digest(world),
});

const notConfig = new Set(['storage', 'digest', 'delete', 'type', 'password']);

const GiB = 1024 ** 3;

const words = (text: unknown) =>
  String(text ?? '')
    .split(/[,;\s]+/)
    .filter(Boolean);

/** The options a call gives. One that the type does not know is refused, though the schema knows it for another type. */
function optionsFor(
  type: string,
  params: Call['params'],
  changing: boolean,
): Record<string, string | number> {
  const { fixed, all } = storageOptions(type);
  const given: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(params)) {
    if (['storage', 'digest', 'delete', 'type'].includes(name)) continue;
    if (changing && fixed.includes(name)) throw no(`can't change value of fixed parameter '${name}'`);
    if (!all.has(name)) throw no(`unexpected property '${name}'`);
    if (!notConfig.has(name)) given[name] = value;
  }
  return given;
}

function create({ world, params }: Call) {
  const { storage: id, type } = params;
  const config: Record<string, string | number> = { type, ...optionsFor(type, params, false) };
  for (const name of storageOptions(type).fixed) {
    if (params[name] === undefined) throw no(`missing value for required option '${name}'`);
  }
  return saying('create storage failed', () => {
    if (world.storages.has(id)) throw no(`storage ID '${id}' already defined`);
    config.content ??= type === 'pbs' ? 'backup' : 'images,rootdir';
    if (type === 'nfs' || type === 'cifs') config.path ??= `/mnt/pve/${id}`;
    world.storages.set(id, new Storage(id, config, { total: 500 * GiB }));
    return { storage: id, type };
  });
}

function update({ world, params }: Call) {
  return saying('update storage failed', () => {
    assertUnchanged(digest(world), params.digest);
    const storage = storageOf(world, params.storage);
    const { fixed, all } = storageOptions(storage.type);
    const given = optionsFor(storage.type, params, true);
    for (const name of words(params.delete)) {
      if (!all.has(name)) throw no(`no such option '${name}'`);
      if (fixed.includes(name)) throw no(`unable to delete required option '${name}'`);
      if (given[name] !== undefined) throw no(`cannot set and delete property '${name}' at the same time!`);
      delete storage.config[name];
    }
    Object.assign(storage.config, given);
    return { storage: storage.id, type: storage.type };
  });
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
