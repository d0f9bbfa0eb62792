import type { Routes } from '../call.ts';
import { REALMS } from '../world/realms.ts';
import { accessAclRoutes } from './access-acl.ts';
import { accessGroupsRoutes } from './access-groups.ts';
import { accessRolesRoutes } from './access-roles.ts';
import { accessTicketRoutes } from './access-ticket.ts';
import { accessTokensRoutes } from './access-tokens.ts';
import { accessUsersRoutes } from './access-users.ts';

const FOLDERS = ['users', 'groups', 'roles', 'acl', 'domains', 'openid', 'tfa', 'ticket', 'password'];

/** Everything under `/access` that the simulator knows. */
export const accessRoutes: Routes = {
  'GET /access': () => FOLDERS.map((subdir) => ({ subdir })),
  'GET /access/domains': () => [...REALMS].map(([realm, facts]) => ({ realm, ...facts })),
  ...accessTicketRoutes,
  ...accessUsersRoutes,
  ...accessTokensRoutes,
  ...accessGroupsRoutes,
  ...accessRolesRoutes,
  ...accessAclRoutes,
};
