import type { Entry } from './search-entry.ts';
import type { Intent } from './search-intent.ts';
import type { Wanted } from './search-words.ts';

/** What a word is worth to the methods that have it, each by its number. */
export interface Worth {
  ids: Uint16Array;
  scores: Float32Array;
}

/** What is left of the score of a method that has almost none of the words. */
const UNCOVERED = 0.2;

/** How much of the others counts beside the best of words that stand for one another. */
const ALSO = 0.2;

/**
 * Adds up what each word of a question is worth to each of `count` methods. Of a word and those that stand for it the best
 * one counts: to say a thing in three ways makes a method no better. Whoever has more of the words gets more than their sum.
 */
export function rank(
  wanted: readonly Wanted[],
  count: number,
  lookUp: (word: string) => Worth,
): Float64Array {
  const scores = new Float64Array(count);
  const covered = new Float64Array(count);
  const best = new Float64Array(count);
  const sum = new Float64Array(count);
  const cover = new Float64Array(count);
  let whole = 0;
  for (const words of wanted) {
    for (const each of [best, sum, cover]) each.fill(0);
    for (const [word, weight] of words) {
      const { ids, scores: worth } = lookUp(word);
      ids.forEach((id, at) => {
        const score = (worth[at] ?? 0) * weight;
        best[id] = Math.max(best[id] ?? 0, score);
        sum[id] = (sum[id] ?? 0) + score;
        cover[id] = Math.max(cover[id] ?? 0, weight);
      });
    }
    for (let id = 0; id < count; id++) {
      scores[id] = (scores[id] ?? 0) + (1 - ALSO) * (best[id] ?? 0) + ALSO * (sum[id] ?? 0);
      covered[id] = (covered[id] ?? 0) + (cover[id] ?? 0);
    }
    whole += Math.max(...words.values());
  }
  return scores.map((score, id) => score * (UNCOVERED + ((1 - UNCOVERED) * (covered[id] ?? 0)) / whole));
}

/** How well a method fits what the question wants done, and to what: the words alone do not tell siblings apart. */
export function suits({ method: { method }, place, standing, ...entry }: Entry, intent: Intent): number {
  const { verbs, kinds, scope } = intent;
  let factor = standing * verbs[entry.looks ? 'GET' : method];
  if (entry.list && intent.list) factor *= 1.2;
  if (entry.check && intent.check) factor *= 1.2;
  if (place.vm && kinds.container && !kinds.vm) factor *= 0.5;
  if (place.container && kinds.vm && !kinds.container) factor *= 0.5;
  // Most guests are VMs.
  if (place.container && kinds.vm === kinds.container) factor *= 0.93;
  if (place.guest && !kinds.guest) factor *= 0.9;
  if (place.node && kinds.guest) factor *= 0.9;
  if ((place.vm || place.container) && kinds.vm && kinds.container) factor *= 0.8;
  if (place.cluster && scope.cluster) factor *= 1.2;
  if (place.nodes && scope.node) factor *= 1.15;
  return factor;
}
