/** Longer words are compared by their first letters: nobody mistypes more than that. */
const LONGEST = 60;

/** How many letters to put in, take out, change or swap with their neighbour (optimal string alignment). */
export function distance(long: string, other: string): number {
  const a = long.slice(0, LONGEST);
  const b = other.slice(0, LONGEST);
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

/** At most two names that differ from this one in a few letters; case, dashes and underscores count for nothing. */
export function nearestNames(name: string, names: readonly string[]): string[] {
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

/** At most three names that were likely meant: a slip away, else `memory` for `mem` and `disk` for `disk_size`. */
export function likelyNames(name: string, names: readonly string[]): string[] {
  const near = nearestNames(name, names);
  if (near.length > 0 || name.length < 3) return near;
  const begun = names.filter((one) => one.startsWith(name) || (one.length > 2 && name.startsWith(one)));
  return begun.slice(0, 3);
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_ ]/g, '').slice(0, LONGEST);
}
