import type { Catalog } from './catalog.ts';
import { oneLine } from './describe/prose.ts';
import { type Effect, effectOf } from './effect.ts';
import type { Method } from './method.ts';
import { type Child, childrenOf, templateOf, wordsOf } from './neighbours.ts';
import { noSuchCall } from './no-such-call.ts';
import { summaryOf } from './summaries.ts';

/** What can be done on a path, and what is below it. */
export interface PathDescription {
  /** As the API description writes it. */
  path: string;
  methods: { method: Method['method']; effect: Effect; summary: string }[];
  /** The next word of each path below, with the methods on it: `status GET`. */
  below: string[];
}

/** What was found for what somebody wrote. */
export interface Located {
  /** As the API description writes it; `/` for the top. */
  template: string;
  methods: Method[];
  /** What stands for the parameters of the path, where the path was not written with their names. */
  pathParams: Record<string, string>;
}

/**
 * Finds a path, written as in a request or as in the description, with or without `/api2/json` and the first slash.
 *
 * @throws Failure `not_implemented` with the nearest paths
 */
export function locate(catalog: Catalog, written: string): Located {
  const words = wordsOf(written);
  const path = `/${words.map(decoded).join('/')}`;
  const template = templateOf(catalog, path);
  if (template === undefined) throw noSuchCall(catalog, path);
  const methods = catalog.methodsAt(path);
  const [first] = methods;
  const found = first && catalog.find(first.method, path)?.pathParams;
  const known = Object.entries(found ?? {}).filter(([, word]) => !/^\{.*\}$/.test(word));
  return { template, methods, pathParams: Object.fromEntries(known) };
}

/** A path of a request is percent-encoded; what is no encoding is taken as it stands. */
function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}

/** Describes a path with several methods, or none of its own. */
export function describePath(catalog: Catalog, { template, methods }: Located): PathDescription {
  const start = template === '/' ? 1 : template.length + 1;
  return {
    path: oneLine(template),
    methods: methods.map((method) => ({
      method: method.method,
      effect: effectOf(method).effect,
      summary: oneLine(summaryOf(method).text),
    })),
    below: childrenOf(catalog, template).map((child) => belowWords(child, start)),
  };
}

function belowWords({ path, verbs }: Child, start: number): string {
  return [oneLine(path.slice(start)), verbs.join(',')].join(' ').trim();
}

/** The description as a model reads it. */
export function pathText({ path, methods, below }: PathDescription): string {
  const lines = methods.map(({ method, effect, summary }) => `${method}: ${summary} (${effect})`);
  const next = methods.length > 0 ? 'For what one needs: api_describe with its method.' : '';
  return [path, ...lines, ...(below.length > 0 ? [`Below: ${below.join('; ')}`] : []), next]
    .filter((text) => text !== '')
    .join('\n');
}
