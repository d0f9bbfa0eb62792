import type { Permissions } from '../../schema/method.ts';
import { ApiError } from '../call.ts';
import type { Access } from '../world/access.ts';
import { normalizeAclPath, privilegesToShare } from '../world/acl.ts';

type Params = Readonly<Record<string, unknown>>;
type Check = readonly unknown[];

/** Whose permissions are looked at, and where. */
interface Case {
  access: Access;
  authid: string;
  params: Params;
}

/** The 403 of Proxmox; `what` names the path and the privileges, where one check alone decided. */
export function forbidden(what?: string): ApiError {
  return new ApiError(403, `Permission check failed${what === undefined ? '' : ` (${what})`}`);
}

/**
 * Asks a method's `permissions` whether a login may call it with these parameters. Returns what Proxmox refuses with, or
 * undefined. Some refusals are not 403s: a check that stumbles over a user that does not exist is a 500.
 */
export function permissionDenied(
  access: Access,
  permissions: Permissions | null,
  authid: string | undefined,
  params: Params,
): ApiError | undefined {
  if (authid === undefined) return permissions?.user === 'world' ? undefined : forbidden('user != null');
  if (authid === 'root@pam') return undefined;
  if (!permissions) return forbidden('user != root@pam');
  if (permissions.user === 'all') return undefined;
  return permissions.check ? denial(permissions.check, { access, authid, params }, false) : forbidden();
}

/**
 * One node of the tree. `quiet` is set below an `or`: there a user that does not exist is just a no. An `and` drops it
 * again and speaks for the whole tree, as in Proxmox.
 */
function denial(check: Check, at: Case, quiet: boolean): ApiError | undefined {
  const [test, ...rest] = check;
  if (test === 'or') return anyOf(rest as Check[], at);
  if (test === 'and') return allOf(rest as Check[], at);
  if (test === 'perm') return perm(rest, at);
  if (test === 'userid-param') return useridParam(rest[0] as string, at, quiet);
  if (test === 'userid-group') return useridGroup(rest, at, quiet);
  if (test === 'perm-modify') return permModify(rest[0] as string, at);
  return forbidden();
}

/** An error that no `or` above gets over: it ends the whole check. */
class Final extends ApiError {}

function anyOf(checks: Check[], at: Case): ApiError | undefined {
  for (const check of checks) {
    const no = denial(check, at, true);
    if (!no) return undefined;
    if (no instanceof Final) return no;
  }
  return forbidden();
}

function allOf(checks: Check[], at: Case): ApiError | undefined {
  for (const check of checks) {
    const no = denial(check, at, false);
    if (no) return new Final(no.status, no.message, no.errors);
  }
  return undefined;
}

function perm(
  [template, wanted, ...options]: unknown[],
  { access, authid, params }: Case,
): ApiError | undefined {
  const needed = option(options, 'require_param');
  if (needed !== undefined && isAbsent(params[needed])) return forbidden();
  const path = normalizeAclPath(fill(template as string, params));
  const held = access.permissions(authid, path);
  const privileges = wanted as string[];
  const shown = path ?? '';
  if (options.includes('any')) {
    return privileges.some((privilege) => held.has(privilege))
      ? undefined
      : forbidden(`${shown}, ${privileges.join('|')}`);
  }
  const missing = privileges.find((privilege) => !held.has(privilege));
  return missing === undefined ? undefined : forbidden(`${shown}, ${missing}`);
}

function useridParam(test: string, { access, authid, params }: Case, quiet: boolean): ApiError | undefined {
  const userid = verifiedUserid(params.userid);
  if (userid instanceof ApiError) return userid;
  if (test === 'Realm.AllocateUser') {
    const path = `/access/realm/${userid.split('@').at(-1)}`;
    return access.may(authid, path, test) ? undefined : forbidden(`${path}, ${test}`);
  }
  if (!access.users.has(userid)) return quiet ? forbidden() : noSuchUser(userid);
  return authid === userid ? undefined : forbidden();
}

function useridGroup(
  [wanted, ...options]: unknown[],
  { access, authid, params }: Case,
  quiet: boolean,
): ApiError | undefined {
  const privileges = wanted as string[];
  const groupsParam = option(options, 'groups_param');
  const mayOn = (path: string) => privileges.some((privilege) => access.may(authid, path, privilege));
  const userid = String(params.userid ?? '');
  if (groupsParam !== 'create' && !access.users.has(userid)) return quiet ? forbidden() : noSuchUser(userid);
  if (mayOn('/access/groups')) return undefined;
  if (groupsParam) {
    const groups = String(params.groups ?? '')
      .split(/[\s,;]+/)
      .filter(Boolean);
    if (groups.length === 0) return forbidden(`/access/groups, ${privileges.join('|')}`);
    const closed = groups.find((group) => !(access.groups.has(group) && mayOn(`/access/groups/${group}`)));
    if (closed !== undefined) return forbidden(`/access/groups/${closed}, ${privileges.join('|')}`);
  }
  if (groupsParam === 'create') return undefined;
  const theirs = access.users.get(userid)?.groups ?? new Set<string>();
  return [...theirs].some((group) => mayOn(`/access/groups/${group}`)) ? undefined : forbidden();
}

function permModify(template: string, { access, authid, params }: Case): ApiError | undefined {
  const path = normalizeAclPath(fill(template, params));
  // An impossible path is let through here; the method itself refuses it.
  if (path === undefined) return undefined;
  const enough = privilegesToShare(path);
  return enough.some((privilege) => access.may(authid, path, privilege))
    ? undefined
    : forbidden(`${path}, ${enough.join('|')}`);
}

function noSuchUser(userid: string): ApiError {
  return new ApiError(500, `no such user ('${userid}')`);
}

function verifiedUserid(given: unknown): string | ApiError {
  const userid = String(given ?? '');
  if (userid.length < 3) return new Final(500, `user name '${userid}' is too short`);
  if (userid.length > 64) return new Final(500, `user name '${userid}' is too long (${userid.length} > 64)`);
  if (/^[^\s:/]+@[A-Za-z][A-Za-z0-9._-]+$/.test(userid)) return userid;
  return new Final(500, `value '${userid}' does not look like a valid user name`);
}

function option(options: unknown[], name: string): string | undefined {
  const at = options.indexOf(name);
  return at < 0 ? undefined : String(options[at + 1]);
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

/** `/vms/{vmid}` with the parameters put in; what is missing (or Perl's false) becomes `-`. */
function fill(template: string, params: Params): string {
  return template.replace(/\{([^}]+)\}/g, (_, name: string) => {
    const value = params[name];
    if (isAbsent(value) || value === '' || String(value) === '0') return '-';
    // Perl would put an address in here, brackets and all: no valid path.
    return typeof value === 'object' ? '(…)' : String(value);
  });
}
