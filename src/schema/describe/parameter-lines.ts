import { familySize } from '../families.ts';
import type { Parameter } from '../method.ts';
import { propertiesOf } from '../property-text.ts';
import { noteOn } from './notes.ts';
import { firstWords, oneLine } from './prose.ts';
import { valueWords } from './value-words.ts';

/** Parameters by name, or by several names where one line says it of all, each with what it must be. */
export type ParameterLines = Record<string, string>;

/** How much may be said of each parameter. */
export interface Detail {
  /** Characters of the description's prose. */
  prose: number;
  /** Words of an enumeration. */
  words: number;
  /** Only where nothing but its type is known of a parameter is there prose. */
  sparing?: true;
}

/** One line, and the parameters that it is of. */
interface Entry {
  names: string[];
  schema: Parameter;
}

/** How alike two families' keys must be to be told in one line: those of the four disk buses are. */
const ALIKE = 0.75;

export function parameterLines(
  parameters: readonly (readonly [name: string, schema: Parameter])[],
  detail: Detail,
): ParameterLines {
  const lines = new Map<string, string[]>();
  for (const { names, schema } of withFamilies(parameters)) {
    const text = lineOf(names[0] as string, schema, detail);
    const shown = names.map(withCount);
    const same = lines.get(text);
    if (same === undefined) lines.set(text, shown);
    else same.push(...shown);
  }
  return Object.fromEntries([...lines].map(([text, names]) => [names.join(', '), text]));
}

/** What one parameter must be, and what it is. */
export function lineOf(name: string, schema: Parameter, { prose, words, sparing }: Detail): string {
  const value = valueWords(name, schema, words);
  const room = sparing && !BARE.test(value) ? 0 : prose;
  const said = noteOn(name, schema) ?? firstWords(schema.description, room);
  return said === '' || said.toLowerCase() === value.toLowerCase() ? value : `${value} - ${said}`;
}

/** A type, and no more than its limits. */
const BARE = /^(?:text|integer|number|object|pattern|as)\b/;

/** `scsi[0-30]` for `scsi[n]`. */
function withCount(name: string): string {
  const size = name.endsWith('[n]') ? familySize(name) : undefined;
  return size === undefined ? oneLine(name) : name.replace('[n]', `[0-${size - 1}]`);
}

/** Puts families of property strings that have nearly the same keys together. */
function withFamilies(parameters: readonly (readonly [string, Parameter])[]): Entry[] {
  const entries: (Entry & { keys: Set<string> | undefined })[] = [];
  for (const [name, schema] of parameters) {
    const properties = name.endsWith('[n]') ? propertiesOf(schema) : undefined;
    const keys = properties && new Set(Object.keys(properties));
    const alike =
      keys && entries.find((entry) => entry.keys !== undefined && likeness(entry.keys, keys) >= ALIKE);
    if (alike) alike.names.push(name);
    else entries.push({ names: [name], schema, keys });
  }
  return entries;
}

function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const common = [...a].filter((key) => b.has(key)).length;
  return common / (a.size + b.size - common);
}
