import { leastRole, roleOf, widerRole } from './built-in-roles.ts';
import type { Lacking } from './refusal.ts';

/** To whom something is granted: `user@realm`, or `user@realm!token`. */
export interface Holder {
  kind: 'token' | 'user';
  name: string;
}

/**
 * The `pveum` commands that give what is lacking and nothing else, in the order in which they are to be run. The role is a
 * built-in one only where that adds no more than looking; else it is made for the purpose.
 *
 * @param keep what the holder has on that path already. An entry on a path takes the place of what comes down from the paths
 *   above it (pve-access-control), so a new one must keep this, or it takes more than it gives
 */
export function grantCommands(lacking: Lacking, holder: Holder, keep: readonly string[] = []): string[] {
  const needed = neededOf(lacking);
  const kept = keep.filter((privilege) => isPrivilege(privilege) && !needed.includes(privilege)).sort();
  const leaf = isLeaf(lacking.path);
  const made: string[] = [];
  const make = (role: string, privileges: readonly string[]) => {
    made.push(`pveum role add ${role} --privs ${privileges.join(',')}`);
    return role;
  };
  const own = () => make(`only-${needed.join('-')}`, needed);
  const both = [...needed, ...kept];
  const together = () => make(`on${named(lacking.path)}${holder.kind === 'token' ? '-token' : ''}`, both);
  // Above a leaf the entry must not hand down, and would keep a role that is there already from doing so: none of those is named.
  const mayBeThere =
    !leaf && (kept.length > 0 || (holder.kind === 'token' && !holder.name.startsWith('root@pam!')));
  const least = mayBeThere ? undefined : leastRole(both);
  const before = leaf ? roleOf(kept) : undefined;
  const role =
    least ?? (kept.length === 0 ? own() : before ? `${before},${leastRole(needed) ?? own()}` : together());
  const to = holder.kind === 'token' ? 'tokens' : 'users';
  const here = leaf ? '' : ' --propagate 0';
  return [
    ...made,
    `pveum acl modify ${quoted(lacking.path)} --roles ${role} --${to} ${quoted(holder.name)}${here}`,
  ];
}

/** A built-in role that would do as well and gives more, where none fits. */
export function widerThanNeeded(lacking: Lacking): string | undefined {
  const needed = neededOf(lacking);
  return leastRole(needed) === undefined ? widerRole(needed) : undefined;
}

/** Where any one of several is enough, the one that comes with least. */
function neededOf({ privileges, any }: Lacking): readonly string[] {
  if (!any) return [...new Set(privileges)];
  const harmless = privileges.find((privilege) => leastRole([privilege]) !== undefined);
  return [harmless ?? (privileges[0] as string)];
}

/** Paths below which there is nothing: elsewhere an entry would reach further than it is asked for. */
function isLeaf(path: string): boolean {
  return /^\/(?:(?:vms|storage|nodes|access\/(?:groups|realm)|mapping\/[a-z]+)\/[^/]+)$/.test(path);
}

function isPrivilege(word: string): boolean {
  return /^[A-Z][A-Za-z]*(?:\.[A-Za-z]+)+$/.test(word);
}

function named(path: string): string {
  return path.replaceAll(/[^A-Za-z0-9]+/g, '-').slice(0, 40);
}

/** One word for a shell, whatever a server put into it. */
export function quoted(word: string): string {
  return /^[\w@.:/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
