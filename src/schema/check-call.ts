import type { Found } from './catalog.ts';
import type { Method, Parameter } from './method.ts';
import { likelyNames } from './nearest.ts';
import { propertiesOf } from './property-text.ts';
import { schemaIn, validate } from './validate.ts';

/** A parameter that Proxmox would refuse. */
export interface ParameterProblem {
  /** As Proxmox names it, with the variant in front where there are some: `oneOf[node-affinity].nodes`. */
  name: string;
  /** Proxmox's own words, on one line; only what it says of unknown names is shortened. */
  text: string;
  /** Whether it is only that no such name is known. */
  unknown: boolean;
  /** What to write instead, where that is known. */
  advice?: string;
}

/** Fewer names than these are simply all told. */
const FEW = 8;

const UNKNOWN = 'property is not defined in schema and the schema does not allow additional properties';

/**
 * What Proxmox would refuse of a call's parameters, by the schema alone and before it looks at anything else. Parameters
 * are those of query or body as they stand on the wire, decoded.
 */
export function checkCall(
  { method, pathParams }: Found,
  sent: Readonly<Record<string, string | readonly string[]>>,
): ParameterProblem[] {
  // Proxmox goes through them by name, and stops at the first.
  const twice = Object.keys(sent)
    .sort()
    .find((name) => Object.hasOwn(pathParams, name) && pathParams[name] !== String(sent[name]));
  if (twice !== undefined) return [conflict(twice)];
  const given: Record<string, unknown> = { ...pathParams };
  // A name without a value is none to Proxmox, though it looks at the name.
  for (const [name, value] of Object.entries(sent)) given[name] = value === '' ? null : value;
  const { errors = {} } = validate(method, given);
  return Object.entries(errors).map(([name, text]) => {
    const advice = adviceOn(name, text, method);
    const unknown = text.startsWith(UNKNOWN);
    return { name, text: oneLine(text), unknown, ...(advice !== undefined && { advice }) };
  });
}

function conflict(name: string): ParameterProblem {
  return {
    name,
    text: 'duplicate parameter (already defined in URI) with conflicting values!',
    unknown: false,
    advice: 'It stands in the path: leave it out of data.',
  };
}

function oneLine(text: string): string {
  return text
    .replaceAll(UNKNOWN, 'unknown')
    .replace(/\\n|\s*\n\s*/g, '; ')
    .replace(/; $/, '')
    .replace('format error; ', '');
}

function adviceOn(name: string, text: string, method: Method): string | undefined {
  const schema = schemaIn(method.parameters, name.replace(/^oneOf\[.*?\]\./, ''));
  if (text.startsWith(UNKNOWN)) return adviceOnName(name, ownNames(method));
  if (schema === undefined) return undefined;
  if (/^(?:property is missing|missing property)/.test(text)) return `Give ${typeText(schema)}.`;
  const keys = Object.keys(propertiesOf(schema) ?? {});
  const unknown = [...text.matchAll(/^\S*?\.([^.\s]+): property is not defined/gm)].map(([, key]) => key);
  const near = unknown.map((key) => adviceOnName(key as string, keys)).filter((one) => one !== undefined);
  return near.length > 0 ? near.join(' ') : undefined;
}

/** The names that may stand in query or body. */
function ownNames({ path, parameters }: Method): string[] {
  return Object.keys(parameters).filter((name) => !path.includes(`{${name}}`));
}

function adviceOnName(name: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return 'This call takes no parameters.';
  if (names.includes(name)) return `Write a number for n: ${name.replace('[n]', '0')}.`;
  if (names.includes(name.replace(/\d+$/, '[n]'))) return `There are not so many: use a lower number.`;
  const near = likelyNames(name, names);
  if (near.length > 0) return `Did you mean ${near.join(' or ')}?`;
  return names.length < FEW ? `Known: ${names.join(', ')}.` : undefined;
}

/** What a parameter takes, in a few words. */
function typeText(schema: Parameter): string {
  const { type, format, minimum, maximum, enum: words } = schema;
  if (words !== undefined) {
    const more = words.length > FEW ? ', …' : '';
    return `one of ${words.slice(0, FEW).join(', ')}${more}`;
  }
  if (type === 'boolean') return '1 or 0';
  if (type === 'array') return 'a list';
  if (propertiesOf(schema) !== undefined) return 'key=value,…';
  if (type === 'integer' || type === 'number') return `${type}${range(minimum, maximum)}`;
  return typeof format === 'string' ? `text (${format})` : 'text';
}

function range(minimum: number | undefined, maximum: number | undefined): string {
  if (minimum !== undefined && maximum !== undefined) return ` ${minimum}-${maximum}`;
  if (minimum !== undefined) return ` from ${minimum}`;
  return maximum === undefined ? '' : ` up to ${maximum}`;
}
