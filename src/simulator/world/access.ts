import { Acl, type AclType, type Roles } from './acl.ts';
import { uuidOf } from './random.ts';
import { BUILT_IN_ROLES, PRIVILEGES } from './roles.ts';
import { Tickets } from './tickets.ts';

/** An API token. `secret` is kept in plain: this is a simulator, and its tests have to log in. */
export interface Token {
  secret: string;
  /** 1: holds only what both the user and the token have been given. */
  privsep: 0 | 1;
  /** Seconds since 1970; 0 is never. */
  expire: number;
  comment: string | undefined;
}

export interface User {
  userid: string;
  /** Absent: nobody can log in with a password. */
  password: string | undefined;
  enable: 0 | 1;
  /** Seconds since 1970; 0 is never. */
  expire: number;
  firstname?: string;
  lastname?: string;
  email?: string;
  comment?: string;
  keys?: string;
  groups: Set<string>;
  tokens: Map<string, Token>;
}

export interface Group {
  groupid: string;
  comment?: string;
}

/** What a pool holds: whoever has a role on the pool has it on these too. */
export interface PoolMembers {
  poolid: string;
  vmids: ReadonlySet<number>;
  storages: ReadonlySet<string>;
}

/** Privileges by name, each with its propagate flag, as `GET /access/permissions` shows them. */
export type Privileges = ReadonlyMap<string, 0 | 1>;

const EVERYTHING: Privileges = new Map(PRIVILEGES.map((privilege) => [privilege, 1]));
const NOTHING: Privileges = new Map();
const ALWAYS_SHOWN = ['/', '/access', '/access/groups', '/nodes', '/pool', '/sdn', '/storage', '/vms'];

/** Users, groups, roles, tokens and who may do what: the contents of `/etc/pve/user.cfg`. */
export class Access {
  readonly users = new Map<string, User>();
  readonly groups = new Map<string, Group>();
  readonly roles = new Map<string, readonly string[]>(BUILT_IN_ROLES);
  readonly acl = new Acl();
  readonly tickets = new Tickets();
  readonly #pools: () => Iterable<PoolMembers>;
  #makeSecret: () => string;
  #made = 0;
  #cache = new Map<string, { roles: Roles; privileges: Privileges }>();

  /** `pools` is asked anew at every check, so a pool may change without a word. */
  constructor(pools: () => Iterable<PoolMembers> = () => []) {
    this.#pools = pools;
    this.#makeSecret = () => uuidOf(`secret ${++this.#made}`);
    this.addUser('root@pam');
  }

  /** Adds a user, or sets an existing one anew. */
  addUser(
    userid: string,
    fields: Partial<Omit<User, 'userid' | 'tokens' | 'groups'>> & { groups?: Iterable<string> } = {},
  ): User {
    const { groups, ...rest } = fields;
    const user: User = {
      password: undefined,
      enable: 1,
      expire: 0,
      ...rest,
      userid,
      groups: new Set(groups),
      tokens: new Map(),
    };
    this.users.set(userid, user);
    this.changed();
    return user;
  }

  /** Adds a token and returns it; the secret is made up unless given. */
  addToken(userid: string, tokenid: string, fields: Partial<Token> = {}): Token {
    const token: Token = { privsep: 1, expire: 0, comment: undefined, secret: this.#makeSecret(), ...fields };
    this.#user(userid).tokens.set(tokenid, token);
    this.changed();
    return token;
  }

  addGroup(groupid: string, comment?: string): void {
    this.groups.set(groupid, comment === undefined ? { groupid } : { groupid, comment });
    this.changed();
  }

  /** Gives a role on a path: `grant('/vms/100', 'user', 'alice@pve', 'PVEVMUser')`. */
  grant(path: string, type: AclType, ugid: string, roleid: string, propagate: 0 | 1 = 1): void {
    this.acl.grant(path, type, ugid, roleid, propagate);
    this.changed();
  }

  /** Forgets what was worked out about privileges. To be called after a change to users, groups, roles or the ACL. */
  changed(): void {
    this.#cache.clear();
  }

  /** From now on every new secret, and every one there is, comes from `random` (for a server that others can reach). */
  useSecretsFrom(random: () => string): void {
    this.#makeSecret = random;
    for (const user of this.users.values()) {
      if (user.password !== undefined) user.password = random();
      for (const token of user.tokens.values()) token.secret = random();
    }
  }

  /** A new secret for a token. */
  newSecret(): string {
    return this.#makeSecret();
  }

  /** Whether the user is there, enabled and not expired at this moment (in seconds). */
  isUsable(userid: string, now: number): boolean {
    const user = this.users.get(userid);
    return user !== undefined && user.enable === 1 && (user.expire === 0 || user.expire >= now);
  }

  membersOf(groupid: string): string[] {
    return [...this.users.values()]
      .filter((user) => user.groups.has(groupid))
      .map((user) => user.userid)
      .sort();
  }

  /**
   * What a user or a token (`user@realm!token`) may do on a path. A token without privilege separation holds what its
   * user holds; one with it holds only what both have been given. An invalid path gives nothing, even to a full token
   * of root@pam (recorded: "Permission check failed (, Sys.Audit)").
   */
  permissions(authid: string, path: string | undefined): Privileges {
    if (authid === 'root@pam') return EVERYTHING;
    if (path === undefined) return NOTHING;
    const [userid = '', tokenid] = authid.split('!');
    if (tokenid === undefined) return this.users.has(userid) ? this.#privileges(authid, path) : NOTHING;
    const token = this.users.get(userid)?.tokens.get(tokenid);
    if (!token) return NOTHING;
    const users = this.permissions(userid, path);
    if (!token.privsep) return users;
    const own = this.#privileges(authid, path);
    if (userid === 'root@pam') return own;
    const both = new Map<string, 0 | 1>();
    for (const [privilege, propagate] of own) {
      const theirs = users.get(privilege);
      if (theirs !== undefined) both.set(privilege, theirs && propagate ? 1 : 0);
    }
    return both;
  }

  /** Whether a user or token holds the privilege on that ACL path. */
  may(authid: string, path: string | undefined, privilege: string): boolean {
    return this.permissions(authid, path).has(privilege);
  }

  /** Every path on which somebody holds something, as `GET /access/permissions` lists them. */
  effectivePermissions(authid: string): Record<string, Record<string, 0 | 1>> {
    const paths = new Set([...ALWAYS_SHOWN, ...this.acl.paths()]);
    for (const pool of this.#pools()) {
      for (const vmid of pool.vmids) paths.add(`/vms/${vmid}`);
      for (const storage of pool.storages) paths.add(`/storage/${storage}`);
    }
    const found: Record<string, Record<string, 0 | 1>> = {};
    for (const path of paths) {
      const privileges = this.permissions(authid, path);
      if (privileges.size > 0) found[path] = Object.fromEntries(privileges);
    }
    return found;
  }

  #privileges(authid: string, path: string): Privileges {
    const known = this.#known(authid, path);
    const roles = this.#withPools(authid, path, known.roles);
    return roles === known.roles ? known.privileges : this.#privilegesOf(roles);
  }

  #known(authid: string, path: string): { roles: Roles; privileges: Privileges } {
    const key = `${authid} ${path}`;
    let known = this.#cache.get(key);
    if (!known) {
      const roles = this.acl.rolesOn(
        authid.includes('!')
          ? { type: 'token', id: authid, groups: [] }
          : { type: 'user', id: authid, groups: [...(this.users.get(authid)?.groups ?? [])] },
        path,
      );
      known = { roles, privileges: this.#privilegesOf(roles) };
      if (this.#cache.size > 50_000) this.#cache.clear();
      this.#cache.set(key, known);
    }
    return known;
  }

  /** Roles on a pool hold on its guests and storages, without propagating; NoAccess on either side wins. */
  #withPools(authid: string, path: string, roles: Roles): Roles {
    const [, kind, name = ''] = /^\/(vms|storage)\/([^/]+)$/.exec(path) ?? [];
    if (kind === undefined || roles.has('NoAccess')) return roles;
    let together = roles;
    for (const pool of this.#pools()) {
      if (!(kind === 'vms' ? pool.vmids.has(Number(name)) : pool.storages.has(name))) continue;
      for (const role of this.#known(authid, `/pool/${pool.poolid}`).roles.keys()) {
        if (role === 'NoAccess') return new Map([['NoAccess', 0]]);
        if (together.has(role)) continue;
        if (together === roles) together = new Map(roles);
        together.set(role, 0);
      }
    }
    return together;
  }

  #privilegesOf(roles: Roles): Privileges {
    const privileges = new Map<string, 0 | 1>();
    for (const [role, propagate] of roles) {
      for (const privilege of this.roles.get(role) ?? []) {
        privileges.set(privilege, privileges.get(privilege) || propagate);
      }
    }
    return privileges;
  }

  #user(userid: string): User {
    const user = this.users.get(userid);
    if (!user) throw new Error(`no such user ('${userid}')`);
    return user;
  }
}
