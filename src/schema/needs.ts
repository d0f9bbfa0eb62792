import type { Method } from './method.ts';

/**
 * What somebody must hold to call a method. Paths are those of the access control list, with `{parameters}` of the call.
 * The forms of PVE (`["perm", "/vms/{vmid}", ["VM.Audit"]]`) and PBS (`{"check": {"path": ["datastore", "{store}"]}}`) are one here.
 */
export type Need =
  /** All privileges on the path, or `any` of them. `onlyWith`: it counts only where that parameter is given. */
  | { kind: 'privilege'; path: string; privileges: readonly string[]; any: boolean; onlyWith?: string }
  | { kind: 'and' | 'or'; of: readonly Need[] }
  /** One of the privileges on `/access/groups`, or on a group of the user that `userid` names. */
  | { kind: 'group'; privileges: readonly string[] }
  /** To be the user that this parameter names. */
  | { kind: 'self'; parameter: string }
  /** What lets one change the access control list on that path. */
  | { kind: 'share'; path: string }
  /** No login at all, any login, or root@pam's password and nothing else. */
  | { kind: 'world' | 'login' | 'root' }
  /** Proxmox decides while it runs; or a form that is not known here. */
  | { kind: 'inside' };

/** The need of a method as its description has it. */
export function needOf({ permissions }: Method): Need {
  if (permissions === null) return { kind: 'root' };
  if (permissions.user === 'world') return { kind: 'world' };
  if (permissions.user === 'all') return { kind: 'login' };
  // PBS puts `and`, `or` where PVE has only `check`.
  return readNeed(permissions.check ?? permissions);
}

function readNeed(given: unknown): Need {
  if (Array.isArray(given)) return readPve(given);
  if (typeof given !== 'object' || given === null) return { kind: 'inside' };
  const { check, and, or, privs, path, partial, userParam, user } = given as Record<string, unknown>;
  if (check !== undefined) return readNeed(check);
  if (Array.isArray(and)) return { kind: 'and', of: and.map(readNeed) };
  if (Array.isArray(or)) return { kind: 'or', of: or.map(readNeed) };
  if (typeof userParam === 'string') return { kind: 'self', parameter: userParam };
  if (user === 'all') return { kind: 'login' };
  if (!isTexts(privs) || !isTexts(path)) return { kind: 'inside' };
  return { kind: 'privilege', path: `/${path.join('/')}`, privileges: privs, any: Boolean(partial) };
}

function readPve([test, ...rest]: unknown[]): Need {
  const [first, second] = rest;
  if (test === 'and' || test === 'or') return { kind: test, of: rest.map(readNeed) };
  if (test === 'perm' && typeof first === 'string' && isTexts(second)) {
    const onlyWith = optionIn(rest, 'require_param');
    const any = Boolean(optionIn(rest, 'any'));
    const need = { kind: 'privilege', path: first, privileges: second, any } as const;
    return onlyWith === undefined ? need : { ...need, onlyWith: String(onlyWith) };
  }
  if (test === 'userid-param' && first === 'self') return { kind: 'self', parameter: 'userid' };
  if (test === 'userid-param' && typeof first === 'string')
    return { kind: 'privilege', path: '/access/realm/{userid@realm}', privileges: [first], any: false };
  if (test === 'userid-group' && isTexts(first)) return { kind: 'group', privileges: first };
  if (test === 'perm-modify' && typeof first === 'string') return { kind: 'share', path: first };
  return { kind: 'inside' };
}

function optionIn(list: readonly unknown[], name: string): unknown {
  const at = list.indexOf(name);
  return at < 0 ? undefined : list[at + 1];
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
