import type { Tool as ListedTool } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { annotations, type Tool } from '../tools/tool.ts';

/**
 * The tools as `tools/list` shows them: sorted by name, and byte for byte the same on every connection and in every
 * replica, so that a client's cache of it holds.
 */
export function listTools(tools: readonly Tool[]): ListedTool[] {
  return [...tools]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((tool) => ({
      name: tool.name,
      title: tool.title,
      description: tool.description,
      inputSchema: jsonSchema(tool.input, 'input'),
      outputSchema: jsonSchema(tool.output, 'output'),
      annotations: annotations(tool),
    }));
}

function jsonSchema(schema: z.ZodObject, io: 'input' | 'output'): ListedTool['inputSchema'] {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-2020-12' });
  return rest as ListedTool['inputSchema'];
}
