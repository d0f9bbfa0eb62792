import MiniSearch, { type SearchResult } from 'minisearch';
import type { Method } from './method.ts';
import { type Entry, entryOf, FIELDS, WEIGHTS } from './search-entry.ts';
import { readIntent } from './search-intent.ts';
import { methodsOnPath } from './search-path.ts';
import { rank, suits, type Worth } from './search-rank.ts';
import { termsOf, wantedOf } from './search-words.ts';

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
  /** Any text will do, a path too. Nothing is found where no word of it is known. Never throws. */
  find(query: string, options?: SearchOptions): SearchHit[];
}

/** How much longer texts count for less, and how soon a word said again adds nothing. */
const BM25 = { k: 2, b: 0.7, d: 0.6 };
/** Puts what stands on a path that was asked for before all that its words bring. */
const ON_PATH = 1e6;

/** Builds the index over all methods: about a hundred milliseconds, once for each description. */
export function createSearch(methods: readonly Method[]): ApiSearch {
  const entries = methods.map(entryOf);
  const known = new Set<string>();
  const memo = new Map<string, string>();
  const index = new MiniSearch<Entry>({
    fields: FIELDS,
    tokenize: (text) => termsOf(text, memo),
    processTerm: (term) => {
      known.add(term);
      return term;
    },
    searchOptions: { tokenize: (term) => [term], processTerm: (term) => term, boost: WEIGHTS, bm25: BM25 },
  });
  index.addAll(entries);
  memo.clear();
  // There are only so many known words, and each is worth the same every time.
  const worth = new Map<string, Worth>();
  const lookUp = (word: string): Worth => {
    // A word that nobody here knows is taken for a mistyped one, or for the beginning of one.
    if (!known.has(word))
      return compact(index.search(word, { fuzzy: slips(word), prefix: word.length >= 3 }));
    const before = worth.get(word);
    if (before) return before;
    const found = compact(index.search(word));
    worth.set(word, found);
    return found;
  };

  return {
    find(query, { verb, limit = 5 } = {}) {
      const intent = readIntent(query);
      const scores = rank(wantedOf(query), entries.length, lookUp).map((score, id) =>
        score === 0 ? 0 : score * suits(entries[id] as Entry, intent),
      );
      methodsOnPath(methods, query).forEach((method, at) => {
        scores[methods.indexOf(method)] = ON_PATH - at;
      });
      return entries
        .filter(({ id, method }) => (scores[id] ?? 0) > 0 && (verb === undefined || method.method === verb))
        .sort((a, b) => (scores[b.id] ?? 0) - (scores[a.id] ?? 0))
        .slice(0, Math.max(0, limit))
        .map(({ id, method, summary }) => ({ method, summary, score: scores[id] ?? 0 }));
    },
  };
}

/** Results of the library hold more than is wanted here. */
function compact(results: readonly SearchResult[]): Worth {
  return {
    ids: Uint16Array.from(results, ({ id }) => id as number),
    scores: Float32Array.from(results, ({ score }) => score),
  };
}

/** How many letters of a word may be wrong. */
function slips(word: string): number {
  if (word.length < 4) return 0;
  return word.length < 6 ? 1 : 2;
}
