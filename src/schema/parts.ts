import { checkObject, checkProperty, tableRules } from './check.ts';
import { Errors, refuseIn } from './errors.ts';
import type { ParameterSet } from './method.ts';

/**
 * Checks parameters given as parts that must all hold, as PVE's `allOf`: a parameter is refused as unknown only where
 * no part knows it. An error inside a variant carries the variant in its name: `oneOf[node-affinity].nodes`.
 */
export function checkParts(parts: ParameterSet[], values: Record<string, unknown>, errors: Errors): void {
  const unknown = parts.map((part) => unknownTo(part, values, '', errors));
  const refuse = refuseIn(errors);
  for (const key of Object.keys(values).sort()) {
    if (unknown.every((keys) => keys.has(key))) refuse(key, key);
  }
}

/** Checks one part, and tells which keys it does not know. */
function unknownTo(
  part: ParameterSet,
  values: Record<string, unknown>,
  path: string,
  errors: Errors,
): Set<string> {
  if (part.oneOf) return unknownToVariant(part, part.oneOf, values, errors);
  const unknown = new Set<string>();
  checkObject(
    values,
    tableRules(part.properties ?? {}, (key) => unknown.add(key)),
    path,
    errors,
  );
  return unknown;
}

function unknownToVariant(
  part: ParameterSet,
  variants: ParameterSet[],
  values: Record<string, unknown>,
  errors: Errors,
): Set<string> {
  const typeKey = part['type-property'] ?? 'type';
  const type = values[typeKey];
  const others = new Set(Object.keys(values).filter((key) => key !== typeKey));
  const typeErrors = new Errors();
  checkProperty(type, { ...part['type-property-schema'], optional: part.optional ?? 0 }, typeKey, typeErrors);
  for (const [key, text] of Object.entries(typeErrors.texts ?? {})) errors.add(key, text);
  // Without a type that is right, nobody can say which other keys are.
  if (typeErrors.texts || type === undefined || type === null) return others;
  const variant = variants.find((candidate) => candidate['instance-type'] === String(type));
  if (!variant) {
    errors.add('_root', `'${type}' is not a valid oneOf variant`);
    return others;
  }
  const unknown = unknownTo(variant, values, `oneOf[${variant['instance-type']}]`, errors);
  unknown.delete(typeKey);
  return unknown;
}
