import { Failure } from '../failure.ts';
import type { ApidocInfo, ApidocNode } from './apidoc.ts';
import {
  type Budget,
  cleanPermissions,
  cleanSet,
  cleanTable,
  cleanValue,
  flagIn,
  isObject,
  MAX_VALUES,
  textIn,
} from './apidoc-clean.ts';
import { jsonArrayAt } from './json-array.ts';
import { completeMethod, type Method } from './method.ts';

/** PVE 9.2 serves 4.1 million characters, 661 methods on 443 paths. */
export const MAX_APIDOC = 20_000_000;
const MAX_METHODS = 5_000;
const MAX_NODES = 20_000;
const MAX_PATH = 300;
const MAX_WORDS = 24;

/** It stands at the very beginning; looking further would be looking for trouble. */
const HEAD = 65_536;
const START = /^[ \t]*(?:const|var|let)\s{1,9}(?:apiSchema|p[a-z]{2}api)\s{0,9}=\s{0,9}(?=\[)/m;

/**
 * Reads an API description as a server offers it: `apiSchema` of PVE, PBS and PMG, or `pmgapi` of an older one. The
 * text is never run: the array literal in it is JSON and is read as such, and the viewer's code after it is not looked
 * at. Methods come sorted by path, with nothing in them that is not of the type it should be. Throws `Failure`
 * (`bad_answer`) for a text that is cut off, out of proportion, or not an API description at all.
 */
export function parseApidoc(text: string): Method[] {
  return new Reader().read(treeIn(text));
}

function treeIn(text: string): unknown[] {
  if (text.length > MAX_APIDOC) throw notApidoc(`it has ${text.length} characters`);
  const start = START.exec(text.slice(0, HEAD));
  if (!start) throw notApidoc('it has no apiSchema');
  const array = jsonArrayAt(text, start.index + start[0].length);
  if ('problem' in array) throw notApidoc(array.problem);
  try {
    return JSON.parse(array.json) as unknown[];
  } catch {
    throw notApidoc('its array is not JSON');
  }
}

/** Takes over what is of use, and stops where there is too much of it. */
class Reader implements Budget {
  readonly #methods = new Map<string, Method>();
  #nodes = 0;
  #values = 0;

  read(tree: readonly unknown[]): Method[] {
    for (const node of tree) this.#walk(node);
    return [...this.#methods.values()].sort((a, b) => compare(a.path, b.path) || compare(a.method, b.method));
  }

  spend(): void {
    if (++this.#values > MAX_VALUES) throw notApidoc(`it describes more than ${MAX_VALUES} things`);
  }

  #walk(node: unknown): void {
    if (!isObject(node)) return;
    if (++this.#nodes > MAX_NODES) throw notApidoc(`it has more than ${MAX_NODES} paths`);
    const { path, info, children } = node as Partial<ApidocNode>;
    // PBS also lists what is spoken over upgraded connections, which no request can call.
    if (typeof path !== 'string' || path.includes('/_upgrade_')) return;
    if (isObject(info) && isApiPath(path)) {
      for (const [key, facts] of Object.entries(info)) {
        if (isObject(facts)) this.#add(path, key, facts, 'GET' in info);
      }
    }
    if (Array.isArray(children)) for (const child of children) this.#walk(child);
  }

  #add(path: string, key: string, facts: ApidocInfo, hasGet: boolean): void {
    // PBS's word for a GET whose answer is a file.
    const isDownload = key === 'DOWNLOAD';
    const verb = isDownload ? 'GET' : key;
    if ((isDownload && hasGet) || !isVerb(verb) || !agrees(verb, facts.method)) return;
    const id = `${verb} ${path}`;
    if (this.#methods.has(id)) return;
    if (this.#methods.size >= MAX_METHODS) throw notApidoc(`it has more than ${MAX_METHODS} methods`);
    this.#methods.set(id, this.#method(path, verb, isDownload ? { ...facts, download: 1 } : facts));
  }

  #method(path: string, verb: Method['method'], facts: ApidocInfo): Method {
    const given = isObject(facts.parameters) ? facts.parameters : {};
    const parts = Array.isArray(given.allOf) ? given.allOf.map((part) => cleanSet(part, this)) : undefined;
    // PVE lets unknown parameters through also where nothing is said of them.
    const isOpen = !parts && given.additionalProperties !== 0 && given.additionalProperties !== false;
    const description = textIn(facts.description);
    return completeMethod({
      path,
      method: verb,
      name: textIn(facts.name) ?? '',
      ...(description === undefined ? {} : { description }),
      ...(parts ? { allOf: parts } : { parameters: cleanTable(given.properties, this) }),
      ...(isOpen ? { additionalProperties: 1 as const } : {}),
      returns: isObject(facts.returns)
        ? (cleanValue(facts.returns, this) as Method['returns'] & object)
        : null,
      permissions: cleanPermissions(facts.permissions, this),
      protected: flagIn(facts.protected) ?? 0,
      allowtoken: flagIn(facts.allowtoken) ?? 1,
      ...(typeof facts.proxyto === 'string' || facts.proxyto === null
        ? { proxyto: facts.proxyto === null ? null : (textIn(facts.proxyto) ?? null) }
        : {}),
      ...(facts.download_allowed || facts.download ? { download: 1 as const } : {}),
    });
  }
}

/** A path as the API has them. Nothing that a URL could take for something else: no dots alone, no odd characters. */
function isApiPath(path: string): boolean {
  if (path === '/') return true;
  if (path.length > MAX_PATH || !path.startsWith('/')) return false;
  const words = path.slice(1).split('/');
  return words.length <= MAX_WORDS && words.every((word) => WORD.test(word) && word !== '.' && word !== '..');
}

const WORD = /^(?:[\w.-]+|\{[A-Za-z][\w-]*\})$/;

/** The verb that a method names must be that under which it stands; PBS calls some by what goes over the wire. */
function agrees(verb: Method['method'], named: unknown): boolean {
  if (named === undefined || named === verb) return true;
  return (verb === 'GET' && named === 'DOWNLOAD') || (verb === 'POST' && named === 'UPLOAD');
}

function isVerb(word: string): word is Method['method'] {
  return word === 'GET' || word === 'POST' || word === 'PUT' || word === 'DELETE';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function notApidoc(why: string): Failure {
  const hint =
    'Check that the address is that of a Proxmox server, and that nothing in between changes its answers.';
  return new Failure('bad_answer', `This is not a Proxmox API description: ${why}.`, hint);
}
