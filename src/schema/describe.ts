import { beginsTask } from './begins-task.ts';
import { type Detail, type ParameterLines, parameterLines } from './describe/parameter-lines.ts';
import { oneLine, sentences } from './describe/prose.ts';
import { returnWords } from './describe/return-words.ts';
import { type Effect, effectOf } from './effect.ts';
import type { Method, Parameter } from './method.ts';
import { privilegeWords } from './privileges.ts';
import { summaryOf } from './summaries.ts';

/** What a call needs and does, in as few words as serve. Texts of the API description are on one line each. */
export interface MethodDescription {
  method: Method['method'];
  /** As the API description writes it. */
  path: string;
  summary: string;
  effect: Effect;
  because?: string;
  /** Whether the answer is a task, which is then waited for: always, or only sometimes. */
  task?: 'always' | 'sometimes';
  privilege: string;
  returns: string;
  /** Parameters that stand in the path, and those that are sent. */
  inPath: ParameterLines;
  required: ParameterLines;
  optional: ParameterLines;
  /** Whether parameters beyond these are taken. */
  open?: true;
}

/** About 1,200 tokens, with what a tool puts round it. */
const BUDGET = 4_300;

/** From what reads best to what is shortest, each for descriptions of no more bytes than this. */
const DETAILS: readonly (readonly [upTo: number, detail: Detail])[] = [
  [1_200, { prose: 110, words: 16 }],
  [2_000, { prose: 80, words: 14 }],
  [3_000, { prose: 50, words: 12 }],
  [BUDGET, { prose: 50, words: 8, sparing: true }],
  [BUDGET, { prose: 30, words: 8, sparing: true }],
  [BUDGET, { prose: 0, words: 8 }],
];
const SHORTEST: Detail = { prose: 0, words: 4 };

/** Describes a method, with the detail that fits into `budget` bytes. `params`: what is known already, such as the VMID. */
export function describeMethod(
  method: Method,
  params: Readonly<Record<string, string>> = {},
  budget = BUDGET,
): MethodDescription {
  for (const [upTo, detail] of DETAILS) {
    const description = describeWith(method, params, detail);
    if (sizeOf(description) <= Math.min(upTo, budget)) return description;
  }
  return cutTo(budget, describeWith(method, params, SHORTEST));
}

function describeWith(
  method: Method,
  params: Readonly<Record<string, string>>,
  detail: Detail,
): MethodDescription {
  const { effect, because } = effectOf(method);
  const task = beginsTask(method);
  const inPath = new Set([...method.path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name));
  const all = Object.entries(parametersByType(method));
  const of = (belongs: (name: string, schema: Parameter) => boolean) =>
    parameterLines(
      all.filter(([name, schema]) => belongs(name, schema)),
      detail,
    );
  return {
    method: method.method,
    path: oneLine(method.path),
    summary: summaryWords(method),
    effect,
    ...(because !== undefined && { because }),
    ...(task !== undefined && { task }),
    privilege: whoMay(method, params),
    returns: returnWords(method),
    inPath: parameterLines(
      all.filter(([name]) => inPath.has(name) && !PLAIN.has(name)),
      { ...detail, prose: 0 },
    ),
    required: of((name, schema) => !inPath.has(name) && !schema.optional),
    optional: of((name, schema) => !inPath.has(name) && Boolean(schema.optional)),
    ...(method.additionalProperties && { open: true as const }),
  };
}

/** The parameters, each with the types that it is for where there are variants (PVE 9.2: HA rules). */
function parametersByType({ parameters, allOf = [] }: Method): Record<string, Parameter> {
  const variants = allOf.flatMap((part) => part.oneOf ?? []);
  if (variants.length === 0) return parameters;
  const typed = Object.entries(parameters).map(([name, schema]) => {
    const having = variants.filter(({ properties = {} }) => Object.hasOwn(properties, name));
    if (having.length === 0) return [name, schema] as const;
    const types = having.map((variant) => String(variant['instance-type']));
    if (types.length < variants.length) return [name, { ...schema, 'instance-types': types }] as const;
    const isNeeded = having.every(({ properties }) => !properties?.[name]?.optional);
    return [name, { ...schema, optional: isNeeded ? 0 : 1 }] as const;
  });
  return Object.fromEntries(typed.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whoever writes a path knows what these are. */
const PLAIN = new Set(['node', 'vmid', 'storage', 'snapname', 'upid', 'userid']);

function summaryWords(method: Method): string {
  return oneLine(summaryOf(method).text);
}

/** What Proxmox's prose adds where its tree of checks says nothing. */
function whoMay(method: Method, params: Readonly<Record<string, string>>): string {
  const words = oneLine(privilegeWords(method, params));
  const more = method.permissions?.user === 'all' ? sentences(method.permissions.description, 160) : '';
  return words === 'any login' && more !== '' ? `any login; ${more}` : words;
}

/** Names alone where even the shortest words are too many, as far as they fit. */
function cutTo(budget: number, description: MethodDescription): MethodDescription {
  const optional: ParameterLines = {};
  const cut = { ...description, optional };
  const names: string[] = [];
  const forNames = budget / 5;
  let room = budget - sizeOf(cut) - forNames;
  for (const [name, text] of Object.entries(description.optional)) {
    room -= Buffer.byteLength(name) + Buffer.byteLength(text) + 6;
    if (room > 0) optional[name] = text;
    else names.push(name);
  }
  if (names.length > 0) optional[sentences(names.join(', '), forNames / 2)] = 'ask by parameter';
  return cut;
}

function sizeOf(description: MethodDescription): number {
  return Buffer.byteLength(methodText(description));
}

/** The description as a model reads it. */
export function methodText(description: MethodDescription): string {
  return [...methodHead(description), ...parameterText(description)].join('\n');
}

/** What the call is, line by line. */
export function methodHead(description: MethodDescription): string[] {
  const { method, path, summary, effect, because, privilege, returns } = description;
  return [
    `${method} ${path}`,
    summary,
    `Effect: ${effect}${because === undefined ? '' : ` (${because})`}. Returns: ${returns}`,
    `Privilege: ${privilege}`,
  ];
}

/** What it takes, line by line: here are the words of the API description itself. */
export function parameterText({ inPath, required, optional, open }: MethodDescription): string[] {
  return [
    ...section('In the path', inPath),
    ...section('Required', required),
    ...section('Optional', optional),
    ...(open ? ['Other parameters are taken too.'] : []),
  ];
}

function section(head: string, lines: ParameterLines): string[] {
  const entries = Object.entries(lines);
  if (entries.length === 0) return [];
  return [`${head}:`, ...entries.map(([names, text]) => `${names}: ${text}`)];
}
