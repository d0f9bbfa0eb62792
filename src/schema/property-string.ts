import type { Parameter } from './method.ts';

/** What a property string holds, or PVE's words for why it cannot be read (without the newline that ends them). */
export type Parsed = { values: Record<string, unknown> } | { complaint: string };

/**
 * Reads `virtio=BC:24:11:2A:3B:4C,bridge=vmbr0` by the table of its keys: keys through their aliases, a value without
 * key for the default key, words such as `on` for booleans. Values stay texts; they are not checked here.
 */
export function readPropertyString(properties: Record<string, Parameter>, text: string): Parsed {
  const values = new Map<string, unknown>();
  let defaultSeen: string | undefined;
  for (const part of text.split(',')) {
    if (/^\s*$/.test(part)) continue;
    const pair = /^([^=]+)=([^\n]+)\n?$/.exec(part);
    if (pair) {
      const complaint = setKey(properties, values, pair[1] as string, pair[2] as string);
      if (complaint) return { complaint };
    } else if (part.includes('=')) {
      return { complaint: 'missing key in comma-separated list property' };
    } else {
      const key = defaultSeen ?? Object.keys(properties).find((name) => properties[name]?.default_key);
      if (!key) return { complaint: 'value without key, but schema does not define a default key' };
      if (defaultSeen || isTrue(values.get(key))) return { complaint: duplicate(key) };
      values.set(key, readValue(properties[key], part));
      defaultSeen = key;
    }
  }
  return { values: Object.fromEntries(values) };
}

function setKey(
  properties: Record<string, Parameter>,
  values: Map<string, unknown>,
  given: string,
  text: string,
): string | undefined {
  if (values.has(given)) return duplicate(given);
  let key = given;
  let schema = Object.hasOwn(properties, key) ? properties[key] : undefined;
  if (schema?.alias) {
    if (schema.keyAlias) {
      if (values.has(schema.keyAlias)) return `key alias '${schema.keyAlias}' is already defined`;
      values.set(schema.keyAlias, given);
    }
    key = schema.alias;
    schema = properties[key];
    if (values.has(key)) return `key '${key}' is already defined (via alias)`;
  }
  values.set(key, readValue(schema, text));
  return undefined;
}

function duplicate(key: string): string {
  return `duplicate key in comma-separated list property: ${key}`;
}

/** In property strings, unlike in parameters, a boolean may be a word. */
function readValue(schema: Parameter | undefined, text: string): string {
  if (schema?.type !== 'boolean') return text;
  if (/^(1|on|yes|true)\n?$/i.test(text)) return '1';
  if (/^(0|off|no|false)\n?$/i.test(text)) return '0';
  return text;
}

/** Truth as in Perl, which decides there whether a key counts as given already. */
function isTrue(value: unknown): boolean {
  return value !== undefined && value !== '' && value !== '0';
}
