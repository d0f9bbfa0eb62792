import { hash } from 'node:crypto';
import type { LedgerEntry } from '../../api/gate/ledger.ts';

/** A line of another file, as it was seen: whoever shortens, edits or deletes that file contradicts this. */
export interface Link {
  file: string;
  n: number;
  hash: string;
}

/** The first line of each file. */
export interface Head {
  kind: 'head';
  /** The file's own name, so that a renamed one is noticed. */
  file: string;
  /** Of the program. */
  version: string;
  server: string;
  login: string;
  links: readonly Link[];
}

/** A change that is about to be sent. */
export interface Begin extends LedgerEntry {
  kind: 'begin';
}

/** How it went. `begin` is the number of its line, in `file` where that is another one. */
export interface End {
  kind: 'end';
  begin: number;
  file?: string;
  /** `ok`, or the code of its failure. */
  result: string;
  message?: string;
  upid?: string;
  mayHaveRun?: true;
}

/** How the task ended that it began. */
export interface TaskEnd {
  kind: 'task';
  begin: number;
  file?: string;
  upid: string;
  exitstatus: string;
}

export type Words = Head | Begin | End | TaskEnd;

/** A line of the ledger. `hash` is the SHA-256, in hex, of every byte of the line before `,"hash"`. */
export type Line = Words & {
  /** Counted from 1 in each file. */
  n: number;
  /** ISO 8601, UTC. */
  time: string;
  /** The hash of the line before; of the first one, zeros. */
  prev: string;
  hash: string;
};

/** Where a chain ends: its last line. */
export interface Position {
  n: number;
  hash: string;
}

/** Before the first line. */
export const START: Position = { n: 0, hash: '0'.repeat(64) };

/** More than any request that the server takes in; what is longer was not written by it. */
export const LONGEST_LINE = 16 * 1024 * 1024;

const HASH_PART = `,"hash":"${START.hash}"}`.length;
const CHAIN_PART = `,"prev":"${START.hash}"`.length + HASH_PART;

/** Writes the next line of a chain, with its line feed. */
export function seal(words: Words, time: string, after: Position): { text: string; at: Position } {
  const n = after.n + 1;
  const body = JSON.stringify({ n, time, ...words, prev: after.hash }).slice(0, -1);
  const at = { n, hash: hash('sha256', body) };
  return { text: `${body},"hash":"${at.hash}"}\n`, at };
}

/** Checks the bytes of a line, without its line feed, against the line before. Returns where it leads, or what is wrong. */
export function check(line: Buffer, after: Position): { at: Position; problem?: string } {
  const chain = line.toString('latin1', Math.max(0, line.length - CHAIN_PART));
  const stated = /^,"prev":"([0-9a-f]{64})","hash":"([0-9a-f]{64})"\}$/.exec(chain);
  const n = after.n + 1;
  if (stated === null) return { at: { n, hash: '' }, problem: 'is no line of a ledger' };
  const [, prev = '', said = ''] = stated;
  const at = { n, hash: said };
  if (hash('sha256', line.subarray(0, line.length - HASH_PART)) !== said) {
    return { at, problem: 'was changed: its hash does not fit it' };
  }
  if (prev !== after.hash || !line.toString('latin1', 0, 24).startsWith(`{"n":${n},`)) {
    return { at, problem: 'does not follow the line before: lines were removed, added or moved' };
  }
  return { at };
}

/** The words of a line; undefined where it is none. What it says is not checked: anybody can write to a file. */
export function read(line: Buffer): Line | undefined {
  try {
    const parsed: unknown = JSON.parse(line.toString());
    const isObject = typeof parsed === 'object' && parsed !== null && 'kind' in parsed && 'time' in parsed;
    return isObject && !Number.isNaN(Date.parse(String(parsed.time))) ? (parsed as Line) : undefined;
  } catch {
    return undefined;
  }
}
