import type { Verb } from '../wire.ts';

/** Calls that a setting names: `DELETE /nodes/*\/qemu/**`. */
export interface CallPattern {
  /** As it was written, for messages. */
  text: string;
  /** Every method where it is absent. */
  verbs: readonly Verb[] | undefined;
  /** The path's words: `*` is one word, `**` at the end any rest, none included. */
  words: readonly string[];
}

/** Guests that must not be changed, by whatever call. */
export type Protection =
  | { kind: 'vmid'; from: number; to: number }
  | { kind: 'tag' | 'pool' | 'node'; name: string };

/** From which effect on a person must approve. */
export type ApproveLevel = 'never' | 'danger' | 'change';

/** What the settings allow. */
export interface Policy {
  /** Wins over everything. */
  readOnly: boolean;
  /** Empty: everything. */
  allow: readonly CallPattern[];
  /** Wins over `allow`. */
  deny: readonly CallPattern[];
  protect: readonly Protection[];
  approve: ApproveLevel;
}

/** What nobody has restricted. */
export const openPolicy: Policy = { readOnly: false, allow: [], deny: [], protect: [], approve: 'danger' };

/** Reads `GET /nodes/**`, `POST|PUT /nodes/*\/qemu/*\/config` or `/access/**`. Returns what is wrong with it, where it is. */
export function parseCallPattern(text: string): CallPattern | { problem: string } {
  const [, verbs, path] = /^(?:([A-Z|*]+)\s+)?(\/\S*)$/.exec(text.trim()) ?? [];
  if (path === undefined)
    return { problem: `${JSON.stringify(text)} is no pattern such as DELETE /nodes/*/qemu/**` };
  const named = verbs === undefined || verbs === '*' ? undefined : verbs.split('|');
  if (named?.some((verb) => !['GET', 'POST', 'PUT', 'DELETE'].includes(verb)))
    return { problem: `${JSON.stringify(text)} names a method that Proxmox does not have` };
  const words = path
    .split('/')
    .filter((word) => word !== '')
    .map((word) => (/^\{.*\}$/.test(word) ? '*' : word));
  return { text: text.trim(), verbs: named as readonly Verb[] | undefined, words };
}

/** Reads `100`, `100-199`, `tag:prod`, `pool:db` or `node:pve1`. Returns what is wrong with it, where it is. */
export function parseProtection(text: string): Protection | { problem: string } {
  const [, from, to = from] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(text) ?? [];
  if (from !== undefined && Number(from) <= Number(to))
    return { kind: 'vmid', from: Number(from), to: Number(to) };
  const [, kind, name] = /^(tag|pool|node):(\S+)$/.exec(text) ?? [];
  if (kind === undefined || name === undefined)
    return { problem: `${JSON.stringify(text)} is none of 100, 100-199, tag:name, pool:name, node:name` };
  return { kind: kind as 'tag', name };
}
