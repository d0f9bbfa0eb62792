import type { Method } from './method.ts';

/** A question that is a path, maybe with its method before it: `GET /nodes/pve1/qemu`. */
const CALL = /^\s*(?:(GET|POST|PUT|DELETE)\s+)?(?:\/api2\/[a-z]+)?(\/\S*)\s*$/i;

/** Where a question is a path: the methods there, then those below it; names may stand for `{parameters}`. Else none. */
export function methodsOnPath(methods: readonly Method[], query: string): Method[] {
  const [, verb, path] = CALL.exec(query.slice(0, 400)) ?? [];
  const asked = wordsOf(path ?? '');
  if (asked.length === 0) return [];
  const places = methods
    .map((method) => ({ method, at: wordsOf(method.path) }))
    .filter(({ at }) => asked.every((word, index) => stands(at[index], word)))
    .filter(({ method }) => verb === undefined || method.method === verb.toUpperCase());
  return places.sort((a, b) => a.at.length - b.at.length).map(({ method }) => method);
}

function stands(place: string | undefined, word: string): boolean {
  return place !== undefined && (place === word || place.startsWith('{'));
}

function wordsOf(path: string): string[] {
  return path.split('/').filter((word) => word !== '');
}
