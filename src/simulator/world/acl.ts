/** Roles by name, each with its propagate flag: 1 where it also holds on every path below. */
export type Roles = Map<string, 0 | 1>;

export type AclType = 'user' | 'group' | 'token';

/** One line of `GET /access/acl`. `ugid` is the user, group or full token id. */
export interface AclEntry {
  path: string;
  type: AclType;
  ugid: string;
  roleid: string;
  propagate: 0 | 1;
}

type Node = Record<AclType, Map<string, Roles>>;

/** Who is asked about: a user with the groups it is in, or a privilege-separated token, which is in none. */
export interface Subject {
  type: 'user' | 'token';
  id: string;
  groups: readonly string[];
}

/** The access control list: which role somebody has been given on which path. */
export class Acl {
  readonly #nodes = new Map<string, Node>();

  grant(path: string, type: AclType, ugid: string, roleid: string, propagate: 0 | 1): void {
    const node = this.#nodes.get(path) ?? { user: new Map(), group: new Map(), token: new Map() };
    this.#nodes.set(path, node);
    const roles = node[type].get(ugid) ?? new Map();
    node[type].set(ugid, roles.set(roleid, propagate));
  }

  revoke(path: string, type: AclType, ugid: string, roleid: string): void {
    this.#nodes.get(path)?.[type].get(ugid)?.delete(roleid);
  }

  /** Forgets somebody who is gone, on every path. */
  forget(type: AclType, gone: (ugid: string) => boolean): void {
    for (const node of this.#nodes.values()) {
      for (const ugid of node[type].keys()) if (gone(ugid)) node[type].delete(ugid);
    }
  }

  /** Forgets a role that is gone, on every path. */
  forgetRole(roleid: string): void {
    for (const node of this.#nodes.values()) {
      for (const type of ['user', 'group', 'token'] as const) {
        for (const roles of node[type].values()) roles.delete(roleid);
      }
    }
  }

  /** Every entry, by path. */
  entries(): AclEntry[] {
    const entries: AclEntry[] = [];
    for (const path of this.paths()) {
      for (const type of ['user', 'group', 'token'] as const) {
        for (const [ugid, roles] of this.#nodes.get(path)?.[type] ?? []) {
          for (const [roleid, propagate] of roles) entries.push({ path, type, ugid, roleid, propagate });
        }
      }
    }
    return entries;
  }

  /** The paths that entries have ever stood on, sorted. */
  paths(): string[] {
    return [...this.#nodes.keys()].sort();
  }

  /**
   * The roles that hold on a path. Deeper entries replace what comes from above; a user's own entry beats those of the
   * user's groups on the same path; `NoAccess` wipes out the rest.
   */
  rolesOn(subject: Subject, path: string): Roles {
    let roles: Roles = new Map();
    for (const [prefix, final] of prefixes(path)) {
      const node = this.#nodes.get(prefix);
      if (!node) continue;
      const own = inForce([node[subject.type].get(subject.id)], final);
      if (own.size > 0) roles = own;
      else if (subject.type === 'user') {
        const shared = inForce(
          subject.groups.map((group) => node.group.get(group)),
          final,
        );
        if (shared.size > 0) roles = shared;
      }
    }
    const none = roles.get('NoAccess');
    return none === undefined ? roles : new Map([['NoAccess', none]]);
  }
}

function inForce(given: (Roles | undefined)[], final: boolean): Roles {
  const roles: Roles = new Map();
  for (const some of given) {
    for (const [role, propagate] of some ?? []) if (final || propagate) roles.set(role, propagate);
  }
  return roles;
}

/** `/`, `/vms`, `/vms/100`, the last one marked as the path itself. */
function* prefixes(path: string): Generator<[prefix: string, final: boolean]> {
  yield ['/', path === '/'];
  if (path === '/') return;
  for (let slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
    yield [path.slice(0, slash), false];
  }
  yield [path, true];
}

/** An ACL path as PVE writes it, or undefined where a character in it is not allowed (recorded: `p€`, `bad_node!`). */
export function normalizeAclPath(path: string): string | undefined {
  if (path === '') return undefined;
  const clean = `/${path}`.replace(/\/+/g, '/').replace(/(?<=.)\/$/, '');
  return /^[A-Za-z0-9._/-]+$/.test(clean) ? clean : undefined;
}

const NAME = '[A-Za-z0-9._-]+';
const KNOWN_PATHS = new RegExp(
  `^(?:/|/access(?:/(?:groups|realm)(?:/${NAME})?)?|/nodes(?:/${NAME})?|/storage(?:/${NAME})?` +
    `|/pool(?:/${NAME}){0,3}|/vms(?:/[1-9][0-9]{2,})?|/mapping(?:/${NAME}){0,2}` +
    `|/sdn(?:/(?:controllers|dns|fabrics|ipams|prefix-lists|route-maps)(?:/[A-Za-z0-9_-]+)?)?` +
    `|/sdn/zones(?:/${NAME}(?:/${NAME}(?:/[1-9][0-9]{0,3})?)?)?)$`,
);

/** Whether Proxmox takes an entry on this path. */
export function isAclPath(path: string): boolean {
  return KNOWN_PATHS.test(path);
}

/** Any one of these on a path lets somebody see and change the ACL there. */
export function privilegesToShare(path: string): string[] {
  if (path.startsWith('/storage/')) return ['Permissions.Modify', 'Datastore.Allocate'];
  if (path.startsWith('/vms/')) return ['Permissions.Modify', 'VM.Allocate'];
  if (path.startsWith('/pool/')) return ['Permissions.Modify', 'Pool.Allocate'];
  return ['Permissions.Modify'];
}
