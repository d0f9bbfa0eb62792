import type { Method } from '../../schema/method.ts';
import type { Routes } from '../call.ts';

/** The index of the whole API: every server has it, though the API's own description leaves it out (`PVE::API2`). */
export const rootIndex: Method = {
  ...{ path: '/', method: 'GET', name: 'index', parameters: {}, permissions: { user: 'all' } },
  ...{ protected: 0, allowtoken: 1 },
};

export const rootRoutes: Routes = {
  'GET /': () => ['version', 'cluster', 'nodes', 'storage', 'access', 'pools'].map((subdir) => ({ subdir })),
};
