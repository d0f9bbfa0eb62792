import type { ApiError, Call, Routes } from '../call.ts';
import { digestOf, type Section } from '../world/sections.ts';
import { assertUnchanged, changeSection, optionsOf, requireOptions, saying } from './section-config.ts';

/** One kind of section that the API lists, makes, shows, changes and deletes, and the words it has for what goes wrong. */
export interface SectionKind {
  /** Under which name the world keeps them. */
  file: string;
  /** The path of the list. */
  base: string;
  /** The name of the path's last parameter. */
  id: string;
  /** Where a new one is posted: to the list, or to its own path. */
  postTo?: 'list' | 'own';
  /** What a GET of one that is not there says. */
  unknown: (id: string) => ApiError;
  /** What a PUT to one that is not there says; as `unknown` if absent. */
  absent?: (id: string) => ApiError;
  /** What a POST of one that is there says. */
  taken: (id: string) => ApiError;
  /** What a DELETE of one that is not there says; if absent it says nothing and is a success. */
  gone?: (id: string) => ApiError;
  /** What stands before an error in making, changing and deleting one. */
  words?: { create: string; update: string; delete: string };
  required?: (type: string) => readonly string[];
  /** Whether the caller sees one in the list. */
  sees?: (call: Call, id: string) => boolean;
  /** One in the list, and by itself; with its id and the file's digest if absent. */
  row?: (id: string, section: Section, digest: string) => Section;
  view?: (id: string, section: Section, digest: string) => Section;
  check?: (call: Call, section: Section) => void;
}

/** The five methods of one kind of section. */
export function sectionRoutes(kind: SectionKind): Routes {
  const { base, id: name, unknown, taken, words } = kind;
  const sections = (call: Call) => call.world.sections.of(kind.file);
  const plain = (id: string, section: Section, digest: string) => ({ ...section, [name]: id, digest });
  const { row = plain, view = plain } = kind;
  const within = <Result>(what: string | undefined, change: () => Result) =>
    what === undefined ? change() : saying(what, change);
  const required = (type: unknown) => kind.required?.(String(type)) ?? [];
  return {
    [`GET ${base}`]: (call) =>
      [...sections(call)]
        .filter(([id]) => kind.sees?.(call, id) ?? true)
        .map(([id, section]) => row(id, section, digestOf(sections(call)))),
    [`POST ${base}${kind.postTo === 'own' ? `/{${name}}` : ''}`]: (call) => {
      const { [name]: id, type } = call.params;
      const section = { ...(type !== undefined && { type }), ...optionsOf(call, name) };
      requireOptions(section, ...required(type));
      return within(words?.create, () => {
        if (sections(call).has(id)) throw taken(id);
        kind.check?.(call, section);
        sections(call).set(id, section);
        return null;
      });
    },
    [`GET ${base}/{${name}}`]: (call) => {
      const id = call.params[name];
      const section = sections(call).get(id);
      if (!section) throw unknown(id);
      return view(id, section, digestOf(sections(call)));
    },
    [`PUT ${base}/{${name}}`]: (call) =>
      within(words?.update, () => {
        const id = call.params[name];
        assertUnchanged(digestOf(sections(call)), call.params.digest);
        const old = sections(call).get(id);
        if (!old) throw (kind.absent ?? unknown)(id);
        const section = { ...old };
        changeSection(section, call, { ids: [name], required: required(section.type) });
        kind.check?.(call, section);
        sections(call).set(id, section);
        return null;
      }),
    [`DELETE ${base}/{${name}}`]: (call) =>
      within(words?.delete, () => {
        const id = call.params[name];
        if (!sections(call).delete(id) && kind.gone) throw kind.gone(id);
        return null;
      }),
  };
}
