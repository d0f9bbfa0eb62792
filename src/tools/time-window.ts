import * as z from 'zod';
import { Failure } from '../failure.ts';

/** From when to when, in seconds since 1970. */
export interface TimeWindow {
  since: number;
  until: number;
}

const SECONDS = { m: 60, h: 3_600, d: 86_400, w: 604_800 } as const;

/** A moment: how long ago (`24h`, `7d`), or a date and time (ISO 8601, UTC unless it says otherwise). */
export const moment = (name: string) =>
  z.preprocess(
    (value) => (typeof value === 'number' ? String(value) : value),
    z.string({ error: `${name} must be text such as 24h, 7d or 2026-11-22T16:00Z` }),
  );

/**
 * Reads both ends of a window.
 *
 * @param now in milliseconds, as clocks give it
 * @throws Failure `invalid_argument` for a moment that can't be read, or a window that is upside down
 */
export function timeWindow(
  given: { since?: string | undefined; until?: string | undefined },
  usual: string,
  now: number,
): TimeWindow {
  const today = Math.floor(now / 1000);
  const since = readMoment('since', given.since ?? usual, today);
  const until = given.until === undefined ? today : readMoment('until', given.until, today);
  if (since < until) return { since, until };
  throw new Failure(
    'invalid_argument',
    `The window is upside down: it begins ${iso(since)} and ends ${iso(until)}.`,
    'since must be before until, and neither in the future.',
  );
}

function readMoment(name: string, text: string, today: number): number {
  const [, count, unit] = /^\s*(\d{1,6})\s*([mhdw])\s*$/i.exec(text) ?? [];
  if (count !== undefined)
    return today - Number(count) * SECONDS[unit?.toLowerCase() as keyof typeof SECONDS];
  const plain = /^\s*(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))?\s*(Z|UTC|[+-]\d\d:?\d\d)?\s*$/i.exec(
    text,
  );
  if (plain !== null) {
    const [, date, clock = '00:00', zone = 'Z'] = plain;
    const at = Date.parse(`${date}T${clock}${/utc/i.test(zone) ? 'Z' : zone}`);
    if (!Number.isNaN(at)) return Math.floor(at / 1000);
  }
  // Seconds since 1970, as Proxmox itself writes them.
  if (/^\s*\d{9,10}\s*$/.test(text)) return Number(text);
  throw new Failure(
    'invalid_argument',
    `${name} can't be read as a moment: ${JSON.stringify(text.slice(0, 40))}.`,
    'Write how long ago (30m, 24h, 7d, 4w), or a date and time such as 2026-11-22T16:00Z.',
  );
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000', '');
}
