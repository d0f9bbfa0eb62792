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
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    io,
    target: 'draft-2020-12',
    override: io === 'input' ? ({ jsonSchema }) => terse(jsonSchema) : () => {},
  });
  return rest as ListedTool['inputSchema'];
}

/**
 * What tells a model nothing, and every conversation pays for: that there are no other arguments (whoever gives one is told
 * so), that names are text, bounds that nobody comes near.
 */
function terse(schema: z.core.JSONSchema.BaseSchema): void {
  if (schema.type === 'object') {
    delete schema.additionalProperties;
    delete schema.propertyNames;
  }
  if (schema.minimum === 0 || schema.minimum === 1) delete schema.minimum;
  if ((schema.maximum ?? 0) > 1_000) delete schema.maximum;
}
