/** Whether PVE takes a text for a number: digits with an optional sign, fraction and exponent. */
export function isNumber(text: string): boolean {
  return /^[+-]?(\d+\.\d+|\d+\.|\.\d+|\d+)([eE][+-]?\d+)?\n?$/.test(text);
}

/** What is wrong with a value's type in PVE's words. Texts from a form pass as numbers and booleans where they read so. */
export function checkType(type: string | undefined, value: unknown): string | undefined {
  if (type === undefined || type === 'any') return undefined;
  const failed = `type check ('${type}') failed`;
  if (type === 'null') return `${failed} - value is not null`;
  if (type === 'array') return Array.isArray(value) ? undefined : failed;
  if (type === 'object') return referenceOf(value) === 'HASH' ? undefined : failed;
  const reference = referenceOf(value);
  if (reference) {
    return type === 'boolean' && typeof value === 'boolean' ? undefined : `${failed} - got ${reference}`;
  }
  const text = String(value);
  const right =
    type === 'boolean'
      ? text === '0' || text === '1'
      : type === 'integer'
        ? /^[+-]?\d+\n?$/.test(text)
        : type !== 'number' || isNumber(text);
  return right ? undefined : `${failed} - got '${text}'`;
}

/** What Perl calls a value that is not a plain text or number; undefined for those that are. */
function referenceOf(value: unknown): string | undefined {
  if (Array.isArray(value)) return 'ARRAY';
  if (typeof value === 'boolean') return 'JSON::PP::Boolean';
  return typeof value === 'object' && value !== null ? 'HASH' : undefined;
}
