import type { Method } from './method.ts';
import summaries from './pve-summaries.json' with { type: 'json' };

/** What a method does in our own words, and more words by which people ask for it. */
export interface Summary {
  /** One line, the verb first: `Start a VM`. */
  text: string;
  /** Words and phrases apart from the line; empty where nobody wrote any. */
  words: string;
}

const MAX = 80;
const INDEX = 'List what is below ';

/** What a method does: our own line, the first sentence of its description, or a phrase made of its path. */
export function summaryOf(method: Method): Summary {
  const key = `${method.method} ${method.path}`;
  const own = Object.hasOwn(summaries, key) ? summaries[key] : undefined;
  if (own !== undefined) {
    const [text = '', words = ''] = own.split(' | ');
    return { text, words };
  }
  return { text: firstSentence(method.description) || phraseOf(method), words: '' };
}

/** Whether a method only names the paths below it. */
export function isIndex(method: Method, summary: Summary): boolean {
  return summary.text.startsWith(INDEX) || (method.method === 'GET' && /\bindex\b/i.test(summary.text));
}

function firstSentence(description: unknown): string {
  if (typeof description !== 'string') return '';
  const flat = description.slice(0, 2000).replace(/\s+/g, ' ').trim();
  const sentence = /^.*?[.!?](?= |$)/.exec(flat)?.[0] ?? flat;
  const text = sentence.replace(/\.$/, '');
  return text.length <= MAX ? text : `${text.slice(0, MAX - 1).replace(/ \S*$/, '')}…`;
}

const VERBS = { GET: 'Read', POST: 'Create or do', PUT: 'Change', DELETE: 'Delete' };

/** `GET /nodes/{node}/disks/zfs` becomes `Read nodes disks zfs`. */
function phraseOf({ method, path, name }: Method): string {
  const words = path.split('/').filter((word) => word !== '' && !word.startsWith('{'));
  const about = words.length > 0 ? words.slice(-3).join(' ') : name;
  return `${VERBS[method]} ${about}`.slice(0, MAX);
}
