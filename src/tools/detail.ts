import { shorten } from '../render/budget.ts';
import { word } from './arguments.ts';

/** How much an answer may be: characters, four of which are about a token. */
const BUDGET = { brief: 8_000, full: 40_000 } as const;

export type Detail = keyof typeof BUDGET;

/** The argument of every tool whose answer can be long. */
export const detail = () => word('detail', ['brief', 'full']).default('brief');

/** The first rows of a list, as many as the detail allows, and how many there are besides. */
export function firstOf<Row>(
  rows: readonly Row[],
  brief: number,
  wanted: Detail,
): { shown: readonly Row[]; more: number } {
  const shown = rows.slice(0, wanted === 'full' ? brief * 10 : brief);
  return { shown, more: rows.length - shown.length };
}

/** `and 12 more (detail: full)`, or nothing. */
export function andMore(more: number, wanted: Detail): string | undefined {
  if (more === 0) return undefined;
  return wanted === 'full' ? `and ${more} more` : `and ${more} more (detail: full)`;
}

/**
 * The last word on an answer's size: parts of a text in the order of their weight, of which the last ones are left out
 * where they are too long together; data cut where it is still too long.
 */
export function within<Data>(
  wanted: Detail,
  parts: readonly (string | undefined | false)[],
  data: Data,
): { text: string; data: Data } {
  const budget = BUDGET[wanted];
  const kept: string[] = [];
  let left = budget - 60;
  let dropped = 0;
  for (const part of parts) {
    if (!part) continue;
    if (part.length + 1 > left) dropped += 1;
    else {
      kept.push(part);
      left -= part.length + 1;
    }
  }
  if (dropped > 0) kept.push(`Left out for length: ${dropped} of ${kept.length + dropped} parts.`);
  return { text: kept.join('\n'), data: shorten(data, budget).value as Data };
}
