import type { Routes } from '../call.ts';
import { accessAclRoutes } from './access-acl.ts';
import { accessDomainRoutes } from './access-domains.ts';
import { accessGroupsRoutes } from './access-groups.ts';
import { accessRolesRoutes } from './access-roles.ts';
import { accessTfaRoutes } from './access-tfa.ts';
import { accessTicketRoutes } from './access-ticket.ts';
import { accessTokensRoutes } from './access-tokens.ts';
import { accessUsersRoutes } from './access-users.ts';

const FOLDERS = ['users', 'groups', 'roles', 'acl', 'domains', 'openid', 'tfa', 'ticket', 'password'];

/** Everything under `/access` that the simulator knows. */
export const accessRoutes: Routes = {
  'GET /access': () => FOLDERS.map((subdir) => ({ subdir })),
  ...accessDomainRoutes,
  ...accessTfaRoutes,
  ...accessTicketRoutes,
  ...accessUsersRoutes,
  ...accessTokensRoutes,
  ...accessGroupsRoutes,
  ...accessRolesRoutes,
  ...accessAclRoutes,
};
