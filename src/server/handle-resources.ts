import {
  type CompleteResult,
  type ReadResourceResult,
  ResourceNotFoundError,
  type Server,
} from '@modelcontextprotocol/server';
import { line } from '../render/untrusted.ts';
import type { Tool, ToolContext } from '../tools/tool.ts';
import { asCaller, type CallingOptions } from './calling.ts';
import { clusterSummary } from './cluster-summary.ts';
import { type Completed, completedBy, completions } from './completions.ts';
import { listResources, listTemplates, MIME_TYPE, type Named, namedBy } from './resources.ts';
import { type RunOptions, runReading } from './run-tool.ts';

/** How much of a task's log is shown: as much as `get_task` gives at once. */
const LOG_LINES = 500;

/**
 * Serves the resources, and completes what goes into their templates and into the prompts. All of it reads as a tool does:
 * through the gate, in the caller's name, within their limits.
 */
export function handleResources(
  server: Server,
  options: RunOptions & CallingOptions & { tools: readonly Tool[] },
): void {
  const tools = new Map(options.tools.map((tool) => [tool.name, tool]));
  const offered: ReadonlySet<string> = new Set(tools.keys());
  const resources = listResources(offered);
  const templates = listTemplates(offered);

  server.setRequestHandler('resources/list', () => ({ resources }));
  server.setRequestHandler('resources/templates/list', () => ({ resourceTemplates: templates }));
  server.setRequestHandler('resources/read', async ({ params: { uri } }, context) => {
    const named = namedBy(uri);
    const tool = named && tools.get(named.tool);
    if (named === undefined || tool === undefined) {
      const known = [...resources.map((each) => each.uri), ...templates.map((each) => each.uriTemplate)];
      const where = `There is no resource ${line(uri, 200)}. Known: ${known.join(', ') || 'none'}.`;
      throw new ResourceNotFoundError(uri, where);
    }
    const asked = { method: 'resources/read', tool: 'resources/read', context, server } as const;
    const text = await asCaller(asked, options, (calling) =>
      runReading((reading) => read(named, tool, reading), calling, options, uri),
    );
    return { contents: [{ uri, mimeType: MIME_TYPE, text }] } satisfies ReadResourceResult;
  });
  server.setRequestHandler('completion/complete', async ({ params: { ref, argument } }, context) => {
    const by = completedBy(ref, argument.name, offered);
    if (by === undefined) return completed({ values: [], total: 0 });
    const asked = { method: 'completion/complete', tool: 'completion/complete', context, server } as const;
    return asCaller(asked, options, (calling) =>
      runReading(
        async ({ pve, signal }) =>
          completed(completions(by, argument.value, await pve.resources.whereabouts({ signal }))),
        calling,
        options,
      ),
    );
  });
}

function completed({ values, total }: Completed): CompleteResult {
  return { completion: { values, total, hasMore: total > values.length } };
}

async function read(named: Named, tool: Tool, context: ToolContext): Promise<string> {
  switch (named.kind) {
    case 'cluster':
      return clusterSummary(await context.pve.resources.whereabouts({ signal: context.signal }));
    case 'guest':
      return (await tool.run(tool.input.parse({ guest: named.id }), context)).text;
    case 'task':
      return (await tool.run(tool.input.parse({ upid: named.id, lines: LOG_LINES }), context)).text;
  }
}
