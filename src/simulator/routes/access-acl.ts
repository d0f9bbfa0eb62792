import { splitList } from '../../schema/lists.ts';
import { ApiError, type Call, parameterErrors, type Routes } from '../call.ts';
import type { Access } from '../world/access.ts';
import { type AclType, isAclPath, normalizeAclPath, privilegesToShare } from '../world/acl.ts';

/** Who has been given which role where. */
export const accessAclRoutes: Routes = {
  'GET /access/acl': listAcl,
  'PUT /access/acl': updateAcl,
};

function listAcl({ principal, world }: Call): unknown {
  const all = principal.may('/access', 'Sys.Audit');
  return world.access.acl
    .entries()
    .filter(({ path }) => all || privilegesToShare(path).some((privilege) => principal.may(path, privilege)));
}

function updateAcl({ params, principal, world }: Call): null {
  const { access } = world;
  const { users, groups, tokens } = params;
  if (!users && !groups && !tokens) {
    const missing = "either 'users', 'groups' or 'tokens' is required.";
    throw parameterErrors({ users: missing, groups: missing, tokens: missing });
  }
  const path = normalizeAclPath(params.path);
  if (path === undefined || (!params.delete && !isAclPath(path))) {
    throw parameterErrors({ path: `invalid ACL path '${params.path}'` });
  }
  const propagate: 0 | 1 = params.propagate ?? 1;
  const roles = splitList(params.roles);
  const named: [AclType, string][] = [
    ...splitList(groups ?? '').map((id): [AclType, string] => ['group', id]),
    ...splitList(users ?? '').map((id): [AclType, string] => ['user', id]),
    ...splitList(tokens ?? '').map((id): [AclType, string] => ['token', id]),
  ];
  for (const role of roles) {
    if (!access.roles.has(role)) throw new ApiError(500, `ACL update failed: role '${role}' does not exist`);
    refuseMoreThanOwn(access, principal.authid, path, role, propagate, Boolean(params.delete));
    for (const [type, id] of named) assertExists(access, type, id);
  }
  for (const role of roles) {
    for (const [type, id] of named) {
      if (params.delete) access.acl.revoke(path, type, id, role);
      else access.acl.grant(path, type, id, role, propagate);
    }
  }
  access.changed();
  return null;
}

/** Without Permissions.Modify one may pass on only what one holds oneself. */
function refuseMoreThanOwn(
  access: Access,
  authid: string,
  path: string,
  role: string,
  propagate: 0 | 1,
  remove: boolean,
): void {
  const own = access.permissions(authid, path);
  if (own.has('Permissions.Modify')) return;
  const verb = remove ? 'remove' : 'add';
  const privileges = access.roles.get(role) ?? [];
  if (privileges.some((privilege) => !own.has(privilege))) {
    throw parameterErrors({
      role: `Cannot ${verb} role '${role}' - requires 'Permissions.Modify' or superset of privileges.`,
    });
  }
  if (!remove && propagate && privileges.some((privilege) => !own.get(privilege))) {
    throw parameterErrors({
      role: `Cannot ${verb} role '${role}' with propagation - requires 'Permissions.Modify' or propagated superset of privileges.`,
    });
  }
  if (role === 'NoAccess')
    throw parameterErrors({ role: `Cannot ${verb} role '${role}' - requires 'Permissions.Modify'` });
}

function assertExists(access: Access, type: AclType, id: string): void {
  const prefix = 'ACL update failed: ';
  if (type === 'group' && !access.groups.has(id))
    throw new ApiError(500, `${prefix}group '${id}' does not exist`);
  if (type === 'user' && !access.users.has(id))
    throw new ApiError(500, `${prefix}user '${id}' does not exist`);
  if (type !== 'token') return;
  const [userid = '', tokenid = ''] = id.split('!');
  const user = access.users.get(userid);
  if (!user) throw new ApiError(500, `${prefix}no such user ('${userid}')`);
  if (!user.tokens.has(tokenid))
    throw new ApiError(500, `${prefix}no such token '${tokenid}' for user '${userid}'`);
}
