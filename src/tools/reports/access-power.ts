import type { Account, Grant } from '../../pve/accounts.ts';

/** What was seen of who may do what; what is absent could not be seen. */
export interface SeenAccess {
  users: readonly Account[];
  grants: readonly Grant[];
  /** Privileges by role. */
  roles: ReadonlyMap<string, readonly string[]>;
  /** Members by group. */
  groups: ReadonlyMap<string, readonly string[]>;
  /** Users with a second factor. */
  tfa?: ReadonlySet<string> | undefined;
  /** By name: what kind of realm, and whether it asks everybody for a second factor. */
  realms: ReadonlyMap<string, { type: string; tfa: boolean }>;
}

/**
 * `all`: everything, or what it takes to get it; `wide`: changes to everything of one kind, on the whole cluster.
 * Who may give rights away can give himself any; who has a node's shell or its configuration is root there.
 */
export type Power = 'all' | 'wide';

const ESCALATE = ['Permissions.Modify', 'Sys.Console', 'Sys.Modify'];
/** Of these paths the whole cluster hangs. */
const TOP = new Set(['/', '/access', '/nodes', '/storage', '/vms']);
const HARMLESS = /(?:^|\.)(?:Audit|Syslog|Use)$|\.Audit$/;

/** How far a role goes on a path; undefined for what is of one guest, pool or storage, or lets one look only. */
export function powerOf(
  { path, role, propagate }: Grant,
  seen: Pick<SeenAccess, 'roles'>,
): Power | undefined {
  if (!TOP.has(path) || !propagate) return undefined;
  const privileges = seen.roles.get(role) ?? [];
  const escalates = privileges.some(
    (one) =>
      ESCALATE.includes(one) &&
      (path === '/' || (one.startsWith('Sys.') ? path === '/nodes' : path === '/access')),
  );
  if (role === 'Administrator' && path === '/') return 'all';
  if (escalates) return 'all';
  return privileges.some((one) => !HARMLESS.test(one)) ? 'wide' : undefined;
}

/** A grant with power, as it reaches one user: by itself or through a group. */
export interface Reach {
  grant: Grant;
  power: Power;
}

/** The powerful grants that reach a user, the widest first. */
export function reachesOf(userid: string, seen: SeenAccess): Reach[] {
  const groups = new Set(
    seen.users.find((user) => user.userid === userid)?.groups ??
      [...seen.groups].flatMap(([group, members]) => (members.includes(userid) ? [group] : [])),
  );
  return seen.grants
    .filter(({ type, ugid }) => (type === 'user' ? ugid === userid : type === 'group' && groups.has(ugid)))
    .flatMap((grant): Reach[] => {
      const power = powerOf(grant, seen);
      return power ? [{ grant, power }] : [];
    })
    .sort((a, b) => Number(a.power === 'wide') - Number(b.power === 'wide'));
}

/** How much a user may do at all. root@pam needs no grant. */
export function userPower(userid: string, seen: SeenAccess): Power | undefined {
  return userid === 'root@pam' ? 'all' : reachesOf(userid, seen)[0]?.power;
}

/** How much a token may do: all that its user may, or, set apart, what it was given as well. */
export function tokenPower(token: { id: string; privsep: boolean }, seen: SeenAccess): Power | undefined {
  const ofUser = userPower(token.id.slice(0, token.id.lastIndexOf('!')), seen);
  if (!token.privsep || ofUser === undefined) return ofUser;
  const own = seen.grants
    .filter(({ type, ugid }) => type === 'token' && ugid === token.id)
    .map((grant) => powerOf(grant, seen));
  if (own.includes('all')) return ofUser;
  return own.includes('wide') ? 'wide' : undefined;
}

/** `Administrator on /`, `PVEAdmin on /vms through group ops` */
export function grantText({ path, role, type, ugid }: Grant): string {
  return `${role} on ${path}${type === 'group' ? ` through group ${ugid}` : ''}`;
}
