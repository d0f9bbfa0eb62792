import type { Tool as ListedTool } from '@modelcontextprotocol/server';
import * as z from 'zod';
import type { Tool } from '../tools/tool.ts';
import { showTools, type ToolFacts } from './tool-facts.ts';

/** The tools as `tools/list` shows them. */
export function listTools(tools: readonly Tool[]): ListedTool[] {
  return showTools(tools.map(factsOf));
}

/** A tool's facts, which can be written down as JSON. */
export function factsOf({
  name,
  title,
  description,
  toolset,
  core,
  effect,
  needs,
  alsoReads,
  input,
  output,
}: Tool): ToolFacts {
  return {
    ...{ name, title, description, toolset, effect },
    ...(core && { core }),
    ...(needs && { needs }),
    ...(alsoReads && { alsoReads }),
    inputSchema: jsonSchema(input, 'input'),
    outputSchema: jsonSchema(output, 'output'),
  };
}

function jsonSchema(schema: z.ZodObject, io: 'input' | 'output'): ListedTool['inputSchema'] {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-2020-12' });
  return rest as ListedTool['inputSchema'];
}
