import { splitList } from '../../schema/lists.ts';
import { ApiError, type Call, type Routes } from '../call.ts';
import type { Access, Token, User } from '../world/access.ts';
import { REALMS } from '../world/realms.ts';
import { tokenView } from './access-tokens.ts';

/** The users of the cluster. */
export const accessUsersRoutes: Routes = {
  'GET /access/users': listUsers,
  'POST /access/users': createUser,
  'GET /access/users/{userid}': ({ params, world }) => fullView(existing(world.access, params.userid)),
  'PUT /access/users/{userid}': updateUser,
  'DELETE /access/users/{userid}': deleteUser,
};

const TEXTS = ['firstname', 'lastname', 'email', 'comment', 'keys'] as const;

/** The user, or the 500 of Proxmox. */
export function existing(access: Access, userid: string, prefix = ''): User {
  const user = access.users.get(userid);
  if (!user) throw new ApiError(500, `${prefix}no such user ('${userid}')`);
  return user;
}

function listUsers({ params, principal, world }: Call): unknown {
  const { access } = world;
  const sees = (path: string) => principal.may(path, 'User.Modify') || principal.may(path, 'Sys.Audit');
  const seesAll = sees('/access/groups');
  return [...access.users.values()]
    .filter(
      (user) =>
        seesAll ||
        user.userid === principal.authid ||
        [...user.groups].some((group) => sees(`/access/groups/${group}`)),
    )
    .filter((user) => params.enabled === undefined || user.enable === params.enabled)
    .sort((a, b) => (a.userid < b.userid ? -1 : 1))
    .map((user) => ({
      userid: user.userid,
      ...view(user),
      'realm-type': REALMS.get(user.userid.split('@').at(-1) as string)?.type,
      ...(params.full && { groups: [...user.groups].sort().join(','), tokens: tokensView(user) }),
    }));
}

/** A user's own fields. `email` is shown empty where a later field of its line in `user.cfg` is set (recorded). */
function view(user: User): Record<string, unknown> {
  const { enable, expire } = user;
  const shown: Record<string, unknown> = { enable, expire };
  for (const name of TEXTS) if (user[name]) shown[name] = user[name];
  if (user.comment || user.keys) shown.email ??= '';
  return shown;
}

function tokensView(user: User): unknown {
  const tokens = [...user.tokens].sort(byName);
  return tokens.length > 0 ? tokens.map(([tokenid, token]) => ({ tokenid, ...tokenView(token) })) : null;
}

function fullView(user: User): unknown {
  const tokens = [...user.tokens].sort(byName).map(([tokenid, token]) => [tokenid, tokenView(token)]);
  return {
    ...view(user),
    groups: [...user.groups].sort(),
    tokens: tokens.length > 0 ? Object.fromEntries(tokens) : null,
  };
}

function byName([a]: [string, Token], [b]: [string, Token]): number {
  return a < b ? -1 : 1;
}

function createUser({ params, world }: Call): null {
  const { access } = world;
  const prefix = 'create user failed: ';
  if (access.users.has(params.userid))
    throw new ApiError(500, `${prefix}user '${params.userid}' already exists`);
  const realm = params.userid.split('@').at(-1);
  if (params.password !== undefined && !REALMS.has(realm)) {
    throw new ApiError(500, `${prefix}auth domain '${realm}' does not exist`);
  }
  const groups = knownGroups(access, params.groups, prefix);
  const user = access.addUser(params.userid, {
    password: params.password,
    enable: params.enable ?? 1,
    groups,
  });
  user.expire = params.expire ?? 0;
  for (const name of TEXTS) if (params[name]) user[name] = params[name];
  return null;
}

function updateUser({ params, world }: Call): null {
  const { access } = world;
  const prefix = 'update user failed: ';
  const user = existing(access, params.userid, prefix);
  const groups = knownGroups(access, params.groups, prefix);
  if (params.groups !== undefined && !params.append) user.groups.clear();
  for (const group of groups) user.groups.add(group);
  if (params.enable !== undefined) user.enable = params.enable;
  if (params.expire !== undefined) user.expire = params.expire;
  for (const name of TEXTS) if (params[name] !== undefined) user[name] = params[name];
  access.changed();
  return null;
}

/** Recorded: Proxmox lets root@pam be deleted. It is back at once, but without its tokens. */
function deleteUser({ params, world }: Call): null {
  const { access } = world;
  const { userid } = params;
  const password = access.users.get(userid)?.password;
  access.users.delete(userid);
  access.acl.forget('user', (ugid) => ugid === userid);
  access.acl.forget('token', (ugid) => ugid.startsWith(`${userid}!`));
  if (userid === 'root@pam') access.addUser(userid, { password });
  access.changed();
  return null;
}

function knownGroups(access: Access, given: string | undefined, prefix: string): string[] {
  const groups = splitList(given ?? '');
  const unknown = groups.find((group) => !access.groups.has(group));
  if (unknown !== undefined) throw new ApiError(500, `${prefix}no such group '${unknown}'`);
  return groups;
}
