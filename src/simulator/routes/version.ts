import type { Routes } from '../call.ts';

// As recorded on PVE 9.2.
export const version = '9.2.11';
export const release = '9.2';
export const repoid = '14a22df35955d97d';

export const versionRoutes: Routes = versionRoutesOf(version);

/** Those of another version, such as `9.3.1`. */
export function versionRoutesOf(version: string): Routes {
  const release = version.split('.', 2).join('.');
  return { 'GET /version': () => ({ version, release, repoid }) };
}
