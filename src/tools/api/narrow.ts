import type { Row } from '../../pve/read.ts';
import { line } from '../../render/untrusted.ts';
import { type Condition, meets, readFilter, valueAt } from './row-filter.ts';

/** Which part of an answer is wanted. */
export interface Narrowing {
  /** Keys to keep of each row, `config.net0` for inner ones; empty keeps all. */
  fields: readonly string[];
  /** All must hold. */
  filter: readonly Condition[];
  /** How many rows at most. */
  limit: number | undefined;
}

/** An answer, narrowed. */
export interface Narrowed {
  data: unknown;
  /** Where rows were chosen: how many there were, met the filter, and are left. */
  rows?: { all: number; matched: number; shown: number };
  /** What was asked for and could not be done, in sentences. */
  notes: string[];
}

const MOST_NAMED = 40;

/**
 * Reads the arguments of a tool.
 *
 * @throws Failure `invalid_argument` for a filter that can't be read
 */
export function readNarrowing(given: {
  fields?: string | undefined;
  filter?: string | undefined;
  limit?: number | undefined;
}): Narrowing {
  return {
    fields: (given.fields ?? '').split(/[\s,]+/).filter((name) => name !== ''),
    filter: readFilter(given.filter ?? ''),
    limit: given.limit,
  };
}

/** Keeps what is wanted of an answer: rows of a list, or of an object that holds one object for each name. */
export function narrow(data: unknown, { fields, filter, limit }: Narrowing): Narrowed {
  const notes: string[] = [];
  const choosing = filter.length > 0 || limit !== undefined;
  if (!choosing && fields.length === 0) return { data, notes };
  const entries = entriesOf(data);
  if (entries === undefined) {
    if (choosing) notes.push('filter and limit are for lists; of this answer, fields chooses.');
    if (!isRow(data) || fields.length === 0) return { data, notes };
    noteUnknown(fields, [data], notes);
    return { data: pick(data, fields), notes };
  }
  const rows = entries.map(([key, value]) => (isRow(value) ? value : { [key || 'value']: value }));
  const keys = filter.map(({ key }) => key).filter((key) => key !== undefined);
  noteUnknown([...new Set([...fields, ...keys])], rows, notes);
  const matched = entries.filter(([key, value], at) =>
    filter.every(
      (one) =>
        meets(rows[at] as Row, one) ||
        (isRow(value) && one.key === undefined && key.toLowerCase().includes(one.text)),
    ),
  );
  const shown = (limit === undefined ? matched : ordered(matched))
    .slice(0, limit)
    .map(([key, value]) => [key, fields.length > 0 && isRow(value) ? pick(value, fields) : value] as const);
  return {
    data: Array.isArray(data) ? shown.map(([, value]) => value) : Object.fromEntries(shown),
    ...(choosing && { rows: { all: entries.length, matched: matched.length, shown: shown.length } }),
    notes,
  };
}

/** By which of their keys rows are told apart; the first that all have, each with another value. */
const IDS = ['vmid', 'id', 'volid', 'userid', 'storage', 'node', 'name', 'iface'];
/** Rows with one of these come in an order that means something: tasks, logs, rules, snapshots. */
const IN_ORDER = ['upid', 'pos', 'n', 'time', 'starttime', 'snaptime'];

/** Proxmox lists many things in an order that is another one each time: the first of them must be the same ones. */
function ordered<T extends readonly [key: string, value: unknown]>(entries: readonly T[]): readonly T[] {
  const rows = entries.map(([, value]) => value);
  if (!rows.every(isRow) || rows.some((row) => IN_ORDER.some((key) => key in row))) return entries;
  const id = IDS.find((key) => rows.every((row) => isScalar(row[key])) && isDistinct(rows, key));
  if (id === undefined) return entries;
  const keyOf = ([, value]: T) => (value as Row)[id];
  return [...entries].sort((a, b) => byValue(keyOf(a), keyOf(b)));
}

function isScalar(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function isDistinct(rows: readonly Row[], key: string): boolean {
  return new Set(rows.map((row) => row[key])).size === rows.length;
}

function byValue(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : 1;
}

/** Items of a list without a name; inner objects by name, where there is nothing else. */
function entriesOf(data: unknown): [key: string, value: unknown][] | undefined {
  if (Array.isArray(data)) return data.map((value) => ['', value]);
  if (!isRow(data)) return undefined;
  const entries = Object.entries(data);
  return entries.length > 0 && entries.every(([, value]) => isRow(value)) ? entries : undefined;
}

function isRow(value: unknown): value is Row {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function pick(row: Row, fields: readonly string[]): Row {
  const kept = fields.map((name) => [name, valueAt(row, name)] as const);
  return Object.fromEntries(kept.filter(([, value]) => value !== undefined));
}

/** Proxmox leaves out what is not set, so a name that no row has may still be right. */
function noteUnknown(names: readonly string[], rows: readonly Row[], notes: string[]): void {
  const unknown = names.filter((name) => !rows.some((row) => valueAt(row, name) !== undefined));
  if (unknown.length === 0 || rows.length === 0) return;
  const known = [...new Set(rows.flatMap((row) => Object.keys(row)))].sort();
  const more = known.length > MOST_NAMED ? ', …' : '';
  const list = known.slice(0, MOST_NAMED).map((name) => line(name, 60));
  notes.push(
    `Nothing here has ${unknown.map((name) => line(name, 60)).join(', ')}; known: ${list.join(', ')}${more}.`,
  );
}
