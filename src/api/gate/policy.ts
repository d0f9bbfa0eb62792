import { wordsOf } from '../../schema/path-pattern.ts';
import type { Verb } from '../wire.ts';

/** Calls that a setting names: `DELETE /nodes/*\/qemu/**`. */
export interface CallPattern {
  /** As it was written, for messages. */
  text: string;
  /** Every method where it is absent. */
  verbs: readonly Verb[] | undefined;
  /** The path's words: `*` is one word, `**` any number of words, none included, `qemu|lxc` either of two. */
  words: readonly string[];
  /** The same without capitals: what is denied is denied in any case. */
  anyCase: readonly string[];
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

/**
 * Reads `GET /nodes/**`, `POST|PUT /nodes/*\/qemu/*\/config` or `/access/**`. Returns what is wrong with it, where it is.
 * Nothing is let through that would fit no call: whoever denies something must not be left with a pattern that denies nothing.
 */
export function parseCallPattern(text: string): CallPattern | { problem: string } {
  const shown = JSON.stringify(text);
  const [, named, path] = /^(?:([A-Za-z|*]+)\s+)?(\/\S*)$/.exec(text.trim()) ?? [];
  if (path === undefined) return { problem: `${shown} is no pattern such as DELETE /nodes/*/qemu/**` };
  const verbs = named === undefined || named === '*' ? undefined : named.toUpperCase().split('|');
  if (verbs?.some((verb) => !['GET', 'POST', 'PUT', 'DELETE'].includes(verb)))
    return { problem: `${shown} names a method that Proxmox does not have` };
  const words = wordsOf(path.replace(/^\/api2\/json(?=\/|$)/, '')).map((word) =>
    /^\{[^{}]+\}$/.test(word) ? '*' : word,
  );
  const problem = problemOf(words);
  if (problem !== undefined) return { problem: `${shown} ${problem}` };
  const anyCase = words.map((word) => word.toLowerCase());
  return { text: text.trim(), verbs: verbs as readonly Verb[] | undefined, words, anyCase };
}

function problemOf(words: readonly string[]): string | undefined {
  if (words.length === 0) return 'names no path; for every call write /**';
  if (!/^(?:\*\*?|[a-z][a-z0-9|-]*)$/.test(words[0] as string))
    return 'begins with a word that no path begins with';
  for (const word of words) {
    if (word === '*' || word === '**') continue;
    if (word.includes('*')) return 'has a * inside a word; it stands for a whole word';
    if (word === '.' || word === '..' || /[%?#\\{}\p{Cc}\p{Cf}]/u.test(word))
      return `has ${JSON.stringify(word)} in it; write words as they are, without codes and without a query`;
    if (word.split('|').includes('')) return 'has an empty choice around a |';
  }
  return undefined;
}

/** Reads `100`, `100-199`, `tag:prod`, `pool:db` or `node:pve1`. Returns what is wrong with it, where it is. */
export function parseProtection(text: string): Protection | { problem: string } {
  const [, from, to = from] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(text.trim()) ?? [];
  if (from !== undefined) {
    if (Number(from) <= Number(to)) return { kind: 'vmid', from: Number(from), to: Number(to) };
    return { problem: `${JSON.stringify(text)} ends before it begins` };
  }
  const [, kind, name] = /^(tag|pool|node):(\S+)$/.exec(text.trim()) ?? [];
  const valid = { tag: /^[\w+.-]+$/, pool: /^[\w.-]+(?:\/[\w.-]+){0,2}$/, node: /^[A-Za-z0-9-]+$/ };
  if (kind === undefined || name === undefined)
    return { problem: `${JSON.stringify(text)} is none of 100, 100-199, tag:name, pool:name, node:name` };
  if (!valid[kind as Kind].test(name))
    return { problem: `${JSON.stringify(text)} is no name of a ${kind} in Proxmox` };
  return { kind: kind as Kind, name };
}

type Kind = 'tag' | 'pool' | 'node';
