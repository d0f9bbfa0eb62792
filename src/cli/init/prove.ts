import type { Api } from '../../api/api.ts';
import { path } from '../../api/path.ts';
import { realClock } from '../../clock.ts';
import { Failure } from '../../failure.ts';
import { Access } from '../../pve/access.ts';
import { row, rows, text } from '../../pve/read.ts';
import { grantsOf } from './levels.ts';
import { privilegesIn } from './survey.ts';
import { tokenIdOf, type Wanted } from './wanted.ts';

/**
 * Shows that the token works: it logs in, holds what its roles give, and nothing of what lets one give oneself more.
 *
 * @param admin who may see the whole access control list
 * @returns the server's version
 * @throws Failure that says what does not hold
 */
export async function prove(admin: Api, token: Api, wanted: Wanted): Promise<string> {
  const version = text(row(await token.get(path`/version`)).version) ?? 'unknown';
  const [acl, roles, held] = await Promise.all([
    admin.get(path`/access/acl`),
    admin.get(path`/access/roles`),
    new Access(token, realClock).permissions(),
  ]);
  if (held === undefined) throw unproven('The token may not even see its own permissions.');
  for (const { path: where, role } of grantsOf(wanted.level)) {
    for (const [type, who] of [
      ['user', wanted.user],
      ['token', tokenIdOf(wanted)],
    ]) {
      const isThere = rows(acl).some(
        (entry) =>
          entry.path === where && entry.type === type && entry.ugid === who && entry.roleid === role.name,
      );
      if (!isThere) throw unproven(`The ${type} ${who} does not have the role ${role.name} on ${where}.`);
    }
    const privileges = privilegesIn(rows(roles).find(({ roleid }) => roleid === role.name)?.privs);
    const lacking = privileges.filter((privilege) => !holds(held[where], privilege));
    if (lacking.length > 0) throw unproven(`The token lacks ${lacking.join(', ')} on ${where}.`);
  }
  const tooMuch = ['Permissions.Modify', 'Sys.Modify'].filter((privilege) =>
    holds(held['/access'] ?? held['/'], privilege),
  );
  if (tooMuch.length > 0)
    throw unproven(`The token holds ${tooMuch.join(' and ')} on /access, and could give itself more.`);
  return version;
}

/** Proxmox lists what is held on `/`, on `/access`, and wherever an entry stands. */
function holds(listed: Readonly<Record<string, 0 | 1>> | undefined, privilege: string): boolean {
  return Object.hasOwn(listed ?? {}, privilege);
}

function unproven(what: string): Failure {
  return new Failure(
    'wrong_state',
    what,
    'Another entry for this user stands in the way (Datacenter > Permissions): remove that, or choose another --user.',
  );
}
