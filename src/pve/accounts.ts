import type { Api } from '../api/api.ts';
import { path } from '../api/path.ts';
import { flag, known, number, row, rows, text } from './read.ts';

/** A key to act as a user. Times in seconds since 1970; 0 is never. */
export interface ApiToken {
  /** `user@realm!name` */
  id: string;
  /** Whether it holds only what it was given itself. */
  privsep: boolean;
  expire: number;
  comment?: string;
}

/** A user as `GET /access/users?full=1` tells it (recorded on PVE 9.2). */
export interface Account {
  userid: string;
  enabled: boolean;
  expire: number;
  comment?: string;
  groups: string[];
  tokens: ApiToken[];
  /** Whether `user.cfg` notes that there are second factors: all that is known where these can't be read. */
  keys: boolean;
  /** Whether too many wrong codes shut the second factor. */
  locked: boolean;
}

/** A role that somebody was given on a path. */
export interface Grant {
  path: string;
  type: 'user' | 'group' | 'token';
  ugid: string;
  role: string;
  /** Whether it holds below that path too. */
  propagate: boolean;
}

/** A way to log in. */
export interface Realm {
  realm: string;
  /** `pam`, `pve`, `ldap`, `ad`, `openid` */
  type: string;
  /** Whether nobody of it gets in without a second factor. */
  tfa: boolean;
}

type Options = { signal?: AbortSignal };

/**
 * The users with their tokens, by name. Without User.Modify or Sys.Audit on `/access/groups` Proxmox leaves out the others and says
 * nothing of it.
 */
export async function accounts(api: Api, options: Options = {}): Promise<Account[]> {
  const found = rows(await api.get<unknown>(path`/access/users`, { full: 1 }, options));
  return found
    .map((user) => {
      const userid = text(user.userid) ?? '';
      return known<Account>({
        userid,
        // A user is enabled unless it is said that it is not.
        enabled: user.enable === undefined || flag(user.enable),
        expire: number(user.expire) ?? 0,
        comment: text(user.comment),
        groups: names(user.groups),
        tokens: rows(user.tokens)
          .map((token) => readToken(userid, token))
          .sort((a, b) => (a.id < b.id ? -1 : 1)),
        keys: text(user.keys) !== undefined,
        locked: flag(user['totp-locked']) || (number(user['tfa-locked-until']) ?? 0) > 0,
      });
    })
    .sort((a, b) => (a.userid < b.userid ? -1 : 1));
}

function readToken(userid: string, token: Record<string, unknown>): ApiToken {
  return known<ApiToken>({
    id: `${userid}!${text(token.tokenid) ?? ''}`,
    privsep: token.privsep === undefined || flag(token.privsep),
    expire: number(token.expire) ?? 0,
    comment: text(token.comment),
  });
}

/** Who was given what. Without Sys.Audit on `/access`, only where this login may give rights away. */
export async function grants(api: Api, options: Options = {}): Promise<Grant[]> {
  const found = rows(await api.get<unknown>(path`/access/acl`, {}, options));
  return found
    .map(
      ({ path: on, type, ugid, roleid, propagate }): Grant => ({
        path: text(on) ?? '/',
        type: type === 'group' || type === 'token' ? type : 'user',
        ugid: text(ugid) ?? '',
        role: text(roleid) ?? '',
        propagate: propagate === undefined || flag(propagate),
      }),
    )
    .sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

const sortKey = ({ path, type, ugid, role }: Grant) => `${path} ${type} ${ugid} ${role}`;

/** The privileges of each role. */
export async function roles(api: Api, options: Options = {}): Promise<Map<string, string[]>> {
  const found = rows(await api.get<unknown>(path`/access/roles`, {}, options));
  return new Map(found.map(({ roleid, privs }) => [text(roleid) ?? '', names(privs)]));
}

/**
 * The users that have a second factor that is switched on, recovery codes alone being none. As with `accounts`, others than oneself
 * are left out in silence.
 */
export async function usersWithTfa(api: Api, options: Options = {}): Promise<Set<string>> {
  const found = rows(await api.get<unknown>(path`/access/tfa`, {}, options));
  const having = found.filter(({ entries }) =>
    rows(entries).some(({ type, enable }) => type !== 'recovery' && (enable === undefined || flag(enable))),
  );
  return new Set(having.flatMap(({ userid }) => text(userid) ?? []));
}

/** The groups, with their members. */
export async function userGroups(api: Api, options: Options = {}): Promise<Map<string, string[]>> {
  const found = rows(await api.get<unknown>(path`/access/groups`, {}, options));
  return new Map(found.map(({ groupid, users }) => [text(groupid) ?? '', names(users)]));
}

/** The realms, as the login page may know them. */
export async function realms(api: Api, options: Options = {}): Promise<Realm[]> {
  const found = rows(await api.get<unknown>(path`/access/domains`, {}, options));
  return found
    .map((one) => {
      const { realm, type, tfa } = row(one);
      return { realm: text(realm) ?? '', type: text(type) ?? '', tfa: text(tfa) !== undefined };
    })
    .sort((a, b) => (a.realm < b.realm ? -1 : 1));
}

function names(list: unknown): string[] {
  return (text(list) ?? '')
    .split(/[,;\s]+/)
    .filter(Boolean)
    .sort();
}
