import { shellWord } from '../shell-word.ts';
import { grantsOf } from './levels.ts';
import { OUR_COMMENT, rolesOf, tokenIdOf, type Wanted } from './wanted.ts';

/** The lines that do the same in a root shell of a node; the one of the token prints its secret. */
export function pveumLines(wanted: Wanted): string[] {
  const { user, tokenName } = wanted;
  return [
    ...rolesOf(wanted).map(
      ({ name, privileges }) => `pveum role add ${name} --privs ${privileges.join(',')}`,
    ),
    `pveum user add ${shellWord(user)} --comment ${shellWord(OUR_COMMENT)}`,
    `pveum user token add ${shellWord(user)} ${tokenName} --privsep 1 --comment ${shellWord(OUR_COMMENT)}`,
    ...grantsOf(wanted.level).map(
      ({ path, role }) =>
        `pveum acl modify ${path} --roles ${role.name} --users ${shellWord(user)} --tokens ${shellWord(tokenIdOf(wanted))} --propagate 1`,
    ),
  ];
}
