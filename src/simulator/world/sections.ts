import { sha1 } from './random.ts';

/** One entry of a section config: its values by name, its type among them where it has one. */
export type Section = Record<string, unknown>;

/** The config files that are lists of named sections, by a name of our own (`mapping/pci`, `sdn/zones`). */
export class Sections {
  readonly #files = new Map<string, Map<string, Section>>();

  /** The sections of one file, by id, in the order they were made. */
  of(file: string): Map<string, Section> {
    const sections = this.#files.get(file) ?? new Map<string, Section>();
    this.#files.set(file, sections);
    return sections;
  }

  /** Guards changes of the whole file. */
  digest(file: string): string {
    return digestOf(this.of(file));
  }
}

/** The digest of a set of sections. */
export function digestOf(sections: ReadonlyMap<string, Section>): string {
  return sha1(sections.size === 0 ? '' : JSON.stringify([...sections]));
}
