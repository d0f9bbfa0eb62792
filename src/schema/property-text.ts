import { formatNamed } from './formats.ts';
import type { Parameter } from './method.ts';

/** What a parameter's property string may hold, by key; undefined where its value is no such string. */
export function propertiesOf(schema: Parameter | undefined): Record<string, Parameter> | undefined {
  const format = schema?.format;
  if (typeof format === 'object') return format;
  const check = format === undefined ? undefined : formatNamed(format)?.check;
  return typeof check === 'object' ? check.properties : undefined;
}

/**
 * An object as the property string that means the same: `{ model: 'virtio', bridge: 'vmbr0' }` is `virtio,bridge=vmbr0`.
 * Keys that nobody knows are written too, for the check to name. Undefined where a value can't stand in such a string.
 */
export function writePropertyString(
  properties: Readonly<Record<string, Parameter>>,
  values: Readonly<Record<string, unknown>>,
): string | undefined {
  const parts: string[] = [];
  for (const [key, value] of Object.entries(values)) {
    if (value === null || value === undefined) continue;
    const text = valueText(value);
    if (text === undefined || !/^[^=,\s]+$/.test(key)) return undefined;
    const schema = Object.hasOwn(properties, key) ? properties[key] : undefined;
    // A value with = in it would be read as another key.
    if (schema?.default_key && !text.includes('=')) parts.unshift(text);
    else parts.push(`${key}=${text}`);
  }
  return parts.join(',');
}

/** Lists inside of a property string are parted by semicolons. */
function valueText(value: unknown): string | undefined {
  if (Array.isArray(value)) {
    const items = value.map(valueText);
    return items.includes(undefined) ? undefined : items.join(';');
  }
  if (typeof value === 'object') return undefined;
  const text = typeof value === 'boolean' ? String(Number(value)) : String(value);
  return /[,\n]/.test(text) || text === '' ? undefined : text;
}
