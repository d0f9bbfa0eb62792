import { cap, clean } from './untrusted.ts';

/** A value that fits, and what had to go for it: one note a cut, in words that stand alone. */
export interface Shortened {
  value: unknown;
  /** Empty when nothing was cut. */
  cuts: string[];
}

/** The length of a value as compact JSON. `undefined` counts as nothing. */
export function jsonLength(value: unknown): number {
  return JSON.stringify(value)?.length ?? 0;
}

/** What an object or a list must have left to be worth opening instead of dropping. */
const WORTH_OPENING = 80;

/**
 * The same value with every string made visible (see `clean`) and every object's keys sorted: Proxmox answers with its
 * keys in random order (recorded on PVE 9.2), and an answer that stays the same is easier to compare.
 */
export function tidy(value: unknown): unknown {
  if (typeof value === 'string') return clean(value);
  if (Array.isArray(value)) return value.map(tidy);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([key, inner]) => [clean(key), tidy(inner)] as const);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}

/**
 * Cuts a JSON value to about `budget` characters of compact JSON: lists lose their end, long texts their end, and in an
 * object the small values stay whole while the large ones share what is left.
 */
export function shorten(value: unknown, budget: number): Shortened {
  const cuts: string[] = [];
  return { value: shrink(value, budget, '', cuts), cuts };
}

function shrink(value: unknown, budget: number, at: string, cuts: string[]): unknown {
  if (jsonLength(value) <= budget) return value;
  if (typeof value === 'string') return shrinkText(value, budget, at, cuts);
  if (Array.isArray(value)) return shrinkList(value, budget, at, cuts);
  if (value !== null && typeof value === 'object') {
    return shrinkObject(value as Record<string, unknown>, budget, at, cuts);
  }
  return value;
}

function where(at: string): string {
  return at === '' ? '' : ` in ${at}`;
}

function shrinkText(text: string, budget: number, at: string, cuts: string[]): string {
  // Quotes and line feeds take two characters in JSON: measure, then cut in proportion.
  const keep = Math.max(20, Math.floor((budget * text.length) / jsonLength(text)));
  const short = cap(text, keep);
  cuts.push(`showed the first ${short.length - 1} of ${text.length} characters${where(at)}`);
  return short;
}

function shrinkList(list: readonly unknown[], budget: number, at: string, cuts: string[]): unknown[] {
  const shown: unknown[] = [];
  let left = budget - 2;
  for (const item of list) {
    const size = jsonLength(item) + 1;
    if (size > left) break;
    shown.push(item);
    left -= size;
  }
  if (shown.length === 0 && left > WORTH_OPENING) shown.push(shrink(list[0], left, `${at}[0]`, cuts));
  if (shown.length < list.length) {
    cuts.push(`showed the first ${shown.length} of ${list.length} items${where(at)}`);
  }
  return shown;
}

function shrinkObject(object: Record<string, unknown>, budget: number, at: string, cuts: string[]): unknown {
  const sizes = Object.entries(object).map(([key, value]) => ({
    key,
    size: jsonLength(value),
    name: key.length + 4,
  }));
  const kept = new Map<string, number>();
  let left = budget - 2;
  // Smallest first: what fits in an equal share stays whole and leaves the rest of its share to the larger ones.
  sizes.sort((a, b) => a.size - b.size);
  for (const [index, { key, size, name }] of sizes.entries()) {
    const share = Math.floor(left / (sizes.length - index)) - name;
    const whole = size <= Math.max(share, WORTH_OPENING) && size + name <= left;
    if (!whole && share < WORTH_OPENING) continue;
    const given = whole ? size : share;
    kept.set(key, given);
    left -= given + name;
  }
  const dropped = sizes.length - kept.size;
  if (dropped > 0) cuts.push(`left out ${dropped} of ${sizes.length} fields${where(at)}`);
  return Object.fromEntries(
    Object.entries(object).flatMap(([key, value]) => {
      const given = kept.get(key);
      return given === undefined ? [] : [[key, shrink(value, given, at === '' ? key : `${at}.${key}`, cuts)]];
    }),
  );
}

/** Cuts plain text at the end of a line. */
export function shortenText(text: string, budget: number): { text: string; cuts: string[] } {
  if (text.length <= budget) return { text, cuts: [] };
  const end = text.lastIndexOf('\n', budget);
  const shown = end > budget / 2 ? text.slice(0, end) : cap(text, budget);
  return { text: shown, cuts: [`showed the first ${shown.length} of ${text.length} characters`] };
}
