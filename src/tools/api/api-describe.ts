import * as z from 'zod';
import { clean, fence, line } from '../../render/untrusted.ts';
import type { ApiSchema } from '../../schema/api-schema.ts';
import { describeMethod, methodHead, parameterText as parametersOf } from '../../schema/describe.ts';
import { describeParameter, parameterText } from '../../schema/describe-parameter.ts';
import { describePath, type Located, locate, pathText } from '../../schema/describe-path.ts';
import type { Method } from '../../schema/method.ts';
import { noSuchCall } from '../../schema/no-such-call.ts';
import { propertiesOf } from '../../schema/property-text.ts';
import { isIndex, summaryOf } from '../../schema/summaries.ts';
import { word, words } from '../arguments.ts';
import { defineTool, type ToolContext } from '../tool.ts';
import { rightsText } from './rights-text.ts';
import { whence } from './whence.ts';

const VERBS = ['GET', 'POST', 'PUT', 'DELETE'] as const;
/** No line of a description is longer; what is comes from a server that means no good. */
const LONGEST_LINE = 1_500;

const lines = z.record(z.string(), z.string()).optional();

const method = z.object({
  method: z.string(),
  path: z.string(),
  summary: z.string(),
  effect: z.string(),
  because: z.string().optional(),
  task: z.string().optional(),
  privilege: z.string(),
  allowed: z.enum(['yes', 'no']).optional().describe('whether this login may'),
  missing: z.array(z.string()).optional(),
  returns: z.string(),
  inPath: lines,
  required: lines,
  optional: lines,
  open: z.boolean().optional(),
});

const parameter = z.object({
  name: z.string(),
  count: z.number().optional(),
  required: z.boolean(),
  about: z.string().optional(),
  value: z.string(),
  requiredKeys: lines,
  optionalKeys: lines,
  aliases: lines,
  examples: z.array(z.string()).optional(),
});

const below = z.object({
  path: z.string(),
  methods: z.array(z.object({ method: z.string(), effect: z.string(), summary: z.string() })),
  below: z.array(z.string()),
});

const output = z.object({
  schema: z.enum(['server', 'cache', 'bundled']),
  note: z.string().optional(),
  method: method.optional(),
  parameter: parameter.optional(),
  path: below.optional(),
});

interface Described {
  text: string;
  data: Partial<Pick<z.input<typeof output>, 'method' | 'parameter' | 'path'>>;
}

export const apiDescribe = defineTool({
  name: 'api_describe',
  title: 'Describe a Proxmox API method',
  toolset: 'api',
  core: true,
  effect: 'read',
  description:
    'What a Proxmox API method needs: parameters with limits and defaults, effect, privilege and whether this login has it, what it returns. Without method: what a path offers. With parameter: that one in full, such as net0, with examples.',
  input: z.strictObject({
    path: words('path').describe('as api_search gives it, or of a real call'),
    method: word('method', VERBS).optional(),
    parameter: words('parameter').optional().describe('as scsi0, rootfs'),
  }),
  output,
  example: { path: '/nodes/{node}/qemu/{vmid}/status/shutdown', method: 'POST' },
  async run(input, context) {
    const schema = await context.schema();
    const asked = readAsked(input);
    const located = locate(schema.catalog, asked.path);
    const { text, data } =
      asked.parameter === undefined
        ? await describeCall(located, asked.verb, schema, context)
        : describeOne(methodWith(located, asked.verb, asked.parameter, schema), asked.parameter, schema);
    const note = whence(schema);
    return {
      text: [text, ...note].join('\n'),
      data: { schema: schema.source, ...(note[0] !== undefined && { note: note[0] }), ...visible(data) },
    };
  },
});

/** `POST /nodes/{node}/qemu` may all stand in path, as api_search writes it. */
function readAsked({
  path,
  method: verb,
  parameter: asked,
}: {
  path: string;
  method?: Method['method'] | undefined;
  parameter?: string | undefined;
}) {
  const both = /^\s*(GET|POST|PUT|DELETE)\s+(\/?\S*)\s*$/i.exec(path);
  const parameter = asked?.trim() || undefined;
  if (both === null) return { path, verb, parameter };
  return { path: both[2] as string, verb: verb ?? (both[1]?.toUpperCase() as Method['method']), parameter };
}

async function describeCall(
  located: Located,
  verb: Method['method'] | undefined,
  schema: ApiSchema,
  context: ToolContext,
): Promise<Described> {
  const found = verb === undefined ? onlyMethod(located) : methodOf(located, verb, schema);
  if (found === undefined) {
    const path = describePath(schema.catalog, located);
    return { text: eachLine(pathText(path)), data: { path } };
  }
  const rights = await context.pve.access.rightsTo(found, located.pathParams);
  const described = describeMethod(found, located.pathParams);
  const shown = {
    ...described,
    privilege: `${described.privilege}${rightsText(described.privilege, rights)}`,
  };
  const text = [
    eachLine(methodHead(shown).join('\n')),
    ...fenced(parametersOf(shown).join('\n'), schema),
    ...more(found),
  ];
  const { answer, missing } = rights;
  const allowed = answer === 'unknown' ? {} : { allowed: answer, ...(answer === 'no' && { missing }) };
  return { text: text.join('\n'), data: { method: { ...withoutEmpty(described), ...allowed } } };
}

/** A path with one method needs no word on which; one whose only method lists what is below shows that instead. */
function onlyMethod({ methods }: Located): Method | undefined {
  const [first, ...others] = methods;
  if (first === undefined || others.length > 0) return undefined;
  return isIndex(first, summaryOf(first)) ? undefined : first;
}

function methodOf({ template, methods }: Located, verb: Method['method'], { catalog }: ApiSchema): Method {
  const found = methods.find(({ method: one }) => one === verb);
  if (found !== undefined) return found;
  throw noSuchCall(catalog, template, verb);
}

/** Where no method is said, the one that has the parameter: one that changes something before one that reads. */
function methodWith(
  located: Located,
  verb: Method['method'] | undefined,
  name: string,
  schema: ApiSchema,
): Method {
  if (verb !== undefined) return methodOf(located, verb, schema);
  const ordered = [...located.methods].sort((a, b) => rank(a) - rank(b));
  const [first] = ordered;
  if (first === undefined) throw noSuchCall(schema.catalog, located.template);
  return ordered.find((one) => hasParameter(one, name)) ?? first;
}

function rank({ method: verb }: Method): number {
  return ['PUT', 'POST', 'DELETE', 'GET'].indexOf(verb);
}

function hasParameter(one: Method, name: string): boolean {
  try {
    describeParameter(one, name);
    return true;
  } catch {
    return false;
  }
}

function describeOne(of: Method, name: string, schema: ApiSchema): Described {
  const parameter = describeParameter(of, name);
  const [head = '', ...rest] = parameterText(of, parameter).split('\n');
  return {
    text: [eachLine(head), ...fenced(rest.join('\n'), schema)].join('\n'),
    data: { parameter: withoutEmpty(parameter) },
  };
}

function more({ parameters }: Method): string[] {
  const [strings] = Object.entries(parameters).find(([, schema]) => propertiesOf(schema)) ?? [];
  return strings === undefined ? [] : [`All keys of one: parameter, as ${line(strings, 60)}.`];
}

/** What the server wrote itself is marked as such; our own facts need no mark. */
function fenced(text: string, { source }: ApiSchema): string[] {
  if (text === '') return [];
  return [source === 'bundled' ? eachLine(text) : fence('API description', eachLine(text))];
}

function eachLine(text: string): string {
  return text
    .split('\n')
    .map((one) => line(one, LONGEST_LINE))
    .join('\n');
}

function withoutEmpty<T extends object>(value: T): T {
  const kept = Object.entries(value).filter(
    ([, inner]) => inner !== '' && !(typeof inner === 'object' && Object.keys(inner as object).length === 0),
  );
  return Object.fromEntries(kept) as T;
}

/** The same with every text made visible, in the same order. */
function visible<T>(value: T): T {
  if (typeof value === 'string') return clean(value) as T;
  if (Array.isArray(value)) return value.map(visible) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [clean(key), visible(inner)])) as T;
}
