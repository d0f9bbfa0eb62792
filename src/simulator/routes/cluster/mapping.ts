import type { Call, Routes } from '../../call.ts';
import { no } from '../find.ts';
import { sectionRoutes } from '../section-routes.ts';

const seeing = ['Mapping.Modify', 'Mapping.Use', 'Mapping.Audit'];

const kinds = [
  { name: 'pci', made: 'hardware', removed: 'pci' },
  { name: 'usb', made: 'hardware', removed: 'usb' },
  { name: 'dir', made: 'directory', removed: 'dir' },
];

function routesOf({ name, made, removed }: (typeof kinds)[number]): Routes {
  const base = `/cluster/mapping/${name}`;
  const routes = sectionRoutes({
    ...{ file: `mapping/${name}`, base, id: 'id' },
    unknown: (id) => no(`mapping '${id}' not found`),
    absent: (id) => no(`${name} ID '${id}' does not exist`),
    taken: (id) => no(`${name} ID '${id}' already defined`),
    words: {
      create: `create ${made} mapping failed`,
      update: `update ${made} mapping failed`,
      delete: `delete ${removed} mapping failed`,
    },
    required: () => ['map'],
    sees: ({ principal }, id) => seeing.some((one) => principal.may(`/mapping/${name}/${id}`, one)),
    row: (id, section, digest) => ({ type: name, ...section, id, digest }),
    view: (_id, section, digest) => ({ type: name, ...section, digest }),
  });
  const list = routes[`GET ${base}`];
  return {
    ...routes,
    // A check of the hardware is asked of one node, the one that answers.
    [`GET ${base}`]: (call: Call) => {
      const asked = call.params['check-node'];
      const [first] = call.world.nodes.keys();
      if (asked !== undefined && asked !== 'localhost' && asked !== first)
        throw no(name === 'usb' ? 'Wrong node to check' : `wrong node to check - ${asked} != ${first}`);
      return list?.(call);
    },
  };
}

/** Devices and directories under one name on every node. Nothing is behind the names. */
export const mappingRoutes: Routes = {
  'GET /cluster/mapping': () => ['pci', 'usb', 'dir'].map((name) => ({ name })),
  ...Object.assign({}, ...kinds.map(routesOf)),
};
