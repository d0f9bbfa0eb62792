import { Ajv, type ErrorObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { text } from './tools.ts';

/** The published schemas that stand in schemas/. */
export type Published = 'compose-spec' | 'github-workflow' | 'traefik-v2' | 'traefik-v2-file-provider';

/** What a published schema objects to in the data, one line each: nothing when all is as it should be. */
export function objections(schema: Published, data: unknown): string[] {
  const { $schema, ...rules } = JSON.parse(text(`test/deploy/schemas/${schema}.json`)) as { $schema: string };
  const Validator = $schema.includes('2020-12') ? Ajv2020 : Ajv;
  // Published schemas have words of their own, and leave types out. Those of draft 4 use nothing that has changed since.
  const validator = new Validator({ strict: false, allErrors: true });
  addFormats.default(validator);
  const valid = validator.compile(schema.startsWith('traefik') ? (closed(rules) as object) : rules);
  return valid(data) ? [] : (valid.errors ?? []).map(said);
}

/** Traefik's schemas let unknown names pass, as Traefik does not: here they name all there are. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  const open = 'properties' in copy && !('additionalProperties' in copy) && !('patternProperties' in copy);
  return open ? { ...copy, additionalProperties: false } : copy;
}

function said({ instancePath, message, params }: ErrorObject): string {
  return `${instancePath || '/'} ${message}: ${JSON.stringify(params)}`;
}
