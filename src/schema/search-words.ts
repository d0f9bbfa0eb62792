import { ACTIONS } from './search-actions.ts';
import { ALIKE, PHRASES } from './search-synonyms.ts';
import { THINGS } from './search-things.ts';

/** A word of a query, and the words that would do for it with how well they do (1: as well as itself). */
export type Wanted = Map<string, number>;

/** A query that is longer is cut: what somebody wants to do takes fewer words. */
const MAX_QUERY = 400;
const MAX_TERMS = 12;
/** A VMID or a size names a thing, not a kind of thing. */
const NUMBER = /^\d+[a-z]?$/;

/** Words that say nothing about what is wanted. Verbs of looking and listing are among them: `readIntent` reads those. */
const STOP = new Set(
  `a an the of to in on at by for from with without into onto as is are was be been being am do does did done can could may
  might must shall should will would i me my we our us you your he his she her it its they them their this that these those
  there here and or but if then so than too very just please want need like how what which who whom whose when where why any
  some each every all have has had having via per about between within inside through using use used tell give let
  more less not so while own already exist whole one two three four five ten together off show list get display view see find fetch print proxmox pve`
    .split(/\s+/)
    .filter(Boolean),
);

/**
 * Stemmed words of a text in which words that mean the same are the same; stop words are gone. Whoever reads many texts
 * brings a `memo`: the same few words come again and again.
 */
export function termsOf(text: string, memo?: Map<string, string>): string[] {
  const terms: string[] = [];
  for (const token of tokens(text)) {
    if (STOP.has(token)) continue;
    let term = memo?.get(token);
    if (term === undefined) {
      term = canonical(token);
      memo?.set(token, term);
    }
    terms.push(term);
  }
  return terms;
}

/** The words of a query, each with its synonyms. Bounded, whatever the query. */
export function wantedOf(query: string): Wanted[] {
  const terms = new Set(termsOf(query.slice(0, MAX_QUERY)).filter((term) => !NUMBER.test(term)));
  return [...terms]
    .slice(0, MAX_TERMS)
    .map((term) => new Map([...(near.get(term) ?? []), [term, generic.has(term) ? 0.4 : 1]]));
}

/** Lower-case words as they stand, phrases joined (`shut down` is `shutdown`). */
export function tokens(text: string): string[] {
  let plain = text
    .replace(/([a-z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .replace(/[’']s\b/g, '')
    .replace(/[’']/g, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ');
  if (anyPhrase.test(plain)) for (const [phrase, word] of phrases) plain = plain.replace(phrase, word);
  return plain.split(' ').filter((token) => token !== '' && token.length <= 40);
}

/** A light stemmer: plurals, -ing, -ed, -ion and the last e go. Both sides are treated alike, so it need not be pretty. */
export function stem(word: string): string {
  if (word.length <= 3 || /\d/.test(word)) return word.replace(/^(\p{L}{2})s$/u, '$1');
  let stemmed = word
    .replace(/(?:sses|shes|ches|xes)$/, (end) => end.slice(0, -2))
    .replace(/ies$/, 'y')
    .replace(/(?<![sui])s$/, '');
  const bare = stemmed.replace(/(?:ing|ed|ion)$/, '');
  if (bare !== stemmed && /[aeiouy].*[^aeiou]|[aeiou]{2}|[aeiouy]$/.test(bare) && bare.length >= 3) {
    stemmed = bare.replace(/([bdgmnprt])\1$/, '$1');
  }
  return stemmed.length > 3 ? stemmed.replace(/e$/, '') : stemmed;
}

const phrases = PHRASES.map(([phrase, word]) => [new RegExp(`\\b(?:${phrase})\\b`, 'gu'), word] as const);
/** Most texts have none: one look settles it. */
const anyPhrase = new RegExp(`\\b(?:${PHRASES.map(([phrase]) => phrase).join('|')})\\b`, 'u');
const alike = new Map<string, string>();
for (const line of ALIKE) {
  const [first = '', ...others] = line.split(' ').map(stem);
  for (const other of others) alike.set(other, first);
}

function canonical(token: string): string {
  const stemmed = stem(token);
  return alike.get(stemmed) ?? stemmed;
}

const near = new Map<string, [string, number][]>();
for (const [from, to] of Object.entries({ ...ACTIONS, ...THINGS })) {
  const meant = to.split(' ').map((each): [string, number] => {
    const [word = '', weight = '0.7'] = each.split(':');
    return [canonical(word), Number(weight)];
  });
  near.set(canonical(from), [...(near.get(canonical(from)) ?? []), ...meant]);
}

/** Words that fit half of all methods: the intent of a question tells those apart. */
const generic = new Set(
  `create delete change make need configuration settings new all information details specific current given data`
    .split(/\s+/)
    .map(canonical),
);
