import { splitList } from '../../schema/lists.ts';
import { ApiError, type Call, parameterErrors, type Routes } from '../call.ts';
import type { Access } from '../world/access.ts';
import { BUILT_IN_ROLES, PRIVILEGES } from '../world/roles.ts';

/** The roles: names for sets of privileges. */
export const accessRolesRoutes: Routes = {
  'GET /access/roles': listRoles,
  'POST /access/roles': createRole,
  'GET /access/roles/{roleid}': readRole,
  'PUT /access/roles/{roleid}': updateRole,
  'DELETE /access/roles/{roleid}': deleteRole,
};

function existing(access: Access, roleid: string, prefix = ''): readonly string[] {
  const privileges = access.roles.get(roleid);
  if (!privileges) throw new ApiError(500, `${prefix}role '${roleid}' does not exist`);
  return privileges;
}

function listRoles({ world }: Call): unknown {
  return [...world.access.roles]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([roleid, privileges]) => ({
      roleid,
      privs: [...privileges].sort().join(','),
      special: BUILT_IN_ROLES.has(roleid) ? 1 : 0,
    }));
}

function readRole({ params, world }: Call): unknown {
  return Object.fromEntries(existing(world.access, params.roleid).map((privilege) => [privilege, 1]));
}

function createRole({ params, world }: Call): null {
  const { roleid, privs } = params;
  if (/^PVE/i.test(roleid)) {
    throw parameterErrors({
      roleid: `cannot use role ID starting with the (case-insensitive) 'PVE' namespace`,
    });
  }
  const prefix = 'create role failed: ';
  if (world.access.roles.has(roleid)) throw new ApiError(500, `${prefix}role '${roleid}' already exists`);
  world.access.roles.set(roleid, knownPrivileges(privs, prefix));
  world.access.changed();
  return null;
}

function updateRole({ params, world }: Call): null {
  const { roleid, privs, append } = params;
  if (BUILT_IN_ROLES.has(roleid))
    throw new ApiError(500, `auto-generated role '${roleid}' cannot be modified`);
  const prefix = 'update role failed: ';
  const old = existing(world.access, roleid, prefix);
  const given = knownPrivileges(privs, prefix);
  world.access.roles.set(roleid, append ? [...new Set([...old, ...given])] : given);
  world.access.changed();
  return null;
}

function deleteRole({ params, world }: Call): null {
  const { roleid } = params;
  if (BUILT_IN_ROLES.has(roleid))
    throw new ApiError(500, `auto-generated role '${roleid}' cannot be deleted`);
  existing(world.access, roleid, 'delete role failed: ');
  world.access.roles.delete(roleid);
  world.access.acl.forgetRole(roleid);
  world.access.changed();
  return null;
}

function knownPrivileges(given: string | undefined, prefix: string): string[] {
  const privileges = splitList(given ?? '');
  const unknown = privileges.find((privilege) => !PRIVILEGES.includes(privilege));
  if (unknown !== undefined) throw new ApiError(500, `${prefix}invalid privilege '${unknown}'`);
  return privileges;
}
