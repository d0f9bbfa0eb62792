import { renderApidoc } from '../schema/apidoc.ts';
import type { Catalog } from '../schema/catalog.ts';

/** What is known of a description that was kept. */
export interface KeptFacts {
  product: string;
  host: string;
  /** Of the server when it was read; undefined where it was not told. */
  version: string | undefined;
  /** When the server last gave it or said that it still holds, in milliseconds since 1970. */
  readAt: number;
  /** The server's `Last-Modified` and `ETag`, by which it is asked whether anything has changed. */
  modified: string | undefined;
  etag: string | undefined;
}

/** A kept description: its facts, and the description in the form in which servers offer theirs. */
export interface Kept extends KeptFacts {
  apidoc: string;
}

/** Changes when what is written after the facts does. */
const FORM = 1;
const MAX_LINE = 2_000;

/**
 * One line of facts, then the description as a server would write it, without what nobody reads: 1.1 MB instead of 4.1
 * for PVE 9.2. It is read by the same careful reader as a server's.
 */
export function writeKept(facts: KeptFacts, catalog: Catalog): string {
  return `${JSON.stringify({ form: FORM, ...facts })}\n${renderApidoc(catalog)}`;
}

/** Undefined for what is not of this form, or about another server. The description itself is not looked at yet. */
export function readKept(text: string | undefined, product: string, host: string): Kept | undefined {
  const end = text?.slice(0, MAX_LINE).indexOf('\n') ?? -1;
  if (text === undefined || end < 0) return undefined;
  const facts = factsIn(text.slice(0, end));
  if (facts?.form !== FORM || facts.product !== product || facts.host !== host) return undefined;
  const { readAt } = facts;
  if (typeof readAt !== 'number' || !Number.isFinite(readAt)) return undefined;
  return {
    ...{ product, host, readAt, apidoc: text.slice(end + 1) },
    version: textIn(facts.version),
    modified: textIn(facts.modified),
    etag: textIn(facts.etag),
  };
}

function factsIn(line: string): Record<string, unknown> | undefined {
  try {
    const facts: unknown = JSON.parse(line);
    return typeof facts === 'object' && facts !== null ? (facts as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** They go into a header and into sentences: one line of plain characters. */
function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && /^[ -~]{1,200}$/.test(value) ? value : undefined;
}
