import type { Catalog } from './catalog.ts';
import type { Method } from './method.ts';
import { distance } from './nearest.ts';

/** A path directly below another, and what can be called on it: nothing on a path that only leads further. */
export interface Child {
  /** As the API description writes it: `/nodes/{node}/qemu`. */
  path: string;
  verbs: Method['method'][];
}

/** No real path has more words; what is longer is not compared. */
const MOST_WORDS = 16;
const MOST = 5;
/** How far two words are apart that have nothing in common: leaving one out and putting the other in costs less. */
const UNLIKE = 1.4;

/** What people call things that the API's paths call otherwise. */
const ALIASES: Record<string, string> = {
  container: 'lxc',
  containers: 'lxc',
  ct: 'lxc',
  host: 'nodes',
  hosts: 'nodes',
  kvm: 'qemu',
  vm: 'qemu',
  user: 'users',
  vms: 'qemu',
};

/**
 * The paths closest to one that does not exist, as the API description writes them, best first: at most five. Words are
 * compared one by one, so that a word too many, one left out and one misspelt all leave the rest in place. With `verb`, only
 * paths that have that method. The path itself is first where it exists.
 */
export function nearestPaths(catalog: Catalog, path: string, verb?: string): string[] {
  const given = wordsOf(path).slice(0, MOST_WORDS);
  const paths = new Set(
    catalog.methods.filter(({ method }) => verb === undefined || method === verb).map((one) => one.path),
  );
  const compare = comparing();
  const ranked = [...paths]
    .map((one) => ({ one, away: pathDistance(given, wordsOf(one), compare) }))
    .sort((a, b) => a.away - b.away || a.one.length - b.one.length);
  const best = ranked[0]?.away ?? 0;
  return ranked
    .filter(({ away }, at) => at < 3 || away <= best + 0.4)
    .map(({ one }) => one)
    .slice(0, MOST);
}

/** What stands directly below a path, written either way, sorted; empty where there is nothing or no such path. */
export function childrenOf(catalog: Catalog, path: string): Child[] {
  const parent = templateOf(catalog, path);
  if (parent === undefined) return [];
  const start = parent === '/' ? '/' : `${parent}/`;
  const children = new Map<string, Method['method'][]>();
  for (const method of catalog.methods) {
    if (!method.path.startsWith(start)) continue;
    const [word = ''] = method.path.slice(start.length).split('/');
    if (word === '') continue;
    const child = start + word;
    const verbs = children.get(child) ?? [];
    children.set(child, verbs);
    if (method.path === child) verbs.push(method.method);
  }
  return [...children].map(([child, verbs]) => ({ path: child, verbs }));
}

/**
 * The path as the API description writes it, for one that is written as in a request or with parameters of other names;
 * `/` for the top. Undefined where there is no such path.
 */
export function templateOf(catalog: Catalog, path: string): string | undefined {
  const words = wordsOf(path);
  const [method] = catalog.methodsAt(`/${words.join('/')}`);
  if (method) return method.path;
  let parents = catalog.methods.map((one) => wordsOf(one.path));
  for (const [at, word] of words.entries()) {
    const literal = parents.filter((parent) => parent[at] === word);
    parents = literal.length > 0 ? literal : parents.filter((parent) => isParameter(parent[at] ?? ''));
  }
  const [found] = parents;
  return found && `/${found.slice(0, words.length).join('/')}`;
}

/** A path of the description with what another one has in place of its parameters, as far as both go the same way. */
export function withWordsOf(path: string, written: string): string {
  const given = wordsOf(written);
  const words = wordsOf(path);
  const parts = words.findIndex((word, at) => !isParameter(word) && word !== given[at]);
  const same = parts < 0 ? words.length : parts;
  return `/${words.map((word, at) => (at < same && isParameter(word) ? (given[at] ?? word) : word)).join('/')}`;
}

/** The words of a path, whichever way it is written: `/api2/json`, a query, double slashes count for nothing. */
export function wordsOf(path: string): string[] {
  const [bare = ''] = path.trim().split(/[?#\s]/);
  return bare
    .replace(/^(?:https?:\/\/[^/]+)?\/*(?:api2\/[a-z]+(?=\/|$))?/, '')
    .split('/')
    .filter((word) => word !== '');
}

function isParameter(word: string): boolean {
  return word.startsWith('{') && word.endsWith('}');
}

type Compare = (given: string, word: string) => number;

/** How far two words are apart, 0 to `UNLIKE`; remembers, since few different words make up all paths. */
function comparing(): Compare {
  const known = new Map<string, number>();
  return (given, word) => {
    const key = `${given}/${word}`;
    let away = known.get(key);
    if (away === undefined) {
      away = wordDistance(given.toLowerCase(), word.toLowerCase());
      known.set(key, away);
    }
    return away;
  };
}

function wordDistance(given: string, word: string): number {
  if (given === word) return 0;
  if (isParameter(word)) return parameterDistance(given, word);
  if (isParameter(given) || /^\d+$/.test(given)) return UNLIKE;
  if (Object.hasOwn(ALIASES, given) && ALIASES[given] === word) return 0.1;
  if (sharesStart(given, word) || word.split(/[-_]/).includes(given)) return 0.4;
  return Math.min(UNLIKE, (2 * distance(given, word)) / Math.max(given.length, word.length));
}

/** `resource` and `resources`, `execute` and `exec`. */
function sharesStart(a: string, b: string): boolean {
  return Math.min(a.length, b.length) > 2 && (a.startsWith(b) || b.startsWith(a));
}

/** Any word may stand for a parameter, but a number for a VMID sooner than for a name. */
function parameterDistance(given: string, parameter: string): number {
  if (isParameter(given)) return 0;
  return /^\d+$/.test(given) === /vmid|newid/.test(parameter) ? 0.1 : 0.5;
}

/** The cheapest way to make one list of words the other: change a word, leave one out, put one in. */
function pathDistance(given: readonly string[], words: readonly string[], compare: Compare): number {
  const leaveOut = 0.8;
  const putIn = (word: string) => (isParameter(word) ? 0.4 : 0.5);
  let row = [0];
  for (const [at, word] of words.entries()) row.push((row[at] as number) + putIn(word));
  for (const one of given) {
    const next = [(row[0] as number) + leaveOut];
    for (const [at, word] of words.entries()) {
      next.push(
        Math.min(
          (row[at] as number) + compare(one, word),
          (row[at + 1] as number) + leaveOut,
          (next[at] as number) + putIn(word),
        ),
      );
    }
    row = next;
  }
  return row.at(-1) as number;
}
