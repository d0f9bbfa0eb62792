import { Failure } from '../failure.ts';
import type { Catalog } from './catalog.ts';
import { oneLine } from './describe/prose.ts';
import { childrenOf, nearestPaths, withWordsOf } from './neighbours.ts';

const MOST_CHILDREN = 12;

/**
 * The failure for a path that an API does not have, or not with that method: it tells what there is instead.
 *
 * @param path as in a request or as in the description, decoded
 * @param verb undefined where any method will do
 * @param version of the server, where it is known
 */
export function noSuchCall(catalog: Catalog, path: string, verb?: string, version?: string): Failure {
  const shown = short(path);
  const children = childrenOf(catalog, path);
  const there = catalog.methodsAt(path).map(({ method }) => method);
  if (there.length > 0) {
    const below = children.filter(({ verbs }) => (verbs as string[]).includes(verb ?? ''));
    const more = below.length > 0 ? ` Below it: ${some(below.map((one) => `${verb} ${one.path}`))}.` : '';
    return failure(`${shown} has no ${verb}.`, `It has ${there.join(', ')}.${more}`);
  }
  const release = version === undefined ? '' : ` (${short(version)})`;
  const message = `This API${release} has no path ${shown}.`;
  if (children.length > 0) return failure(message, `Below it: ${some(children.map((one) => one.path))}.`);
  const near = nearestPaths(catalog, path, verb).map((one) => oneLine(withWordsOf(one, path)));
  if (near.length === 0)
    return failure(message, 'Nothing is known of this API: its description could not be read.');
  const calls = near.map((one) => (verb === undefined ? one : `${verb} ${one}`)).join(', ');
  return failure(message, `Nearest: ${calls}. api_search finds others.`);
}

function failure(message: string, hint: string): Failure {
  return new Failure('not_implemented', message, hint);
}

function some(paths: readonly string[]): string {
  const shown = paths.slice(0, MOST_CHILDREN).map(oneLine).join(', ');
  return paths.length > MOST_CHILDREN ? `${shown}, …` : shown;
}

function short(text: string): string {
  return oneLine(text).slice(0, 200);
}
