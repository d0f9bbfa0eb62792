import { KNOWN_PATTERNS } from './known-patterns.ts';
import { MAX_PATTERN, patternCost } from './pattern-cost.ts';

/**
 * Reads the patterns of the API description, which are Perl's. What differs from JavaScript: `(?^i:…)` groups, `\w`,
 * `\d` and `\s` that know all of Unicode, `{,n}`, atomic groups, and a `$` that also matches before a last newline.
 */

/** A pattern made ready; `regex` is null for one that JavaScript cannot read. */
interface Ready {
  regex: RegExp | null;
  /** Texts up to this length are known to cost little. */
  safeUpTo: number;
}

const ready = new Map<string, Ready>();

/** Steps that a match may take by our reckoning, which is far above what it does take: well below a second. */
const MAX_STEPS = 100_000_000;

/**
 * Whether a value matches, anchored as PVE does it: `^` before and `$` after the pattern's own text. So in `a|b` only
 * the `a` is bound to the start and only the `b` to the end. A pattern that cannot be read lets all pass, and so does
 * one that might not come to an end on a value of this length: the server still checks.
 */
export function matchesPerl(pattern: string, value: string): boolean {
  let known = ready.get(pattern);
  if (known === undefined) {
    known = { regex: compile(pattern), safeUpTo: KNOWN_PATTERNS.has(pattern) ? Number.POSITIVE_INFINITY : 0 };
    ready.set(pattern, known);
  }
  if (known.regex === null || !isAffordable(pattern, known, value.length)) return true;
  try {
    return known.regex.test(value);
  } catch {
    // Some are found to be too large only when they are first used.
    known.regex = null;
    return true;
  }
}

function isAffordable(pattern: string, known: Ready, length: number): boolean {
  if (length <= known.safeUpTo) return true;
  // A match may begin at every character, where a branch of the pattern is not anchored.
  if (patternCost(pattern, length) * (length + 1) > MAX_STEPS) return false;
  known.safeUpTo = length;
  return true;
}

function compile(pattern: string): RegExp | null {
  if (pattern.length > MAX_PATTERN) return null;
  try {
    return new RegExp(`^${translate(pattern)}${END}`, 'u');
  } catch {
    return null;
  }
}

const END = '(?=\\n?$)';
const CLASSES: Record<string, string> = {
  w: '\\p{L}\\p{M}\\p{N}\\p{Pc}',
  d: '\\p{Nd}',
  s: '\\s',
};

/**
 * A separator of image names that may be empty: Perl copes, but JavaScript tries every way to part a long word with it,
 * and would not end. Without the empty one the same texts match.
 */
const EMPTY_SEPARATOR = '|[-]*)';

/** A group that is open: whether letters match in both cases in it, and what ends it. */
interface Group {
  loose: boolean;
  close: string;
}

/** The same pattern for JavaScript, with its `u` flag. */
export function translate(perl: string): string {
  const pattern = perl.replaceAll(EMPTY_SEPARATOR, '|[-]+)');
  const groups: Group[] = [{ loose: false, close: '' }];
  let out = '';
  for (let at = 0; at < pattern.length; ) {
    const { loose } = groups.at(-1) as Group;
    const [text, length] =
      readGroup(pattern, at, groups) ?? readClass(pattern, at, loose) ?? readOne(pattern, at, loose);
    out += text;
    at += length;
  }
  return out;
}

/** What a part becomes, and how many characters of the pattern it takes. */
type Read = [text: string, length: number];

function readGroup(pattern: string, at: number, groups: Group[]): Read | undefined {
  const { loose } = groups.at(-1) as Group;
  if (pattern[at] === ')') return [groups.pop()?.close ?? ')', 1];
  if (pattern[at] !== '(') return undefined;
  const flags = /^\(\?\^(\w*):/.exec(pattern.slice(at, at + 8));
  if (flags) {
    groups.push({ loose: flags[1]?.includes('i') ?? false, close: ')' });
    return ['(?:', flags[0].length];
  }
  if (pattern.startsWith('(?>', at)) {
    // JavaScript has no atomic groups, but what a look-ahead has found it does not try again.
    const name = `atomic${at}`;
    groups.push({ loose, close: `))\\k<${name}>)` });
    return [`(?:(?=(?<${name}>`, 3];
  }
  groups.push({ loose, close: ')' });
  return ['(', 1];
}

function readClass(pattern: string, start: number, loose: boolean): Read | undefined {
  if (pattern[start] !== '[') return undefined;
  let out = '[';
  let at = start + 1;
  while (at < pattern.length && pattern[at] !== ']') {
    const range = loose ? /^(?:[a-z]-[a-z]|[A-Z]-[A-Z])/.exec(pattern.slice(at, at + 3)) : null;
    const [text, length] =
      pattern[at] === '\\' ? readEscape(pattern, at, true) : [range?.[0] ?? pattern[at] ?? '', range ? 3 : 1];
    out += pattern[at] === '[' ? '\\[' : loose && pattern[at] !== '\\' ? bothCases(text) : text;
    at += length;
  }
  return [`${out}]`, at + 1 - start];
}

function readOne(pattern: string, at: number, loose: boolean): Read {
  const char = pattern[at] as string;
  if (char === '\\') return readEscape(pattern, at, false);
  if (char === '$') return [END, 1];
  const upTo = /^\{,(\d+)\}/.exec(pattern.slice(at, at + 12));
  if (upTo) return [`{0,${upTo[1]}}`, upTo[0].length];
  return [loose && /[a-zA-Z]/.test(char) ? `[${bothCases(char)}]` : char, 1];
}

function bothCases(text: string): string {
  const other = text === text.toLowerCase() ? text.toUpperCase() : text.toLowerCase();
  return other === text ? text : text + other;
}

function readEscape(pattern: string, at: number, inClass: boolean): Read {
  const next = pattern[at + 1] ?? '\\';
  if (next === 'x') return [pattern.slice(at, at + 4), 4];
  const known = CLASSES[next];
  if (known) return [inClass || next === 's' ? known : `[${known}]`, 2];
  if (/[a-zA-Z0-9]/.test(next)) return [`\\${next}`, 2];
  // With the `u` flag only these may be escaped; everything else stands for itself.
  const special = inClass ? /[\\\]^-]/ : /[\\^$.*+?()[\]{}|/]/;
  return [special.test(next) ? `\\${next}` : next, 2];
}
