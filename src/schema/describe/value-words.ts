import type { Parameter } from '../method.ts';
import { propertiesOf } from '../property-text.ts';
import { examplesOf } from './examples.ts';
import { formatWords } from './format-words.ts';
import { oneLine } from './prose.ts';

/** Patterns longer than this say nothing to a reader. */
const READABLE_PATTERN = 40;
const LONGEST_DEFAULT = 24;
const LONGEST_EXAMPLE = 48;

/** What a value must be, in a few words: `integer 1-128, default 1`. At most `most` words of an enumeration are told. */
export function valueWords(name: string, schema: Parameter, most: number): string {
  const parts = [kindWords(name, schema, most), defaultWords(schema)];
  if (schema.requires) parts.push(`only with ${oneLine(schema.requires)}`);
  if (schema['instance-types']) parts.push(`for type ${schema['instance-types'].map(oneLine).join(', ')}`);
  return parts.filter((part) => part !== '').join(', ');
}

function kindWords(name: string, schema: Parameter, most: number): string {
  if (propertiesOf(schema) !== undefined) {
    const example = examplesOf(name, schema).find((one) => one.length <= LONGEST_EXAMPLE);
    return example === undefined ? 'key=value,…' : `as ${example}`;
  }
  if (schema.oneOf) return `depends on ${oneLine(schema['type-property'] ?? 'type')}`;
  if (schema.enum) return enumWords(schema.enum, most);
  const format = formatWords(schema.format)?.words;
  switch (schema.type) {
    case 'boolean':
      return '0|1';
    case 'integer':
    case 'number':
      return format ?? [schema.type, rangeWords(schema)].filter(Boolean).join(' ');
    case 'array':
      return `list of ${schema.items ? itemWords(schema.items, most) : 'values'}`;
    case 'object':
      return 'object';
    default:
      return format === undefined ? textWords(schema) : `${format}${lengthWords(schema)}`;
  }
}

function itemWords(items: Parameter, most: number): string {
  if (items.type === 'object' && items.properties) return `{${Object.keys(items.properties).join(', ')}}`;
  return kindWords('', items, most);
}

function enumWords(words: readonly string[], most: number): string {
  const shown = words.slice(0, words.length > most ? most - 1 : most).map((word) => oneLine(String(word)));
  const rest = words.length - shown.length;
  return rest > 0 ? `${shown.join('|')}|… (${words.length})` : shown.join('|');
}

/** `1-128`, `from 1`, `to 5`. PVE also writes limits as texts. */
function rangeWords({ minimum, maximum }: Parameter): string {
  if (minimum !== undefined && maximum !== undefined) return `${minimum}-${maximum}`;
  if (minimum !== undefined) return `from ${minimum}`;
  return maximum === undefined ? '' : `to ${maximum}`;
}

function textWords(schema: Parameter): string {
  const { pattern, format } = schema;
  const shape = oneLine(pattern).replace(/^\(\?\^u?:(.*)\)$|^\/\^(.*)\$\/$/, '$1$2');
  if (shape !== '' && shape.length <= READABLE_PATTERN) return `pattern ${shape}`;
  const kind = typeof format === 'string' ? `text (${oneLine(format)})` : 'text';
  return `${kind}${lengthWords(schema)}`;
}

function lengthWords({ minLength, maxLength }: Parameter): string {
  const length = rangeWords({
    ...(minLength && { minimum: minLength }),
    ...(maxLength && { maximum: maxLength }),
  });
  return length === '' ? '' : `, ${length} characters`;
}

function defaultWords({ type, default: value }: Parameter): string {
  if (value === undefined || value === null || value === '' || typeof value === 'object') return '';
  const text = oneLine(String(value));
  // Descriptions also say yes and no, which no call may.
  if (type === 'boolean') return `default ${/^(?:1|yes|true|on)$/i.test(text) ? 1 : 0}`;
  return text === '' || text.length > LONGEST_DEFAULT ? '' : `default ${text}`;
}
