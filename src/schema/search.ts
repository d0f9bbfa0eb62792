import MiniSearch from 'minisearch';
import type { Method } from './method.ts';
import { type Intent, readIntent } from './search-intent.ts';
import { termsOf, type Wanted, wantedOf } from './search-words.ts';
import { isIndex, summaryOf } from './summaries.ts';

/** A method that was found. */
export interface SearchHit {
  method: Method;
  /** What it does, in one short line. */
  summary: string;
  score: number;
}

export interface SearchOptions {
  /** Only methods of this verb. */
  verb?: Method['method'];
  /** How many at most; 5 unless given. */
  limit?: number;
}

/** Finds methods by what people want to do, best first. */
export interface ApiSearch {
  find(query: string, options?: SearchOptions): SearchHit[];
}

/** A method as the index sees it. */
interface Entry {
  id: number;
  method: Method;
  summary: string;
  words: string;
  path: string;
  parameters: string;
  description: string;
  details: string;
  /** Whether it only names the paths below it. */
  index: boolean;
  /** Whether it answers with several of a kind. */
  list: boolean;
}

const WEIGHTS = { summary: 3, words: 2, path: 1.5, parameters: 0.4, description: 0.5, details: 0.15 };
const FIELDS = Object.keys(WEIGHTS);

/** Builds the index over all methods: a few dozen milliseconds, once for each description. */
export function createSearch(methods: readonly Method[]): ApiSearch {
  const entries = methods.map(entryOf);
  const known = new Set<string>();
  const index = new MiniSearch<Entry>({
    fields: FIELDS,
    tokenize: termsOf,
    processTerm: (term) => {
      known.add(term);
      return term;
    },
    searchOptions: { tokenize: (term) => [term], processTerm: (term) => term },
  });
  index.addAll(entries);

  return {
    find(query, { verb, limit = 5 } = {}) {
      const wanted = wantedOf(query);
      const intent = readIntent(query);
      return index
        .search({ combineWith: 'OR', queries: wanted.map((words) => queryFor(words, known)) })
        .map(({ id, score, queryTerms }) => {
          const entry = entries[id as number] as Entry;
          return { entry, score: score * coverage(wanted, queryTerms) * suits(entry, intent) };
        })
        .filter(({ entry }) => verb === undefined || entry.method.method === verb)
        .sort((a, b) => b.score - a.score)
        .slice(0, Math.max(0, limit))
        .map(({ entry: { method, summary }, score }) => ({ method, summary, score }));
    },
  };
}

function entryOf(method: Method, id: number): Entry {
  const summary = summaryOf(method);
  const parameters = Object.entries(method.parameters);
  return {
    id,
    method,
    summary: summary.text,
    words: summary.words,
    path: `${method.path.replace(/\{[^}]*\}/g, ' ')} ${method.name ?? ''}`,
    parameters: parameters.map(([name]) => name).join(' '),
    description: text(method.description),
    details: parameters.map(([, { description }]) => text(description)).join(' '),
    index: isIndex(method, summary),
    list: summary.text.startsWith('List'),
  };
}

/** Prose of a live description; long ones are cut, since their beginnings say what a thing is. */
function text(prose: unknown): string {
  return typeof prose === 'string' ? prose.slice(0, 600) : '';
}

/** One word of the question or whatever stands for it. A word that nobody here knows is taken for a mistyped one. */
function queryFor(words: Wanted, known: ReadonlySet<string>) {
  return {
    queries: [...words.keys()],
    combineWith: 'OR' as const,
    fields: FIELDS,
    boost: WEIGHTS,
    boostTerm: (term: string) => words.get(term) ?? 1,
    fuzzy: (term: string) => !known.has(term) && term.length >= 4 && (term.length >= 6 ? 2 : 1),
    prefix: (term: string) => !known.has(term) && term.length >= 3,
  };
}

/** From 0.4 for a method that has few of the question's words to 1 for one that has them all. */
function coverage(wanted: readonly Wanted[], found: readonly string[]): number {
  const has = new Set(found);
  let sum = 0;
  let whole = 0;
  for (const words of wanted) {
    let best = 0;
    for (const [word, weight] of words) if (weight > best && has.has(word)) best = weight;
    sum += best;
    whole += Math.max(...words.values());
  }
  return 0.4 + (0.6 * sum) / Math.max(1, whole);
}

/** Of two that are as good, the one nearer to the root is the more general one. */
const SHALLOW = 0.985;

/** How well a method fits what the question wants done, and to what: the words alone do not tell siblings apart. */
function suits(
  { method: { method, path }, index, list }: Entry,
  { verbs, kinds, scope, ...intent }: Intent,
): number {
  let factor = verbs[method] * SHALLOW ** path.split('/').length;
  if (index) factor *= 0.35;
  if (intent.list && list) factor *= 1.1;
  const vm = path.includes('/qemu');
  const container = path.includes('/lxc');
  if (vm && kinds.container && !kinds.vm) factor *= 0.5;
  if (container && kinds.vm && !kinds.container) factor *= 0.5;
  if (container && kinds.vm === kinds.container) factor *= 0.93;
  if ((vm || container) && path.includes('{vmid}') && !kinds.guest) factor *= 0.9;
  if (path.startsWith('/cluster') && scope.cluster) factor *= 1.2;
  if (path.startsWith('/nodes') && !path.includes('{vmid}') && scope.node && !kinds.guest) factor *= 1.15;
  return factor;
}
