import type { Call, Routes } from '../../call.ts';
import { no } from '../find.ts';
import { sectionRoutes } from '../section-routes.ts';

const base = '/cluster/qemu/custom-cpu-models';

const plain = (id: string) => id.replace(/^custom-/, '');

const routes = sectionRoutes({
  ...{ file: 'cpu-models', base, id: 'cputype' },
  unknown: (id) => no(`custom CPU model '${plain(id)}' does not exist`),
  taken: (id) => no(`custom CPU model '${plain(id)}' already exists`),
  required: () => ['reported-model'],
  row: (id, section, digest) => ({ ...section, cputype: `custom-${id}`, digest }),
  view: (id, section, digest) => ({ ...section, cputype: `custom-${id}`, digest }),
});

/** A name counts with and without `custom-` in front. */
const unprefixed = (route: Routes[string]) => (call: Call) => {
  const cputype = plain(String(call.params.cputype ?? ''));
  return route?.({ ...call, params: { ...call.params, ...(cputype && { cputype }) } });
};

/** CPU models that somebody has put together. They are kept. */
export const cpuModelRoutes: Routes = {
  'GET /cluster/qemu': () => ['cpu-flags', 'custom-cpu-models'].map((name) => ({ name })),
  ...Object.fromEntries(Object.entries(routes).map(([name, route]) => [name, unprefixed(route)] as const)),
};
