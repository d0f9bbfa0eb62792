import { ApiError, type Call, parameterErrors } from '../call.ts';
import type { Section } from '../world/sections.ts';
import { no } from './find.ts';

const notOptions = new Set(['node', 'digest', 'delete', 'lock-token', 'type']);

const words = (text: unknown) =>
  String(text ?? '')
    .split(/[,;\s]+/)
    .filter(Boolean);

/** The options that a call gives for a section; `ids` are the names of the path's parameters. */
export function optionsOf({ params }: Call, ...ids: string[]): Section {
  const given = Object.entries(params).filter(([name]) => !notOptions.has(name) && !ids.includes(name));
  return Object.fromEntries(given);
}

/** Refuses a section without what its type cannot do without, in the words of PVE's section config. */
export function requireOptions(given: Section, ...names: string[]): void {
  const missing = names.find((name) => given[name] === undefined);
  if (missing !== undefined) throw no(`missing value for required option '${missing}'`);
}

/** Refuses a change where somebody else made one since. */
export function assertUnchanged(found: string, given: unknown): void {
  if (given === undefined || given === found) return;
  throw no('detected modified configuration - file changed by other user? Try again.');
}

/** Changes a section as a PUT says: sets what is given, takes out what `delete` names. */
export function changeSection(
  section: Section,
  call: Call,
  { ids, required = [] }: { ids: string[]; required?: readonly string[] },
): void {
  const given = optionsOf(call, ...ids);
  for (const name of words(call.params.delete)) {
    if (!call.method.parameters[name] || notOptions.has(name) || ids.includes(name))
      throw no(`no such option '${name}'`);
    if (required.includes(name)) throw no(`unable to delete required option '${name}'`);
    if (given[name] !== undefined) throw no(`cannot set and delete property '${name}' at the same time!`);
    delete section[name];
  }
  Object.assign(section, given);
}

/**
 * What is left of an error that leaves a locked file as plain text: a 400 becomes a 500 whose text begins with "400", its
 * list of parameters behind it.
 */
export function asText({ status, message, errors }: ApiError, what?: string): ApiError {
  const list = Object.entries(errors ?? {}).map(([name, text]) => `${name}: ${text}\n`);
  const text = errors ? `${status} ${message}\n${list.join('')}` : message;
  return no(what === undefined ? text : `${what}: ${text}`);
}

/** Runs a change under a lock whose failures are told with what was being done in front. */
export function saying<Result>(what: string, change: () => Result): Result {
  try {
    return change();
  } catch (error) {
    throw error instanceof ApiError ? asText(error, what) : error;
  }
}

/** Refuses with the name of one parameter. */
export function refuse(name: string, text: string): never {
  throw parameterErrors({ [name]: text });
}
