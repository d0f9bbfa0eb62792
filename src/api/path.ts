import { Failure } from '../failure.ts';

declare const checked: unique symbol;

/**
 * A path of the API as it stands on the wire, without `/api2/json` and without a query: percent-encoded, and checked so
 * that nothing in it can lead elsewhere. Only `path` and `parsePath` make one.
 */
export type ApiPath = string & { readonly [checked]: 'ApiPath' };

/** What stands in a path in a spelling of its own: a volume id, a task id. Made by `volume` and `taskId`. */
export interface PathPiece {
  readonly encoded: string;
}

/**
 * Builds a path from literal text and inserted names: `` path`/nodes/${node}/qemu/${vmid}/config` ``. What is inserted
 * stays one segment. Proxmox decodes a path before it splits it, so an encoded slash would still make two segments:
 * a slash is refused (a volume id goes in as `volume(id)`), and so is everything else that would change the path.
 *
 * @throws Failure `invalid_argument` before anything is sent
 */
export function path(literals: TemplateStringsArray, ...inserted: (string | number | PathPiece)[]): ApiPath {
  let text = literals[0] as string;
  for (let i = 0; i < inserted.length; i++) {
    const value = inserted[i];
    text += typeof value === 'object' && value !== null ? value.encoded : encodeSegment(value);
    text += literals[i + 1];
  }
  return text as ApiPath;
}

/**
 * A volume id for the end of `/nodes/{node}/storage/{storage}/content/{volume}`. Its slashes stay slashes: that is how
 * it was recorded on PVE 9.2, and `%2F` means the same there.
 *
 * @throws Failure `invalid_argument`
 */
export function volume(id: string): PathPiece {
  return { encoded: id.split('/').map(encodeSegment).join('/') };
}

/**
 * A task id (UPID) of any product. PBS and PDM write some characters of what a task is about as `\x3a`; the backslash
 * is refused in every other part of a path.
 *
 * @throws Failure `invalid_argument`
 */
export function taskId(upid: string): PathPiece {
  return {
    encoded: upid
      .split(/\\(?=x[0-9a-f]{2})/i)
      .map(encodeSegment)
      .join('%5C'),
  };
}

const plain = /^[\w-][\w.-]*$/;
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u;
const leftOver = /[!'()*~]/g;

function encodeSegment(value: unknown): string {
  const text = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? String(value) : value;
  if (typeof text !== 'string') {
    throw refused(`${String(value)} can't stand in a path`, 'Give a name or a whole number.');
  }
  if (plain.test(text)) return text;
  const problem = problemOf(text);
  if (problem !== undefined)
    throw refused(`${show(text)} ${problem}`, 'Give the plain name or id, nothing around it.');
  return percentEncode(text);
}

function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    leftOver,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function problemOf(segment: string): string | undefined {
  if (segment === '') return "is empty and can't stand in a path";
  if (segment === '.' || segment === '..') return "would change the path and can't be a name in it";
  if (segment.includes('/')) return "has a slash and can't be one part of a path";
  if (segment.includes('\\')) return "has a backslash, which can't be in a path";
  if (invisible.test(segment)) return "has a control or invisible character, which can't be in a path";
  return undefined;
}

/** A path as a person or a model writes it, taken apart. */
export interface ParsedPath {
  path: ApiPath;
  /** The query's values, decoded; a key given twice has a list. */
  query: Record<string, string | string[]>;
}

/**
 * Reads a path as people write it: with or without the leading slash, `/api2/json` or a query. The answer's `path` is
 * the one spelling that is judged and then sent, so nothing can mean one thing to a rule and another to Proxmox.
 *
 * @throws Failure `invalid_argument` for what could lead elsewhere: other hosts, dot segments, double encoding, …
 */
export function parsePath(text: string): ParsedPath {
  if (invisible.test(text)) throw refused(`${show(text)} has a control or invisible character`, retype);
  const trimmed = text.trim();
  refuseOddShapes(trimmed);
  const [before, ...rest] = trimmed.split('?');
  const segments = withoutPrefix((before ?? '').replace(/^\//, '').replace(/\/$/, '').split('/'));
  if (segments.length === 0 || (segments.length === 1 && segments[0] === '')) {
    throw refused(
      'The path is empty',
      'Start with /version, /nodes, /cluster/resources, /access, /pools or /storage.',
    );
  }
  if (!/^[a-z][a-z0-9-]*$/.test(segments[0] as string)) {
    throw refused(
      `${show(segments[0] as string)} is no first part of an API path`,
      'Paths start with a lower-case word such as /nodes, /cluster, /access, /pools, /storage or /version.',
    );
  }
  const encoded = segments.map((segment, i) => readSegment(segment, inVolume(segments, i)));
  return { path: `/${encoded.join('/')}` as ApiPath, query: readQuery(rest.join('?')) };
}

const retype = 'Write the path again with plain characters, such as /nodes/pve1/qemu/100/config.';

function refuseOddShapes(text: string): void {
  const verb = /^(get|post|put|delete)\s+/i.exec(text)?.[1];
  if (verb !== undefined) {
    throw refused(
      `${show(text)} begins with a method`,
      `Give ${verb.toUpperCase()} as the method, not in the path.`,
    );
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || /^\/\//.test(text)) {
    throw refused(
      `${show(text)} names a host`,
      'Leave out scheme and host: calls go to the configured server only. Write /nodes/…',
    );
  }
  if (text.includes('\\')) throw refused(`${show(text)} has a backslash`, retype);
  if (text.includes('#')) {
    throw refused(
      `${show(text)} has a #, which ends a URL's path`,
      'Leave it out; inside a value write %23.',
    );
  }
}

function withoutPrefix(segments: string[]): string[] {
  if (segments[0] !== 'api2') return segments;
  if (segments[1] === 'json') return segments.slice(2);
  throw refused(
    `/${segments.slice(0, 2).join('/')} is another format than JSON`,
    'Use /api2/json, or leave the prefix out.',
  );
}

/** Whether the segment belongs to a volume id, the one place where a slash may come percent-encoded. */
function inVolume(segments: string[], i: number): boolean {
  return segments[0] === 'nodes' && segments[2] === 'storage' && segments[4] === 'content' && i >= 5;
}

function readSegment(raw: string, maySplit: boolean): string {
  if (raw === '') throw refused('The path has an empty part (//)', 'Take the second slash out.');
  if (/[{}<>]|^:/.test(raw)) {
    throw refused(`${show(raw)} is a placeholder`, 'Put the real name or id in its place, without brackets.');
  }
  if (/%2e/i.test(raw)) throw refused(`${show(raw)} hides a dot as %2E`, 'Write the dot plainly.');
  const decoded = percentDecode(raw);
  if (/%[0-9a-f]{2}/i.test(decoded))
    throw refused(`${show(raw)} is percent-encoded twice`, 'Encode it once.');
  const pieces = maySplit ? decoded.split('/') : [decoded];
  for (const piece of pieces) {
    const problem = problemOf(piece);
    if (problem !== undefined) throw refused(`${show(raw)} ${problem}`, retype);
  }
  return pieces.map((piece) => (plain.test(piece) ? piece : percentEncode(piece))).join('/');
}

function readQuery(text: string): ParsedPath['query'] {
  const query: ParsedPath['query'] = {};
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const key = percentDecode(equals < 0 ? pair : pair.slice(0, equals));
    if (!/^[A-Za-z][\w.:-]*$/.test(key)) {
      throw refused(`${show(key)} is no parameter name`, 'Write a query as ?type=vm&limit=10.');
    }
    if (equals < 0) throw refused(`The parameter ${key} has no value`, `Write ?${key}=1 to switch it on.`);
    const value = percentDecode(pair.slice(equals + 1).replaceAll('+', ' '));
    const before = Object.hasOwn(query, key) ? query[key] : undefined;
    query[key] = before === undefined ? value : [before, value].flat();
  }
  return query;
}

function percentDecode(raw: string): string {
  try {
    return decodeURIComponent(raw);
  } catch {
    throw refused(
      `${show(raw)} has a % that begins no valid UTF-8 code`,
      'Write a percent sign itself as %25.',
    );
  }
}

function refused(message: string, hint: string): Failure {
  return new Failure('invalid_argument', `${message}.`, hint);
}

/** The text as an error may show it: quoted, on one line, not too long. */
function show(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}
