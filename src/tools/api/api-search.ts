import * as z from 'zod';
import { line } from '../../render/untrusted.ts';
import type { ApiSchema } from '../../schema/api-schema.ts';
import { type Effect, effectOf } from '../../schema/effect.ts';
import type { Method } from '../../schema/method.ts';
import { wholeNumber, word, words } from '../arguments.ts';
import { defineTool } from '../tool.ts';
import { whence } from './whence.ts';

const EFFECTS = ['read', 'change', 'danger'] as const satisfies readonly Effect[];

const hit = z.object({
  method: z.string(),
  path: z.string(),
  summary: z.string(),
  effect: z.enum(EFFECTS),
});
type Hit = z.output<typeof hit>;

export const apiSearch = defineTool({
  name: 'api_search',
  title: 'Search the Proxmox API',
  toolset: 'api',
  core: true,
  effect: 'read',
  description:
    'Find Proxmox API methods by what you want done, in plain words: method, path, what it does, its effect. Then api_describe tells their parameters.',
  input: z.strictObject({
    query: words('query').describe('as: grow a VM disk'),
    method: word('method', ['GET', 'POST', 'PUT', 'DELETE']).optional().describe('only these'),
    limit: wholeNumber('limit', 1, 50).default(6).describe('default 6'),
  }),
  output: z.object({
    schema: z.enum(['server', 'cache', 'bundled']),
    note: z.string().optional(),
    total: z.number().describe('methods of the whole API'),
    hits: z.array(hit),
  }),
  example: { query: 'shut a container down' },
  async run({ query, method, limit }, context) {
    const schema = await context.schema();
    const hits = await find(schema, query, method, limit);
    const note = whence(schema);
    return {
      text: [...(hits.length > 0 ? found(schema, hits) : nothing(schema, query, method)), ...note].join('\n'),
      data: {
        schema: schema.source,
        ...(note[0] === undefined ? {} : { note: note[0] }),
        total: schema.catalog.methods.length,
        hits,
      },
    };
  },
});

async function find(schema: ApiSchema, query: string, verb: Method['method'] | undefined, limit: number) {
  const search = await schema.search();
  return search.find(query, { limit, ...(verb && { verb }) }).map(({ method, summary }) => ({
    method: method.method,
    path: line(method.path, 200),
    summary: line(summary, 100),
    effect: effectOf(method).effect,
  }));
}

function found({ catalog, version }: ApiSchema, hits: readonly Hit[]): string[] {
  const of = version === undefined ? '' : ` of version ${line(version, 30)}`;
  const calls = hits.map(({ method, path }) => `${method} ${path}`);
  const width = Math.max(...calls.map(({ length }) => length));
  return [
    `${hits.length} of ${catalog.methods.length} methods${of}, best first:`,
    ...hits.map(({ summary, effect }, at) => `${calls[at]?.padEnd(width)}  ${summary}  [${effect}]`),
  ];
}

function nothing({ catalog }: ApiSchema, query: string, verb: string | undefined): string[] {
  const tops = new Set(catalog.methods.map(({ path }) => `/${path.split('/')[1] ?? ''}`));
  const asked = line(query, 80);
  return [
    `No ${verb ? `${verb} method` : 'method'} found for ${asked === '' ? 'an empty query' : `"${asked}"`}.`,
    `Say what is to be done, and to what: "list snapshots of a VM".${verb ? ' Or leave out method.' : ''}`,
    `The API has: ${line([...tops].join(' '), 200)}`,
  ];
}
