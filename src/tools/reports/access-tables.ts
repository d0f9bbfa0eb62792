import { table } from '../../render/table.ts';
import { duration } from '../../render/units.ts';
import { line } from '../../render/untrusted.ts';
import { type Power, type SeenAccess, tokenPower, userPower } from './access-power.ts';

interface UserRow {
  user: string;
  enabled: boolean;
  /** Seconds since 1970; absent: never. */
  expire?: number;
  /** Absent where it is not known. */
  tfa?: boolean;
  power?: Power;
  groups: string[];
}

interface TokenRow {
  token: string;
  privsep: boolean;
  expire?: number;
  power?: Power;
}

interface GrantRow {
  path: string;
  /** `user@realm`, `user@realm!token` or `@group`, as the web pages write it. */
  who: string;
  role: string;
  propagate: boolean;
}

/** The rows of the report, for programs and for the tables. */
export function accessRows(seen: SeenAccess) {
  const { users, grants, realms, tfa } = seen;
  const until = (expire: number) => (expire > 0 ? { expire } : {});
  return {
    users: users.map(({ userid, enabled, expire, groups, keys }): UserRow => {
      const power = userPower(userid, seen);
      const second = keys || tfa?.has(userid);
      return {
        ...{ user: line(userid), enabled, ...until(expire) },
        ...(second !== undefined && { tfa: second }),
        ...(power && { power }),
        groups: groups.map((group) => line(group)),
      };
    }),
    tokens: users.flatMap(({ tokens }) =>
      tokens.map((token): TokenRow => {
        const power = tokenPower(token, seen);
        const { id, privsep, expire } = token;
        return { token: line(id), privsep, ...until(expire), ...(power && { power }) };
      }),
    ),
    acl: grants.map(
      ({ path, type, ugid, role, propagate }): GrantRow => ({
        ...{ path: line(path), who: line(type === 'group' ? `@${ugid}` : ugid), role: line(role), propagate },
      }),
    ),
    realms: [...realms.keys()].map((realm) => line(realm)),
  };
}

const yes = (value: boolean | undefined) => (value === undefined ? undefined : value ? 'yes' : 'no');

const expires = (expire: number | undefined, now: number) =>
  expire === undefined ? undefined : expire > now ? `in ${duration(expire - now)}` : 'over';

export function userTable(rows: readonly UserRow[], now: number): string {
  return table(
    [
      { head: 'user', cell: ({ user }) => user },
      { head: 'enabled', cell: ({ enabled }) => yes(enabled) },
      { head: 'may', cell: ({ power }) => power },
      { head: 'tfa', cell: ({ tfa }) => yes(tfa) },
      { head: 'expires', cell: ({ expire }) => expires(expire, now) },
      { head: 'groups', cell: ({ groups }) => groups.join(',') },
    ],
    rows,
  );
}

export function tokenTable(rows: readonly TokenRow[], now: number): string {
  return table(
    [
      { head: 'token', cell: ({ token }) => token },
      { head: 'privsep', cell: ({ privsep }) => yes(privsep) },
      { head: 'may', cell: ({ power }) => power },
      { head: 'expires', cell: ({ expire }) => expires(expire, now) },
    ],
    rows,
  );
}

export function grantTable(rows: readonly GrantRow[]): string {
  return table(
    [
      { head: 'path', cell: ({ path }) => path },
      { head: 'who', cell: ({ who }) => who },
      { head: 'role', cell: ({ role }) => role },
      { head: 'below', cell: ({ propagate }) => yes(propagate) },
    ],
    rows,
  );
}
