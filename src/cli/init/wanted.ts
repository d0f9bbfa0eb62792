import type { Params } from '../../api/form.ts';
import { type ApiPath, path } from '../../api/path.ts';
import type { Verb } from '../../api/wire.ts';
import { type Grant, grantsOf, type Level, type Role } from './levels.ts';

/** Stands in the comment of every user and token that init makes: by it, it knows its own. */
export const OUR_COMMENT = 'Made by proxmox-mcp init';

/** What is to be made. */
export interface Wanted {
  level: Level;
  /** `user@realm`. */
  user: string;
  tokenName: string;
}

/** One change in Proxmox, and what it is in words: `role proxmox-mcp-read (7 privileges)`. */
export interface Step {
  what: string;
  verb: Verb;
  path: ApiPath;
  params?: Params;
}

export function tokenIdOf({ user, tokenName }: Pick<Wanted, 'user' | 'tokenName'>): string {
  return `${user}!${tokenName}`;
}

export function rolesOf({ level }: Pick<Wanted, 'level'>): Role[] {
  return grantsOf(level).map(({ role }) => role);
}

export function makeRole({ name, privileges }: Role): Step {
  return {
    what: `role ${name} (${privileges.length} privileges)`,
    verb: 'POST',
    path: path`/access/roles`,
    params: { roleid: name, privs: privileges.join(',') },
  };
}

/** Without a password: nobody logs in as this user but its tokens. */
export function makeUser({ user }: Pick<Wanted, 'user'>): Step {
  return {
    what: `user ${user} (no password)`,
    verb: 'POST',
    path: path`/access/users`,
    params: { userid: user, comment: OUR_COMMENT },
  };
}

export function makeToken({ user, tokenName }: Pick<Wanted, 'user' | 'tokenName'>): Step {
  return {
    what: `API token ${tokenIdOf({ user, tokenName })} (privilege-separated)`,
    verb: 'POST',
    path: path`/access/users/${user}/token/${tokenName}`,
    params: { privsep: 1, comment: OUR_COMMENT },
  };
}

/** A separated token may do what both it and its user may: both are given the role. */
export function giveRole(wanted: Pick<Wanted, 'user' | 'tokenName'>, grant: Grant): Step {
  return {
    what: `permission on ${grant.path} and below: ${grant.role.name} for the user and for the token`,
    verb: 'PUT',
    path: path`/access/acl`,
    params: {
      path: grant.path,
      roles: grant.role.name,
      users: wanted.user,
      tokens: tokenIdOf(wanted),
      propagate: 1,
    },
  };
}

/** All of it, in the order in which it can be made where there is nothing yet. */
export function stepsFor(wanted: Wanted): Step[] {
  return [
    ...rolesOf(wanted).map(makeRole),
    makeUser(wanted),
    makeToken(wanted),
    ...grantsOf(wanted.level).map((grant) => giveRole(wanted, grant)),
  ];
}
