import * as z from 'zod';

/*
 * Arguments as models send them: numbers and booleans as text, words in any case, objects as JSON text. What can only
 * mean one thing is taken; the JSON schema shows the one right way.
 */

const lower = (value: unknown) => (typeof value === 'string' ? value.trim().toLowerCase() : value);

/** One of these words, in any case. `aliases` are other words for them that people use. */
export function word<const Words extends readonly [string, ...string[]]>(
  name: string,
  words: Words,
  aliases: Readonly<Record<string, Words[number]>> = {},
) {
  const known = new Map([
    ...Object.entries(aliases),
    ...words.map((one) => [one.toLowerCase(), one] as const),
  ]);
  const read = (value: unknown) => {
    const text = lower(value);
    return typeof text === 'string' ? (known.get(text) ?? value) : value;
  };
  return z.preprocess(read, z.enum(words, { error: `${name} must be one of: ${words.join(', ')}` }));
}

const SWITCH: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
  ['1', true],
  ['0', false],
  ['yes', true],
  ['no', false],
]);

/** A switch; also `"false"`, `0`, `"no"`. */
export function yesNo(name: string) {
  const read = (value: unknown) => SWITCH.get(String(lower(value))) ?? value;
  return z.preprocess(read, z.boolean({ error: `${name} must be true or false` }));
}

/** A whole number in a range; also as text. */
export function wholeNumber(name: string, min: number, max: number) {
  const error = `${name} must be a whole number from ${min} to ${max}`;
  const read = (value: unknown) =>
    typeof value === 'string' && /^\s*\d+\s*$/.test(value) ? Number(value) : value;
  return z.preprocess(read, z.int({ error }).min(min, { error }).max(max, { error }));
}

/** Text; also a number, since a VMID or a tag may look like one. */
export function words(name: string) {
  const read = (value: unknown) => (typeof value === 'number' ? String(value) : value);
  return z.preprocess(read, z.string({ error: `${name} must be text` }));
}

/** A list as text with commas; also as a list, or as an object: `{"a": 1, "b": ">2"}` is `a=1,b>2`. */
export function list(name: string) {
  const read = (value: unknown) => {
    const given = typeof value === 'string' && /^\s*[[{]/.test(value) ? fromJson(value) : value;
    if (given === null) return undefined;
    if (Array.isArray(given)) return given.join(',');
    if (typeof given === 'number') return String(given);
    if (typeof given !== 'object') return given;
    return Object.entries(given)
      .map(([key, one]) => (/^[=!~<>]/.test(String(one)) ? `${key}${one}` : `${key}=${one}`))
      .join(',');
  };
  return z.preprocess(
    read,
    z.string({ error: `${name} must be text, with commas between its parts` }).optional(),
  );
}

/**
 * Parameters by name; also as the JSON text of such an object. `null` and empty text mean none. A parameter `__proto__` is
 * refused, since much code on the way would drop it in silence.
 */
export function parameters(name: string, example: string) {
  const read = (value: unknown, context: z.RefinementCtx) => {
    const given = fromJson(value);
    if (typeof given === 'object' && given !== null && Object.hasOwn(given, '__proto__')) {
      context.addIssue({
        code: 'custom',
        message: `${name} has a parameter __proto__, which Proxmox never has`,
      });
    }
    return given;
  };
  const error = `${name} must be an object of parameters by name, such as ${example}, or that object as JSON text`;
  return z.preprocess(read, z.record(z.string(), z.unknown(), { error }).optional());
}

function fromJson(value: unknown): unknown {
  if (value === null) return undefined;
  if (typeof value !== 'string') return value;
  if (value.trim() === '') return undefined;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** A guest by its VMID or its name; see `Guests.find`. */
export const guest = () => words('guest').describe('VMID or unique name');
