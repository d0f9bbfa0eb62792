/** Privileges that a call lacks on one path: all of them, or any one of several. */
export interface Lacking {
  path: string;
  privileges: readonly string[];
  any: boolean;
}

/** Why Proxmox VE says 403, in the forms that its sources know (2026); six of them are recorded on PVE 9.2. */
export type Refusal =
  | ({ kind: 'privilege' } & Lacking)
  /** The path could not be made of what the call names, so no privilege counts. */
  | { kind: 'bad name'; privileges: readonly string[] }
  /** root@pam's own login alone; `what` says where that is so for one option only. */
  | { kind: 'root'; what?: string }
  /** Asked for with a ticket, never with a token. */
  | { kind: 'no tokens' }
  | { kind: 'no pool'; pool: string }
  /** `Permission check failed` and not a word more: one of several ways was wanted. */
  | { kind: 'unsaid' };

/** Undefined for a text of another form. Several privileges are parted by `|`, `&&` or a comma. */
export function readRefusal(text: string): Refusal | undefined {
  const [found, said = ''] = /permission check failed(?: \((.*)\)?)?/is.exec(text) ?? [];
  if (found === undefined) return undefined;
  if (said === '') return /permission check failed\s*$/i.test(text) ? { kind: 'unsaid' } : undefined;
  if (/not available with API token/.test(said)) return { kind: 'no tokens' };
  if (said.startsWith('user != root@pam')) return { kind: 'root' };
  const option = /^(.{1,120}) is only allowed for root@pam/.exec(said)?.[1];
  if (option !== undefined) return { kind: 'root', what: option };
  const pool = /^pool '([^']*)' does not exist/.exec(said)?.[1];
  if (pool !== undefined) return { kind: 'no pool', pool };
  return readPrivileges(said.replace(/\)\s*$/, ''));
}

function readPrivileges(said: string): Refusal | undefined {
  const [, path, list] =
    /^(\/\S*|), ((?:[A-Z]\w*(?:\.\w+)+)(?:(?:\||, | && )[A-Z]\w*(?:\.\w+)+)*)$/.exec(said) ?? [];
  if (path === undefined || list === undefined) return undefined;
  const privileges = list.split(/\||, | && /);
  if (path === '') return { kind: 'bad name', privileges };
  return { kind: 'privilege', path, privileges, any: list.includes('|') };
}
