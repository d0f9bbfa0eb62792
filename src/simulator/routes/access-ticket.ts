import { splitList } from '../../schema/lists.ts';
import { ApiError, type Call, parameterErrors, type Routes } from '../call.ts';
import type { Access } from '../world/access.ts';
import { normalizeAclPath } from '../world/acl.ts';

/** Logging in and what a login may do. */
export const accessTicketRoutes: Routes = {
  'GET /access/ticket': () => null,
  'POST /access/ticket': createTicket,
  'PUT /access/password': changePassword,
  'GET /access/permissions': permissions,
};

function createTicket({ params, world }: Call): unknown {
  const { access } = world;
  const userid: string = params.realm ? `${params.username}@${params.realm}` : params.username;
  const now = world.seconds();
  const { path, privs, password } = params;
  const checked = path && privs ? maySeePath(access, userid, path, privs) : true;
  if (
    !access.isUsable(userid, now) ||
    !isPassword(access, userid, password, now, Boolean(path)) ||
    !checked
  ) {
    // The same words for every reason, so that nobody learns which users exist.
    throw new ApiError(401, 'authentication failure');
  }
  const login = {
    username: userid,
    ...(path
      ? {}
      : {
          ticket: access.tickets.issue(userid, now),
          CSRFPreventionToken: access.tickets.issueCsrf(userid, now),
        }),
    cap: capabilities(access, userid),
  };
  const named = world.clusterName !== undefined && access.may(userid, '/', 'Sys.Audit');
  return named ? { ...login, clustername: world.clusterName } : login;
}

/** A ticket is as good as the password; root@pam's is good for everybody, but not for asking about a path. */
function isPassword(access: Access, userid: string, given: string, now: number, ownOnly: boolean): boolean {
  const holder = access.tickets.userOf(given, now);
  if (holder !== undefined && (holder === userid || (holder === 'root@pam' && !ownOnly))) return true;
  return access.users.get(userid)?.password === given;
}

function maySeePath(access: Access, userid: string, path: string, privs: string): boolean {
  const wanted = splitList(privs);
  return (
    wanted.length > 0 && wanted.every((privilege) => access.may(userid, normalizeAclPath(path), privilege))
  );
}

const CAPABILITIES: Record<string, RegExp> = {
  vms: /^(VM\.|Permissions\.Modify)/,
  access: /^(User\.|Group\.|Permissions\.Modify)/,
  storage: /^(Datastore\.|Permissions\.Modify)/,
  nodes: /^(Sys\.|Permissions\.Modify)/,
  sdn: /^(SDN\.|Permissions\.Modify)/,
  dc: /^(Sys\.Audit|Sys\.Modify|SDN\.)/,
  mapping: /^(Mapping\.|Permissions\.Modify)/,
};
const CAPABILITY_PATHS = ['/', '/nodes', '/access/groups', '/vms', '/storage', '/sdn', '/mapping'];

/** What the web interface needs to know to show or hide its buttons. */
function capabilities(access: Access, userid: string): Record<string, Record<string, 1>> {
  const found: Record<string, Record<string, 1>> = {};
  for (const area of Object.keys(CAPABILITIES)) found[area] = {};
  const add = (area: string, privilege: string) => {
    if (CAPABILITIES[area]?.test(privilege)) (found[area] as Record<string, 1>)[privilege] = 1;
  };
  for (const path of new Set([...CAPABILITY_PATHS, ...access.acl.paths()])) {
    const area = path.split('/')[1] || 'dc';
    for (const privilege of access.permissions(userid, path).keys()) {
      for (const name of area === 'pool' ? ['vms', 'storage'] : [area]) add(name, privilege);
    }
  }
  return found;
}

function changePassword({ params, principal, world }: Call): null {
  const { access } = world;
  const user = access.users.get(params.userid);
  if (!user) throw new ApiError(500, `no such user ('${params.userid}')`);
  if (!principal.isRoot) {
    if (user.userid === 'root@pam') throw new ApiError(403, 'Permission check failed');
    const confirmation = params['confirmation-password'];
    if (confirmation === undefined) {
      throw parameterErrors({ 'confirmation-password': 'password is required to modify user' });
    }
    if (access.users.get(principal.userid)?.password !== confirmation)
      throw new ApiError(500, 'invalid credentials');
    const system = user.userid !== principal.userid && user.userid.endsWith('@pam');
    if (system) throw new ApiError(403, 'Permission check failed');
  }
  user.password = params.password;
  return null;
}

function permissions({ params, principal, world }: Call): unknown {
  const { access } = world;
  const about: string = params.userid ?? principal.authid;
  const isOwn =
    about === principal.authid || (about.includes('!') && about.split('!')[0] === principal.authid);
  if (!isOwn && !principal.may('/access', 'Sys.Audit')) {
    throw new ApiError(403, 'Permission check failed (/access, Sys.Audit)');
  }
  if (!params.path) return access.effectivePermissions(about);
  return { [params.path]: Object.fromEntries(access.permissions(about, params.path)) };
}
