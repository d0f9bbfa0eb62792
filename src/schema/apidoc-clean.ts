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

/** Takes one property over, or leaves it out. */
type Take = (value: unknown, budget: Budget, depth: number) => unknown;

/** The properties of a parameter that are of use, each with what becomes of its value. */
const PARAMETER = new Map<string, Take>([
  ['type', (value) => (TYPES.has(value as string) ? value : undefined)],
  ['description', textIn],
  ['optional', flagIn],
  ['default', (value) => (isScalar(value) ? value : undefined)],
  ['enum', enumIn],
  ['minimum', numberIn],
  ['maximum', numberIn],
  ['minLength', numberIn],
  ['maxLength', numberIn],
  ['pattern', patternIn],
  ['format', formatIn],
  ['items', (value, budget, depth) => (isObject(value) ? cleanParameter(value, budget, depth) : undefined)],
  ['properties', (value, budget, depth) => (isObject(value) ? cleanTable(value, budget, depth) : undefined)],
  ['requires', textIn],
  ['default_key', flagIn],
  ['alias', textIn],
  ['keyAlias', textIn],
  ['type-property', textIn],
  ['instance-types', textsIn],
  ['oneOf', listOf(cleanParameter)],
]);

/** The same for one part of parameters that depend on each other. */
const SET = new Map<string, Take>([
  ['properties', (value, budget) => (isObject(value) ? cleanTable(value, budget) : undefined)],
  ['additionalProperties', flagIn],
  ['optional', flagIn],
  ['oneOf', listOf(cleanSet)],
  ['type-property', textIn],
  ['type-property-schema', (value, budget) => (isObject(value) ? cleanParameter(value, budget) : undefined)],
  ['instance-type', textIn],
]);

/**
 * What a server says of a parameter, as far as it is of the right kind: whoever reads it later can rely on its type. What
 * is not is left out, so that the server decides.
 */
function cleanParameter(given: unknown, budget: Budget, depth = 0): Parameter {
  return take(PARAMETER, given, budget, depth);
}

/** One part of parameters that depend on each other. */
export function cleanSet(given: unknown, budget: Budget, depth = 0): ParameterSet {
  return take(SET, given, budget, depth);
}

function take(known: ReadonlyMap<string, Take>, given: unknown, budget: Budget, depth: number): object {
  budget.spend();
  const taken: Record<string, unknown> = {};
  if (!isObject(given) || depth > MAX_DEPTH) return taken;
  for (const key of Object.keys(given)) {
    const value = known.get(key)?.(given[key], budget, depth + 1);
    if (value !== undefined) taken[key] = value;
  }
  return taken;
}

function listOf(clean: Take): Take {
  return (value, budget, depth) =>
    Array.isArray(value) ? value.map((one) => clean(one, budget, depth)) : undefined;
}

/** Parameters by name. What can be no name of a parameter is left out. */
export function cleanTable(given: unknown, budget: Budget, depth = 0): Record<string, Parameter> {
  if (!isObject(given)) return {};
  const known = Object.entries(given).filter(
    ([name, value]) => NAME.test(name) && !RESERVED.has(name) && isObject(value),
  );
  return Object.fromEntries(known.map(([name, value]) => [name, cleanParameter(value, budget, depth)]));
}

/**
 * Who may call a method, in PVE's words; PBS writes `{check: {path: ["access", "users"], privs, partial}}`, where `partial`
 * means that any one of them is enough. `null` for what is not understood: root alone, as PVE has it.
 */
export function cleanPermissions(given: unknown, budget: Budget): Permissions | null {
  if (!isObject(given)) return null;
  const check = Array.isArray(given.check) ? cleanValue(given.check, budget) : checkOfPbs(given, budget);
  const description = textIn(given.description);
  return {
    ...(given.user === 'all' || given.user === 'world' ? { user: given.user } : {}),
    ...(Array.isArray(check) ? { check } : {}),
    ...(description === undefined ? {} : { description }),
  };
}

function checkOfPbs(given: unknown, budget: Budget, depth = 0): unknown[] | undefined {
  budget.spend();
  if (!isObject(given) || depth > MAX_DEPTH) return undefined;
  for (const word of ['and', 'or'] as const) {
    const parts = given[word];
    if (Array.isArray(parts)) {
      return [
        word,
        // What is not understood must not look like nothing.
        ...parts.map((part) => checkOfPbs(part, budget, depth + 1) ?? ['unknown']),
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
function formatIn(value: unknown, budget: Budget, depth: number): Parameter['format'] | undefined {
  if (typeof value === 'string') return textIn(value);
  if (!isObject(value)) return undefined;
  if (typeof value.type !== 'string') return cleanTable(value, budget, depth);
  return value.type === 'object' && isObject(value.properties)
    ? cleanTable(value.properties, budget, depth)
    : undefined;
}
