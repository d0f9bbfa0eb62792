import type { Verb } from '../../api/wire.ts';
import { Failure } from '../../failure.ts';
import type { Whereabouts } from '../../pve/resources.ts';
import { line } from '../../render/untrusted.ts';
import type { Catalog } from '../../schema/catalog.ts';
import type { ToolContext } from '../tool.ts';
import { whereabouts } from './places.ts';

/** `{node}`, `<vmid>`, `:vmid`, `$NODE`, `[node]`. */
const PLACEHOLDER = /[{}<>]|^:|^\$\w+$|^\[.*\]$/;

/** Words that stand for a name or an id, where the path has one. */
const STAND_IN = /^(?:your[-_]?)?(?:node(?:[-_]?name)?|(?:vm|ct|guest)[-_]?id|upid)$/i;

const MOST_NAMED = 20;

/**
 * Asks for real values where a path has placeholders, as documents write them, and tells the values that there are.
 *
 * @throws Failure `invalid_argument`
 */
export async function refusePlaceholders(written: string, verb: Verb, context: ToolContext): Promise<void> {
  const [path = ''] = written.trim().split('?');
  const words = path
    .replace(/^\/?(?:api2\/json)?\/?/, '')
    .split('/')
    .filter((word) => word !== '');
  if (!words.some((word) => PLACEHOLDER.test(word) || STAND_IN.test(word))) return;

  const { catalog } = await context.schema();
  const names = namesIn(catalog, verb, words);
  const seen = await whereabouts(context);
  const asked = words.flatMap((word, at) => {
    const standsIn = STAND_IN.test(word) && names.has(word) && !seen.nodes.has(word);
    if (!PLACEHOLDER.test(word) && !standsIn && !isShouted(word, names.get(word))) return [];
    const name = names.get(word) ?? word.replace(/[^\w-]/g, '');
    return [{ name, source: sourceOf(name, words.slice(0, at), catalog, seen) }];
  });
  if (asked.length === 0) return;
  throw new Failure(
    'invalid_argument',
    `The path needs real values for ${asked.map(({ name }) => name).join(' and ')}. Nothing was sent.`,
    asked.map(({ name, source }) => `${name}: ${source}.`).join(' '),
  );
}

/** `STORAGE` for `{storage}`. Somebody may have called one so: it is only asked for beside what is surely no name. */
function isShouted(word: string, name: string | undefined): boolean {
  return name !== undefined && word === name.toUpperCase() && /^[A-Z]/.test(word);
}

/** What the API calls the words that stand for something else. */
function namesIn(catalog: Catalog, verb: Verb, words: readonly string[]): Map<string, string> {
  const path = `/${words.join('/')}`;
  const verbs = [verb, ...catalog.methodsAt(path).map(({ method }) => method)];
  const found = verbs.map((one) => catalog.find(one, path)).find((one) => one !== undefined);
  return new Map(Object.entries(found?.pathParams ?? {}).map(([name, word]) => [word, name]));
}

/** The values, or where they are listed. */
function sourceOf(name: string, before: readonly string[], catalog: Catalog, seen: Whereabouts): string {
  const known = valuesOf(name, before, seen);
  if (known.length > 0) {
    const more = known.length > MOST_NAMED ? `, and ${known.length - MOST_NAMED} more` : '';
    return `${known.slice(0, MOST_NAMED).join(', ')}${more}`;
  }
  if (name === 'vmid') return 'get_cluster_resources lists them (type vm)';
  const list = `/${before.join('/')}`;
  return catalog.find('GET', list) ? `GET ${list} lists them` : 'api_describe tells about it';
}

function valuesOf(name: string, before: readonly string[], seen: Whereabouts): string[] {
  if (name === 'node') {
    return [...seen.nodes.values()]
      .map(({ node, status }) => (status === 'online' ? `${node}` : `${node} (${status})`))
      .sort();
  }
  if (name !== 'vmid') return [];
  const [, node = '', kind] = before;
  const isOpen = !seen.nodes.has(node);
  const guests = [...seen.guests.values()].filter(
    (one) => one.type === kind && (isOpen || one.node === node),
  );
  const ordered = guests.sort((a, b) => (a.vmid ?? 0) - (b.vmid ?? 0));
  return ordered.map((guest) => {
    const where = isOpen ? ` on ${guest.node}` : '';
    return line(`${guest.vmid} ${guest.name ?? ''}${where}`, 80);
  });
}
