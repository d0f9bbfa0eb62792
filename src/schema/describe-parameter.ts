import { Failure } from '../failure.ts';
import { examplesOf } from './describe/examples.ts';
import { noteOn } from './describe/notes.ts';
import { type Detail, lineOf } from './describe/parameter-lines.ts';
import { firstWords, oneLine, sentences } from './describe/prose.ts';
import { valueWords } from './describe/value-words.ts';
import { familyOf, familySize } from './families.ts';
import type { Method, Parameter } from './method.ts';
import { likelyNames } from './nearest.ts';
import { propertiesOf } from './property-text.ts';

/** One parameter in full. */
export interface ParameterDescription {
  /** As the API description has it: `net[n]`. */
  name: string;
  /** How many there are of a family: `net0` to `net31` are 32. */
  count?: number;
  required: boolean;
  /** What it is, in Proxmox's words and in ours. */
  about: string;
  /** What the value must be; of a property string, which key may go without its name. */
  value: string;
  /** The keys of a property string, each with what it must be. */
  requiredKeys?: Record<string, string>;
  optionalKeys?: Record<string, string>;
  /** What may be written instead of what: `volume` for `file`. */
  aliases?: Record<string, string>;
  /** Values that pass the check. */
  examples: string[];
}

/** Prose of fewer characters leaves things out that our own notes say. */
const FEW = 40;
/** About 600 tokens. */
const BUDGET = 2_300;
const DETAILS: readonly Detail[] = [
  { prose: 90, words: 40 },
  { prose: 50, words: 16 },
  { prose: 30, words: 8 },
  { prose: 0, words: 8 },
];

/**
 * Describes one parameter: by its name, its family's (`net[n]`, `net`) or that of one of a family (`net0`).
 *
 * @throws Failure `invalid_argument` with the nearest names where the method has no such parameter
 */
export function describeParameter(method: Method, asked: string): ParameterDescription {
  const name = nameOf(method, asked);
  const schema = method.parameters[name] as Parameter;
  for (const detail of DETAILS) {
    const description = describeWith(name, schema, detail);
    if (Buffer.byteLength(parameterText(method, description)) <= BUDGET) return description;
  }
  return describeWith(name, schema, { prose: 0, words: 4 });
}

function nameOf({ method, path, parameters }: Method, asked: string): string {
  for (const name of [asked, `${asked}[n]`, familyOf(asked) ?? '']) {
    if (Object.hasOwn(parameters, name)) return name;
  }
  const family = asked.replace(/\d+$/, '[n]');
  const size = familySize(family);
  if (Object.hasOwn(parameters, family) && size !== undefined) {
    const hint = `${family} goes from ${family.replace('[n]', '0')} to ${family.replace('[n]', String(size - 1))}.`;
    throw new Failure('invalid_argument', `${asked} is too high a number.`, hint);
  }
  const names = Object.keys(parameters);
  const near = likelyNames(asked, names);
  const known = names.length === 0 ? 'It takes none.' : `It takes: ${firstWords(names.join(', '), 300)}.`;
  throw new Failure(
    'invalid_argument',
    `${method} ${path} has no parameter ${oneLine(asked).slice(0, 60)}.`,
    near.length > 0 ? `Did you mean ${near.join(' or ')}?` : known,
  );
}

function describeWith(name: string, schema: Parameter, detail: Detail): ParameterDescription {
  const properties = propertiesOf(schema);
  const count = name.endsWith('[n]') ? familySize(name) : undefined;
  const prose = sentences(schema.description, 400);
  return {
    name: oneLine(name),
    ...(count !== undefined && { count }),
    required: !schema.optional,
    about: [prose, prose.length < FEW ? (noteOn(name, schema) ?? '') : ''].filter(Boolean).join(' '),
    value: properties ? stringWords(properties) : valueWords(name, schema, detail.words),
    ...(properties && keysOf(properties, detail)),
    examples: examplesOf(name, schema),
  };
}

function stringWords(properties: Record<string, Parameter>): string {
  const [first] = Object.entries(properties).find(([, { default_key }]) => default_key) ?? [];
  const bare = first === undefined ? '' : `; a value without key is ${oneLine(first)}`;
  return `key=value, parted by commas${bare}`;
}

function keysOf(properties: Record<string, Parameter>, detail: Detail) {
  const required: Record<string, string> = {};
  const lines = new Map<string, string[]>();
  const aliases: Record<string, string> = {};
  for (const [key, schema] of Object.entries(properties)) {
    if (schema.alias) {
      const [given, meant] = aliasWords(oneLine(key), oneLine(schema.alias), oneLine(schema.keyAlias));
      aliases[given] = meant;
      continue;
    }
    const text = lineOf(key, schema, detail);
    if (!schema.optional) required[oneLine(key)] = text;
    else lines.set(text, [...(lines.get(text) ?? []), oneLine(key)]);
  }
  const optional = Object.fromEntries([...lines].map(([text, keys]) => [keys.join(', '), text]));
  return {
    ...(Object.keys(required).length > 0 && { requiredKeys: required }),
    ...(lines.size > 0 && { optionalKeys: optional }),
    ...(Object.keys(aliases).length > 0 && { aliases }),
  };
}

/** What may be written instead of what: `volume` for `file`, or, where a key names a value too, `<model>=<macaddr>`. */
function aliasWords(key: string, alias: string, keyAlias: string): [given: string, meant: string] {
  if (keyAlias === '') return [key, alias];
  return [`<${keyAlias}>=<${alias}>`, `${keyAlias}=<${keyAlias}>,${alias}=<${alias}>`];
}

/** The description as a model reads it. */
export function parameterText({ method, path }: Method, description: ParameterDescription): string {
  const { name, count, required, about, value, requiredKeys, optionalKeys, aliases, examples } = description;
  const number =
    count === undefined ? '' : `, ${name.replace('[n]', '0')} to ${name.replace('[n]', String(count - 1))}`;
  return [
    `${name} (${required ? 'required' : 'optional'}${number}) of ${method} ${path}`,
    about,
    `Value: ${value}`,
    ...section('Required keys', requiredKeys),
    ...section('Optional keys', optionalKeys),
    ...(aliases === undefined ? [] : [`Also: ${aliasList(aliases)}`]),
    ...(examples.length === 0 ? [] : [`Examples: ${examples.join('  |  ')}`]),
  ]
    .filter((text) => text !== '')
    .join('\n');
}

function section(head: string, lines: Record<string, string> | undefined): string[] {
  if (lines === undefined) return [];
  return [`${head}:`, ...Object.entries(lines).map(([names, text]) => `${names}: ${text}`)];
}

function aliasList(aliases: Record<string, string>): string {
  return Object.entries(aliases)
    .map(([given, meant]) => `${given} for ${meant}`)
    .join('; ');
}
