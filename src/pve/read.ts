/*
 * Light reading of answers. Proxmox drifts between text and number for the same field (`nextid` is "102", `memory`
 * "256", `cores` 1: recorded on PVE 9.2) and leaves fields out that a login may not see, so nothing here throws.
 */

/** A row of an answer, before anything is known about it. */
export type Row = Record<string, unknown>;

/** The rows of a list; anything else is an empty list. */
export function rows(data: unknown): Row[] {
  return Array.isArray(data) ? data.filter(isRow) : [];
}

/** An object; anything else is an empty one. */
export function row(data: unknown): Row {
  return isRow(data) ? data : {};
}

function isRow(value: unknown): value is Row {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** A number, also where it came as text. */
export function number(value: unknown): number | undefined {
  if (typeof value === 'string' && value.trim() === '') return undefined;
  const parsed = typeof value === 'number' ? value : typeof value === 'string' ? Number(value) : Number.NaN;
  return Number.isFinite(parsed) ? parsed : undefined;
}

/** Text that is not empty, also where it came as a number. */
export function text(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Proxmox's booleans: 1, "1" and true. */
export function flag(value: unknown): boolean {
  return value === 1 || value === '1' || value === true;
}

/** Leaves out what is `undefined`, so that an answer carries only what is known. */
export function known<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  // Plain loop: this runs for each of ten thousand guests.
  const kept: Partial<T> = {};
  for (const key in fields) {
    if (fields[key] !== undefined) kept[key] = fields[key];
  }
  return kept as T;
}
