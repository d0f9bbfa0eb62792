import type { Parameter } from './method.ts';

/** Says what is wrong with a value in PVE's words (without the newline that ends them), or undefined if nothing is. */
export type FormatCheck = (value: string) => string | undefined;

/** A format whose values are `key=value,…`: what each key may hold, and what holds between keys. */
export interface PropertyFormat {
  properties: Record<string, Parameter>;
  /** Asked once every key by itself is right. Values are the texts that were given. */
  agree?: (values: Record<string, unknown>) => string | undefined;
}

/** Formats by name. */
export type Formats = Record<string, FormatCheck | PropertyFormat>;

/** A check against one pattern. `$&` in the complaint stands for the value. */
export function pattern(regex: RegExp, complaint: string): FormatCheck {
  return (value) => (regex.test(value) ? undefined : complaint.replace('$&', () => value));
}
