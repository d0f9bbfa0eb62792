import { Errors, refuseIn, type UnknownKey } from './errors.ts';
import type { PropertyFormat } from './format.ts';
import { formatNamed } from './formats.ts';
import { splitList } from './lists.ts';
import type { Parameter } from './method.ts';
import { matchesPerl } from './perl-pattern.ts';
import { readPropertyString } from './property-string.ts';
import { checkType, isNumber } from './types.ts';

/** How an object is to be checked. */
export interface ObjectRules {
  /** The schema of a key, or undefined for a key that is not in it. */
  schemaOf(key: string): Parameter | undefined;
  /** Schemas that are looked at whether or not a value is there. */
  listed: Iterable<[string, Parameter]>;
  /** Without it, keys that have no schema are let through. */
  unknown?: UnknownKey;
}

/** The rules of a plain table of keys. */
export function tableRules(properties: Record<string, Parameter>, unknown: UnknownKey): ObjectRules {
  return {
    schemaOf: (key) => (Object.hasOwn(properties, key) ? properties[key] : undefined),
    listed: Object.entries(properties),
    unknown,
  };
}

/** Checks an object's keys, what they require of each other, and that there are no others. */
export function checkObject(
  values: Record<string, unknown>,
  rules: ObjectRules,
  path: string,
  errors: Errors,
): void {
  for (const [key, schema] of rules.listed) {
    checkProperty(values[key], schema, join(path, key), errors, typeOf(schema, values));
  }
  for (const key of Object.keys(values)) {
    const schema = rules.schemaOf(key);
    if (schema?.requires && !isGiven(values[schema.requires])) {
      errors.add(join(path, schema.requires), `missing property required by '${join(path, key)}'`);
    }
    if (!schema || !hasVariantFor(schema, typeOf(schema, values))) rules.unknown?.(key, join(path, key));
  }
}

/** The type that decides which variant of a parameter counts: the value of another parameter. */
function typeOf(schema: Parameter, values: Record<string, unknown>): string | undefined {
  const type = schema['type-property'] && values[schema['type-property']];
  return isGiven(type) ? String(type) : undefined;
}

function hasVariantFor(schema: Parameter, type: string | undefined): boolean {
  return (
    !schema.oneOf ||
    schema.oneOf.some((variant) => (variant['instance-types'] ?? [type]).includes(type ?? ''))
  );
}

/** Checks one value against its schema, as PVE does: the first thing wrong with it is told. */
export function checkProperty(
  value: unknown,
  schema: Parameter,
  path: string,
  errors: Errors,
  type?: string,
): void {
  const variants =
    (type && schema.oneOf?.filter((variant) => variant['instance-types']?.includes(type))) || [];
  for (const variant of variants) checkProperty(value, variant, path, errors);
  if (schema.alias) return;
  if (!isGiven(value)) {
    const mayBeAbsent = schema.optional || schema.type === 'null' || isForOtherTypes(schema, variants, type);
    if (!mayBeAbsent) errors.add(path, 'property is missing and it is not optional');
    return;
  }
  const wrong = checkType(schema.type, value) ?? checkScalar(value, schema, path);
  if (wrong) errors.add(path, wrong);
  else checkInside(value, schema, path, errors);
}

function isForOtherTypes(schema: Parameter, variants: Parameter[], type: string | undefined): boolean {
  const last = variants.at(-1);
  if (schema.oneOf) return last ? Boolean(last.optional) : true;
  return type !== undefined && schema['instance-types']?.includes(type) === false;
}

function checkInside(value: unknown, schema: Parameter, path: string, errors: Errors): void {
  if (Array.isArray(value) && schema.items) {
    for (const [at, item] of value.entries()) checkProperty(item, schema.items, `${path}[${at}]`, errors);
  } else if (typeof value === 'object' && schema.properties) {
    const rules = tableRules(schema.properties, refuseIn(errors));
    checkObject(value as Record<string, unknown>, rules, path, errors);
  }
}

function checkScalar(value: unknown, schema: Parameter, path: string): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const text = String(value);
  const badFormat = schema.format && checkFormat(schema.format, text, path);
  if (badFormat) return `invalid format - ${badFormat}\n`;
  if (schema.pattern && !matchesPerl(schema.pattern, text)) return 'value does not match the regex pattern';
  return (
    checkLength([...text].length, schema) ??
    (isNumber(text) ? checkRange(Number(text), schema) : undefined) ??
    checkEnum(text, schema.enum)
  );
}

function checkLength(length: number, { maxLength, minLength }: Parameter): string | undefined {
  if (maxLength !== undefined && length > maxLength) return `value may only be ${maxLength} characters long`;
  if (minLength !== undefined && length < minLength)
    return `value must be at least ${minLength} characters long`;
  return undefined;
}

function checkRange(number: number, { maximum, minimum }: Parameter): string | undefined {
  if (maximum !== undefined && number > maximum) return `value must have a maximum value of ${maximum}`;
  if (minimum !== undefined && number < minimum) return `value must have a minimum value of ${minimum}`;
  return undefined;
}

function checkEnum(text: string, words: string[] | undefined): string | undefined {
  if (!words || words.includes(text)) return undefined;
  return `value '${text}' does not have a value in the enumeration '${words.join(', ')}'`;
}

/** What is wrong with a text by its format, without the last newline. A format that is not known lets all pass. */
function checkFormat(
  format: string | Record<string, Parameter>,
  value: string,
  path: string,
): string | undefined {
  if (typeof format !== 'string') return checkPropertyString({ properties: format }, value, path);
  const found = formatNamed(format);
  if (!found) return undefined;
  const { check, many } = found;
  if (typeof check !== 'function') return checkPropertyString(check, value, path);
  if (many === 'opt') return value === '' || value === '0' ? undefined : check(value);
  if (many !== 'list') return check(value);
  for (const entry of splitList(value)) {
    const complaint = check(entry);
    if (complaint) return complaint;
  }
  return undefined;
}

function checkPropertyString(format: PropertyFormat, value: string, path: string): string | undefined {
  const parsed = readPropertyString(format.properties, value);
  if ('complaint' in parsed) return parsed.complaint;
  const errors = new Errors();
  checkObject(parsed.values, tableRules(format.properties, refuseIn(errors)), path, errors);
  const texts = errors.texts;
  if (!texts) return format.agree?.(parsed.values);
  return ['format error', ...Object.entries(texts).map(([key, text]) => `${key}: ${text}`)].join('\n');
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
