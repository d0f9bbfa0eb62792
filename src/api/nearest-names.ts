import { Failure } from '../failure.ts';
import { likelyNames } from '../schema/nearest.ts';
import { pveCatalog } from '../schema/pve-catalog.ts';
import type { CallFacts } from './explain.ts';

/** Fewer than these are simply all named. */
const few = 8;

/**
 * Adds the nearest names that PVE does know to an error about parameters that it does not know. Loads the description of
 * the whole API, so it is for the moment when such an error has come.
 */
export function withNearestNames(failure: Failure, unknown: readonly string[], call: CallFacts): Failure {
  const method = pveCatalog().find(call.verb, decodeURIComponent(call.path))?.method;
  if (method === undefined) return failure;
  const taken = new Set([...method.path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name));
  const names = Object.keys(method.parameters).filter((name) => !taken.has(name));
  const hints = unknown.map((name) => suggestion(name, names)).filter((text) => text !== undefined);
  if (hints.length === 0) hints.push(known(names));
  return new Failure(
    failure.code,
    failure.message,
    `${failure.hint} ${hints.join(' ')}`,
    failure.details,
    failure.cause,
  );
}

function suggestion(name: string, names: readonly string[]): string | undefined {
  // `scsi99`, where the family is known and so many are not.
  if (names.includes(name.replace(/\d+$/, '[n]'))) return `${name} is too high a number: use a lower one.`;
  const near = likelyNames(name, names);
  return near.length === 0 ? undefined : `Did you mean ${near.join(' or ')} instead of ${name}?`;
}

function known(names: readonly string[]): string {
  if (names.length === 0) return 'This call takes no parameters beside those in its path.';
  if (names.length < few) return `This call takes: ${names.join(', ')}.`;
  return 'None of the names that this call takes is close to it.';
}
