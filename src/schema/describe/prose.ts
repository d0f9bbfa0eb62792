/** Text from an API description on one line, without the weight of the whole. */
export function oneLine(text: unknown): string {
  return typeof text === 'string' ? text.slice(0, 4_000).replace(/\s+/g, ' ').trim() : '';
}

/** Words that descriptions begin with and that say nothing. */
const OPENING = /^(?:(?:Specif(?:y|ies)|Sets?|Configures?|The|Whether to|Defines?) (?=\S))+/;

/** The first sentence, cut at a word to at most `max` characters; nothing where so few would say nothing. */
export function firstWords(text: unknown, max: number): string {
  if (max < 20) return '';
  const flat = oneLine(text).replace(OPENING, '');
  const sentence = /^.*?[.!?:](?= [A-Z'"`]|$)/.exec(flat)?.[0] ?? flat;
  return cutAtWord(sentence.replace(/[.:]$/, ''), max);
}

/** Whole sentences as long as they fit; where not even the first does, its beginning. */
export function sentences(text: unknown, max: number): string {
  const flat = oneLine(text);
  if (flat.length <= max) return flat;
  const end = Math.max(...['. ', '! ', '? '].map((mark) => flat.slice(0, max).lastIndexOf(mark)));
  return end > 0 ? flat.slice(0, end + 1) : cutAtWord(flat, max);
}

function cutAtWord(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).replace(/[\s,;(]+\S*$/, '')}…`;
}
