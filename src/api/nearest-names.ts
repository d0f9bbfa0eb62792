import { Failure } from '../failure.ts';
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
  const near = nearest(name, names);
  return near.length === 0 ? undefined : `Did you mean ${near.join(' or ')} instead of ${name}?`;
}

function known(names: readonly string[]): string {
  if (names.length === 0) return 'This call takes no parameters beside those in its path.';
  if (names.length < few) return `This call takes: ${names.join(', ')}.`;
  return 'None of the names that this call takes is close to it.';
}

/** At most two names that differ from this one in a few letters; case, dashes and underscores count for nothing. */
function nearest(name: string, names: readonly string[]): string[] {
  const wanted = plain(name);
  const [digits = '0'] = /\d+$/.exec(name) ?? [];
  const ranked = names
    // `net[n]` stands for net0, net1, …
    .map((one) => one.replace('[n]', digits))
    .map((one) => ({ one, away: distance(wanted, plain(one)) }))
    .filter(({ away }) => away <= Math.max(1, Math.floor(wanted.length / 3)))
    .sort((a, b) => a.away - b.away);
  return ranked
    .filter(({ away }) => away === ranked[0]?.away)
    .map(({ one }) => one)
    .slice(0, 2);
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_ ]/g, '').slice(0, 60);
}

/** How many letters to put in, take out, change or swap with their neighbour (optimal string alignment). */
function distance(a: string, b: string): number {
  const table = Array.from({ length: a.length + 1 }, (_, i) => [i]);
  const at = (i: number, j: number) => table[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let j = 1; j <= b.length; j++) (table[0] as number[])[j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const change = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : change;
      (table[i] as number[])[j] = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, change, swapped);
    }
  }
  return at(a.length, b.length);
}
