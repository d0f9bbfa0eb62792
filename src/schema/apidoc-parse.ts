import { Failure } from '../failure.ts';
import type { ApidocInfo, ApidocNode } from './apidoc.ts';
import { completeMethod, type Method, type Parameter, type ParameterSet } from './method.ts';

/** PVE 9.2 serves 4.1 MB. */
const MAX_CHARACTERS = 50_000_000;
const MAX_DEPTH = 200;
const START = /^\s*(?:const|var|let)\s+(?:apiSchema|p[a-z]+api)\s*=\s*(?=\[)/m;

/**
 * Reads an API description as a server offers it: `apiSchema` of PVE, PBS and PMG, or `pmgapi` of an older one. The
 * text is never run: the array literal in it is JSON and is read as such, and the viewer's code after it is not looked
 * at. Methods come sorted by path. Throws `Failure` (`bad_answer`) for a text that is cut off, out of proportion, or
 * not an API description at all.
 */
export function parseApidoc(text: string): Method[] {
  const methods = readTree(arrayIn(text)).flatMap(methodsBelow);
  return methods.sort((a, b) => compare(a.path, b.path) || compare(a.method, b.method));
}

function readTree(json: string): unknown[] {
  try {
    return JSON.parse(json, mayHoldProto(json) ? dropProto : undefined) as unknown[];
  } catch (cause) {
    throw notApidoc('its array is not JSON', cause);
  }
}

/** A name that could change an object's prototype when it is copied. */
function dropProto(key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value;
}

function mayHoldProto(json: string): boolean {
  return json.includes('__proto__') || json.includes('\\u');
}

function arrayIn(text: string): string {
  if (text.length > MAX_CHARACTERS) throw notApidoc(`it has ${text.length} characters`);
  const start = START.exec(text);
  if (!start) throw notApidoc('it has no apiSchema');
  const from = start.index + start[0].length;
  return text.slice(from, endOfArray(text, from));
}

/** The end of the array that begins at `from`; brackets inside strings do not count. */
function endOfArray(text: string, from: number): number {
  const token = /"(?:[^"\\]|\\.)*"|[[{]|[\]}]/g;
  token.lastIndex = from;
  let depth = 0;
  for (let found = token.exec(text); found; found = token.exec(text)) {
    const [mark] = found;
    if (mark === '[' || mark === '{') depth++;
    else if (mark === ']' || mark === '}') depth--;
    if (depth === 0) return token.lastIndex;
    if (depth > MAX_DEPTH) throw notApidoc(`it nests more than ${MAX_DEPTH} deep`);
  }
  throw notApidoc('it is cut off');
}

function methodsBelow(node: unknown): Method[] {
  if (!isObject(node)) return [];
  const { path, info, children } = node as Partial<ApidocNode>;
  // PBS also lists what is spoken over upgraded connections, which no request can call.
  if (typeof path !== 'string' || path.includes('/_upgrade_')) return [];
  const own = isObject(info) ? methodsOf(path, info as Record<string, ApidocInfo>) : [];
  return Array.isArray(children) ? [...own, ...children.flatMap(methodsBelow)] : own;
}

function methodsOf(path: string, info: Record<string, ApidocInfo>): Method[] {
  return Object.entries(info).flatMap(([verb, facts]) => {
    if (!isObject(facts)) return [];
    // PBS's word for a GET whose answer is a file.
    if (verb === 'DOWNLOAD') return 'GET' in info ? [] : [methodOf(path, 'GET', { ...facts, download: 1 })];
    return isVerb(verb) ? [methodOf(path, verb, facts)] : [];
  });
}

function methodOf(path: string, verb: Method['method'], facts: ApidocInfo): Method {
  const given = isObject(facts.parameters) ? facts.parameters : {};
  const parts = Array.isArray(given.allOf) ? (given.allOf.filter(isObject) as ParameterSet[]) : undefined;
  // PVE lets unknown parameters through also where nothing is said of them.
  const isOpen = !parts && given.additionalProperties !== 0 && given.additionalProperties !== false;
  return completeMethod({
    path,
    method: verb,
    name: typeof facts.name === 'string' ? facts.name : '',
    ...(typeof facts.description === 'string' ? { description: facts.description } : {}),
    ...(parts ? { allOf: parts } : { parameters: objectsIn(given.properties) as Record<string, Parameter> }),
    ...(isOpen ? { additionalProperties: 1 as const } : {}),
    returns: isObject(facts.returns) ? facts.returns : null,
    permissions: isObject(facts.permissions) ? facts.permissions : null,
    protected: facts.protected ? 1 : 0,
    allowtoken: facts.allowtoken === undefined || facts.allowtoken ? 1 : 0,
    ...(typeof facts.proxyto === 'string' || facts.proxyto === null ? { proxyto: facts.proxyto } : {}),
    ...(facts.download_allowed || facts.download ? { download: 1 as const } : {}),
  });
}

function isVerb(word: string): word is Method['method'] {
  return word === 'GET' || word === 'POST' || word === 'PUT' || word === 'DELETE';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectsIn(value: unknown): Record<string, unknown> {
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).filter(([, inner]) => isObject(inner)))
    : {};
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function notApidoc(why: string, cause?: unknown): Failure {
  const hint =
    'Check that the address is that of a Proxmox server, and that nothing in between changes its answers.';
  return new Failure('bad_answer', `This is not a Proxmox API description: ${why}.`, hint, {}, cause);
}
