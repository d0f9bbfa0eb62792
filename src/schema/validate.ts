import { checkObject, type ObjectRules } from './check.ts';
import { Errors, refuseIn } from './errors.ts';
import { familyOf } from './families.ts';
import type { Method, Parameter } from './method.ts';
import { checkParts } from './parts.ts';

/** The verdict on a call's parameters. */
export interface Verdict {
  /**
   * What was given, converted: numbers for `integer` and `number`, 0 or 1 for `boolean`, texts for `string`, arrays for
   * `array`. Nothing is added: defaults are for the method to fill in. Of use only if there are no errors.
   */
  // biome-ignore lint/suspicious/noExplicitAny: the check has settled each type; callers read them by name
  values: Record<string, any>;
  /** PVE's own text for each parameter that it refuses; undefined if it refuses none. */
  errors: Record<string, string> | undefined;
}

/**
 * Checks a call's parameters, those in its path among them, as PVE does before it runs a method: the same verdict, and
 * the same text for each parameter. What needs to know the cluster (a VMID that is taken) is not for this.
 *
 * Values are texts as a form gives them, or JSON values; a parameter that a form names twice comes as an array.
 */
export function validate(method: Method, params: Record<string, unknown>): Verdict {
  const schemaOf = (name: string) => schemaIn(method.parameters, name);
  const given: Record<string, unknown> = Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, adaptToForm(value, schemaOf(name))]),
  );
  const errors = new Errors();
  if (method.allOf) checkParts(method.allOf, given, errors);
  else checkObject(given, rulesOf(method, given, errors), '', errors);
  const values = Object.fromEntries(
    Object.entries(given)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => [name, convert(value, schemaOf(name))]),
  );
  return { values, errors: errors.texts };
}

/** The schema of a parameter, by its own name or by its family's; undefined where the method knows neither. */
export function schemaIn(parameters: Record<string, Parameter>, name: string): Parameter | undefined {
  if (Object.hasOwn(parameters, name)) return isFamily(name) ? undefined : parameters[name];
  const family = familyOf(name);
  return family && Object.hasOwn(parameters, family) ? parameters[family] : undefined;
}

function rulesOf(method: Method, given: Record<string, unknown>, errors: Errors): ObjectRules {
  const schemaOf = (name: string) => schemaIn(method.parameters, name);
  const listed = Object.entries(method.parameters).filter(([name]) => !isFamily(name));
  for (const name of Object.keys(given)) {
    const schema = schemaOf(name);
    // Members of a family are all optional: only those that are given need a look.
    if (schema && !Object.hasOwn(method.parameters, name)) listed.push([name, schema]);
  }
  return method.additionalProperties ? { schemaOf, listed } : { schemaOf, listed, unknown: refuseIn(errors) };
}

function isFamily(name: string): boolean {
  return name.endsWith('[n]');
}

/**
 * A form cannot tell one value from a list of one, nor a list from its text: where an array is wanted a single value
 * becomes one, and an array is joined where a `-list` text is wanted.
 */
function adaptToForm(value: unknown, schema: Parameter | undefined): unknown {
  if (Array.isArray(value)) {
    const isList = typeof schema?.format === 'string' && schema.format.endsWith('-list');
    return isList && schema.type === 'string' ? value.join(',') : value;
  }
  const isScalar = typeof value === 'string' || typeof value === 'number';
  // Not an empty text or a zero: Perl takes those for "nothing given" there, and then refuses their type.
  return schema?.type === 'array' && isScalar && !['', '0'].includes(String(value)) ? [value] : value;
}

function convert(value: unknown, schema: Parameter | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => convert(item, schema?.items));
  if (schema?.type === 'boolean') return value === true || String(value) === '1' ? 1 : 0;
  if (typeof value === 'object' || typeof value === 'boolean') return value;
  if (schema?.type === 'integer' || schema?.type === 'number') {
    const number = Number(value);
    return Number.isFinite(number) ? number : value;
  }
  return String(value);
}
