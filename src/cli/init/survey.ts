import type { Api } from '../../api/api.ts';
import { path } from '../../api/path.ts';
import { Failure } from '../../failure.ts';
import { flag, number, row, rows, text } from '../../pve/read.ts';
import { grantsOf } from './levels.ts';
import {
  giveRole,
  makeRole,
  makeToken,
  makeUser,
  OUR_COMMENT,
  rolesOf,
  type Step,
  tokenIdOf,
  type Wanted,
} from './wanted.ts';

/** What must be done so that all that is wanted is there, and what is there already. */
export interface Survey {
  steps: Step[];
  /** In words, what is used as it is. */
  kept: string[];
  /** Whether a token of this name, of ours, must go for that: whoever uses it is locked out. */
  replacesToken: boolean;
  wanted: Wanted;
}

/**
 * Looks at the users, roles and tokens there are.
 *
 * @throws Failure `exists` for a token of somebody else; `wrong_state` for a user who can't log in
 */
export async function survey(api: Api, asked: Wanted, now: number): Promise<Survey> {
  const steps: Step[] = [];
  const kept: string[] = [];
  const wanted = asked;
  const [roles, users, known] = await Promise.all([
    api.get(path`/access/roles`),
    api.get(path`/access/users`),
    knownPrivileges(api),
  ]);
  for (const role of rolesOf(wanted)) {
    // An older release lacks some; what it does not know it would refuse.
    const privileges = role.privileges.filter((one) => known.has(one));
    const there = rows(roles).find(({ roleid }) => roleid === role.name);
    if (there === undefined) steps.push(makeRole({ ...role, privileges }));
    else if (isSame(privilegesIn(there.privs), privileges)) kept.push(`role ${role.name}`);
    else steps.push(changeRole(role.name, privilegesIn(there.privs), privileges));
  }

  const user = rows(users).find(({ userid }) => userid === wanted.user);
  if (user === undefined) return all(steps, kept, wanted, [makeUser(wanted), makeToken(wanted)], false);
  refuseUnusable(wanted.user, user, now);
  kept.push(
    `user ${wanted.user}${user.comment === OUR_COMMENT ? '' : ' (not made by init, so --remove will leave it)'}`,
  );
  const tokens = await api.get(path`/access/users/${wanted.user}/token`);
  const token = rows(tokens).find(({ tokenid }) => tokenid === wanted.tokenName);
  if (token === undefined) return all(steps, kept, wanted, [makeToken(wanted)], false);
  if (token.comment !== OUR_COMMENT) throw foreignToken(wanted);
  return all(steps, kept, wanted, [removeToken(wanted), makeToken(wanted)], true);
}

function all(steps: Step[], kept: string[], wanted: Wanted, more: Step[], replacesToken: boolean): Survey {
  const grants = grantsOf(wanted.level).map((grant) => giveRole(wanted, grant));
  return { steps: [...steps, ...more, ...grants], kept, replacesToken, wanted };
}

/** Administrator holds every privilege that this release knows. */
async function knownPrivileges(api: Api): Promise<Set<string>> {
  const privileges = row(await api.get(path`/access/roles/${'Administrator'}`));
  return new Set(Object.keys(privileges).filter((name) => flag(privileges[name])));
}

export function privilegesIn(list: unknown): string[] {
  return (text(list) ?? '').split(/[\s,;]+/).filter((one) => one !== '');
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((privilege) => other.includes(privilege));
}

function changeRole(name: string, old: readonly string[], privileges: readonly string[]): Step {
  const more = privileges.filter((one) => !old.includes(one)).length;
  const less = old.filter((one) => !privileges.includes(one)).length;
  return {
    what: `role ${name}, which exists, gets ${more} more and ${less} fewer privileges, for all who have it`,
    verb: 'PUT',
    path: path`/access/roles/${name}`,
    params: { privs: privileges.join(',') },
  };
}

/** A secret is shown once, when its token is made: to have another one, the token is made anew. */
export function removeToken(wanted: Pick<Wanted, 'user' | 'tokenName'>): Step {
  return {
    what: `API token ${tokenIdOf(wanted)}`,
    verb: 'DELETE',
    path: path`/access/users/${wanted.user}/token/${wanted.tokenName}`,
  };
}

function refuseUnusable(name: string, user: Record<string, unknown>, now: number): void {
  const expire = number(user.expire) ?? 0;
  const isOver = expire > 0 && expire * 1000 <= now;
  if (user.enable === undefined || flag(user.enable)) {
    if (!isOver) return;
  }
  throw new Failure(
    'wrong_state',
    `The user ${name} exists, but ${isOver ? 'has expired' : 'is disabled'}: its tokens can't log in. Nothing was changed.`,
    'Enable it (Datacenter > Permissions > Users), or choose another name with --user.',
  );
}

function foreignToken(wanted: Wanted): Failure {
  return new Failure(
    'exists',
    `There is a token ${tokenIdOf(wanted)} that init did not make. Nothing was changed.`,
    "Proxmox shows a secret only once, so it can't be used. Choose another name: --token-name mcp2.",
  );
}
