import type { Routes } from '../call.ts';

// As recorded on PVE 9.2.
export const version = '9.2.11';
export const release = '9.2';
export const repoid = '14a22df35955d97d';

export const versionRoutes: Routes = {
  'GET /version': () => ({ version, release, repoid }),
};
