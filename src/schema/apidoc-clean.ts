import type { Parameter, ParameterSet, Permissions } from './method.ts';

/**
 * How much of a description is believed. PVE 9.2 has 4,032 parameters, 20,000 values in what they return, and no text of
 * more than 1,200 characters.
 */
export const MAX_VALUES = 300_000;
const MAX_TEXT = 8_000;
const MAX_DEPTH = 16;

/** Counts what is taken over, and throws where that is out of proportion. */
export interface Budget {
  spend(): void;
}

const NAME = /^[A-Za-z][\w.:-]{0,99}(?:\[n\])?$/;
/** Own keys of these names do no harm here, but might to whoever copies them by hand. */
const RESERVED = new Set(['constructor', 'prototype']);
const TYPES = new Set(['string', 'integer', 'number', 'boolean', 'array', 'object', 'null']);

/**
 * What a server says of a parameter, as far as it is of the right kind: whoever reads it later can rely on its type. What
 * is not is left out, so that the server decides.
 */
export function cleanParameter(given: unknown, budget: Budget, depth = 0): Parameter {
  budget.spend();
  if (!isObject(given) || depth > MAX_DEPTH) return {};
  const table = (value: unknown) => cleanTable(value, budget, depth + 1);
  return withoutAbsent<Parameter>({
    type: TYPES.has(given.type as string) ? (given.type as Parameter['type']) : undefined,
    description: textIn(given.description),
    optional: flagIn(given.optional),
    default: isScalar(given.default) ? given.default : undefined,
    enum: enumIn(given.enum, budget),
    minimum: numberIn(given.minimum),
    maximum: numberIn(given.maximum),
    minLength: numberIn(given.minLength),
    maxLength: numberIn(given.maxLength),
    pattern: patternIn(given.pattern),
    format: formatIn(given.format, table),
    items: isObject(given.items) ? cleanParameter(given.items, budget, depth + 1) : undefined,
    properties: isObject(given.properties) ? table(given.properties) : undefined,
    requires: textIn(given.requires),
    default_key: flagIn(given.default_key),
    alias: textIn(given.alias),
    keyAlias: textIn(given.keyAlias),
    'type-property': textIn(given['type-property']),
    'instance-types': textsIn(given['instance-types'], budget),
    oneOf: Array.isArray(given.oneOf)
      ? given.oneOf.map((one) => cleanParameter(one, budget, depth + 1))
      : undefined,
  });
}

/** Parameters by name. What can be no name of a parameter is left out. */
export function cleanTable(given: unknown, budget: Budget, depth = 0): Record<string, Parameter> {
  if (!isObject(given)) return {};
  const known = Object.entries(given).filter(
    ([name, value]) => NAME.test(name) && !RESERVED.has(name) && isObject(value),
  );
  return Object.fromEntries(known.map(([name, value]) => [name, cleanParameter(value, budget, depth)]));
}

/** One part of parameters that depend on each other. */
export function cleanSet(given: unknown, budget: Budget, depth = 0): ParameterSet {
  budget.spend();
  if (!isObject(given) || depth > 3) return {};
  const typeSchema = given['type-property-schema'];
  return withoutAbsent<ParameterSet>({
    properties: isObject(given.properties) ? cleanTable(given.properties, budget) : undefined,
    additionalProperties: flagIn(given.additionalProperties),
    optional: flagIn(given.optional),
    oneOf: Array.isArray(given.oneOf)
      ? given.oneOf.map((one) => cleanSet(one, budget, depth + 1))
      : undefined,
    'type-property': textIn(given['type-property']),
    'type-property-schema': isObject(typeSchema) ? cleanParameter(typeSchema, budget) : undefined,
    'instance-type': textIn(given['instance-type']),
  });
}

/**
 * Who may call a method, in PVE's words; PBS writes `{check: {path: ["access", "users"], privs, partial}}`, where `partial`
 * means that any one of them is enough. `null` for what is not understood: root alone, as PVE has it.
 */
export function cleanPermissions(given: unknown, budget: Budget): Permissions | null {
  if (!isObject(given)) return null;
  const check = Array.isArray(given.check) ? cleanValue(given.check, budget) : checkOfPbs(given, budget);
  return withoutAbsent<Permissions>({
    user: given.user === 'all' || given.user === 'world' ? given.user : undefined,
    check: check as unknown[] | undefined,
    description: textIn(given.description),
  });
}

function checkOfPbs(given: unknown, budget: Budget, depth = 0): unknown[] | undefined {
  budget.spend();
  if (!isObject(given) || depth > MAX_DEPTH) return undefined;
  for (const word of ['and', 'or'] as const) {
    const parts = given[word];
    if (Array.isArray(parts)) {
      return [
        word,
        ...parts.map((part) => checkOfPbs(part, budget, depth + 1)).filter((part) => part !== undefined),
      ];
    }
  }
  if (given.userParam !== undefined) return ['userid-param', 'self'];
  const { check } = given;
  if (!isObject(check) || !Array.isArray(check.path) || !Array.isArray(check.privs)) return undefined;
  const perm = ['perm', `/${textsIn(check.path, budget)?.join('/')}`, textsIn(check.privs, budget)];
  return check.partial ? [...perm, 'any', 1] : perm;
}

/** A plain value of any shape, such as what a method returns: no deeper than is sensible, its texts no longer. */
export function cleanValue(given: unknown, budget: Budget, depth = 0): unknown {
  budget.spend();
  if (typeof given === 'string') return textIn(given);
  if (typeof given !== 'object' || given === null) return given;
  if (depth > MAX_DEPTH) return null;
  if (Array.isArray(given)) return given.map((item) => cleanValue(item, budget, depth + 1));
  return Object.fromEntries(
    Object.entries(given)
      .filter(([key]) => key !== '__proto__' && !RESERVED.has(key))
      .map(([key, value]) => [key, cleanValue(value, budget, depth + 1)]),
  );
}

/** A text, cut where it is far too long. */
export function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(0, MAX_TEXT) : undefined;
}

/** PVE writes 0 and 1, PBS true and false, and some 1 is a text. */
export function flagIn(value: unknown): 0 | 1 | undefined {
  if (!isScalar(value) || value === null) return undefined;
  return value === '0' || value === '' || !value ? 0 : 1;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isScalar(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function numberIn(value: unknown): number | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

function textsIn(value: unknown, budget: Budget): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.flatMap((item) => {
    budget.spend();
    return textIn(item) ?? [];
  });
}

/** The words that may be given. None of the right kind is as good as no list: nothing could be right then. */
function enumIn(value: unknown, budget: Budget): string[] | undefined {
  const words = Array.isArray(value)
    ? textsIn(
        value.map((word) => toText(word)),
        budget,
      )
    : [];
  return words?.length ? words : undefined;
}

function toText(word: unknown): unknown {
  return typeof word === 'number' ? String(word) : word;
}

/** Perl's pattern as it is; PBS writes it between slashes. Half a pattern means something else, so none is cut. */
function patternIn(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > MAX_TEXT) return undefined;
  return /^\/\^.*\$\/$/s.test(value) ? value.slice(1, -1) : value;
}

/** A named format, or the keys of a property string; PBS wraps them in a schema of their own. */
function formatIn(
  value: unknown,
  table: (value: unknown) => Record<string, Parameter>,
): Parameter['format'] | undefined {
  if (typeof value === 'string') return textIn(value);
  if (!isObject(value)) return undefined;
  if (typeof value.type !== 'string') return table(value);
  return value.type === 'object' && isObject(value.properties) ? table(value.properties) : undefined;
}

type Loose<T> = { [K in keyof T]: T[K] | undefined };

function withoutAbsent<T extends object>(given: Loose<T>): T {
  for (const key of Object.keys(given) as (keyof T)[]) if (given[key] === undefined) delete given[key];
  return given as T;
}
