/** PVE's word for each parameter it refuses. */
export class Errors {
  readonly #texts = new Map<string, string>();

  /** Two complaints about one parameter are joined by a backslash and an `n`, as PVE joins them. */
  add(path: string, text: string): void {
    const before = this.#texts.get(path);
    this.#texts.set(path, before === undefined ? text : `${before}\\n${text}`);
  }

  /** By parameter, in the order found; undefined if there is none. */
  get texts(): Record<string, string> | undefined {
    return this.#texts.size > 0 ? Object.fromEntries(this.#texts) : undefined;
  }
}

/** What is done with a key that has no schema: `path` is the key with all that it stands in. */
export type UnknownKey = (key: string, path: string) => void;

/** Refuses the keys that no schema knows. */
export function refuseIn(errors: Errors): UnknownKey {
  const text = 'property is not defined in schema and the schema does not allow additional properties';
  return (_key, path) => errors.add(path, text);
}
