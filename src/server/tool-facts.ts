import type { Tool as ListedTool } from '@modelcontextprotocol/server';
import { annotations, type Tool } from '../tools/tool.ts';

/** What is known of a tool without running it, its schemas as JSON. */
export interface ToolFacts
  extends Pick<
    Tool,
    'name' | 'title' | 'description' | 'toolset' | 'core' | 'effect' | 'needs' | 'alsoReads'
  > {
  inputSchema: ListedTool['inputSchema'];
  outputSchema: ListedTool['inputSchema'];
}

/**
 * The tools as `tools/list` shows them: sorted by name, and byte for byte the same on every connection and in every
 * replica, so that a client's cache of it holds.
 */
export function showTools(tools: readonly ToolFacts[]): ListedTool[] {
  return [...tools]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, title, description, inputSchema, outputSchema, effect }) => ({
      ...{ name, title, description, inputSchema, outputSchema },
      annotations: annotations({ effect }),
    }));
}
