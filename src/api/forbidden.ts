import { grantCommands, type Holder, quoted, widerThanNeeded } from './grant.ts';
import type { Product } from './products.ts';
import { type Lacking, readRefusal } from './refusal.ts';

/** Who was refused: `user@realm`, or a token as `user@realm!name`. */
export interface Refused {
  kind: 'token' | 'password';
  name: string;
}

/** What is known of the privileges on the path of a refusal; undefined where it could not be asked. */
export interface HeldThere {
  /** What the login itself has there: of a token, what it and its user have in common. */
  login?: readonly string[];
  /** What the user of a token has there. */
  user?: readonly string[];
}

/** What to do about a 403, from its words alone. Undefined for a text that says nothing of privileges. */
export function forbiddenHint(text: string, who?: Refused, product?: Product): string | undefined {
  const refusal = readRefusal(text);
  switch (refusal?.kind) {
    case 'privilege':
      return who === undefined || (product !== undefined && product.name !== 'pve')
        ? `${who?.name ?? 'The login'} needs ${listed(refusal)} on ${refusal.path}. Ask for a role that has it there. ${LOOK}`
        : `${lackingHint(refusal, who, {})} ${LOOK}`;
    case 'bad name':
      return `Proxmox takes no such name, so no privilege (${refusal.privileges.join('|')}) can apply: check the spelling of what the call names.`;
    case 'no pool':
      return `There is no pool ${JSON.stringify(refusal.pool)}: /pools lists those that there are.`;
    case 'root':
      return refusal.what === undefined
        ? 'Only root@pam logged in with a password may call this; no privilege helps, and a token never can, not even one of root@pam.'
        : `Leave that out: ${refusal.what} is for root@pam logged in with a password, and no privilege or token can stand in.`;
    default:
      return undefined;
  }
}

const LOOK = '/access/permissions shows what this login may do.';

/** Who lacks which privilege where, and the commands that grant it. */
export function lackingHint(lacking: Lacking, { kind, name }: Refused, held: HeldThere): string {
  const what = `${listed(lacking)} on ${lacking.path}`;
  const [user] = name.split('!', 1) as [string];
  const said = new Set<string>();
  const grant = (holder: Holder, keep: readonly string[] | undefined) =>
    grantCommands(lacking, holder, keep)
      // A role that is made for one serves the other, too.
      .filter((command) => !said.has(command) && said.add(command))
      .map((command) => `\`${command}\``)
      .join('; ');
  const toUser = (keep?: readonly string[]) => grant({ kind: 'user', name: user }, keep);
  const toToken = () => grant({ kind: 'token', name }, held.login);
  const wider = widerThanNeeded(lacking);
  const also = wider === undefined ? '' : ` (The built-in role ${wider} has it too, and more.)`;
  const needs = `${name} needs ${what}`;
  if (kind === 'password') return `${needs}. On the server: ${toUser(held.login)}.${also}`;
  // root@pam may do everything already.
  if (user === 'root@pam')
    return `${needs}; its user root@pam has every privilege. On the server: ${toToken()}.${also}`;
  if (held.user === undefined) {
    const look = `\`pveum user permissions ${quoted(user)} --path ${quoted(lacking.path)}\``;
    return `${needs}. On the server: ${toUser()} unless ${look} shows that the user has it (an entry there replaces what it inherits: the role must hold all that shows); a privilege-separated token may only do what both it and its user may, so it needs ${toToken()} as well.${also}`;
  }
  if (has(held.user, lacking))
    return `${needs}: its user ${user} has it, the privilege-separated token has not. On the server: ${toToken()}.${also}`;
  const isSeparated =
    held.login !== undefined && held.user.some((privilege) => !held.login?.includes(privilege));
  const granted = toUser(held.user);
  const token = `${isSeparated ? 'and since' : 'and if'} the token is privilege-separated, ${toToken()} as well`;
  return `${needs}, and its user ${user} lacks it too. On the server: ${granted}; ${token}.${also}`;
}

/** Whether nothing is lacking any more. */
export function has(held: readonly string[], { privileges, any }: Lacking): boolean {
  return any ? privileges.some((one) => held.includes(one)) : privileges.every((one) => held.includes(one));
}

function listed({ privileges, any }: Lacking): string {
  return privileges.join(any ? ' or ' : ' and ');
}
