import { Failure } from '../../failure.ts';
import type { Colours } from '../colour.ts';
import type { Person } from '../person.ts';

/** Where init runs. */
export interface Place {
  /** Whom to ask, and who watches. */
  person: Person;
  /** The result goes here. */
  write(text: string): void;
  env: Readonly<Record<string, string | undefined>>;
  colours: Colours;
}

/** `[y/N]`: only a clear yes is one. */
export async function agrees(person: Person, question: string): Promise<boolean> {
  return /^y(es)?$/i.test((await person.ask(`${question} [y/N] `)).trim());
}

/** One that must be said: by the flag where nobody can be asked. */
export function mustBeSaid(what: string, flag: string): Failure {
  return new Failure('config', `${what} is not given, and there is no terminal to ask at.`, `Give ${flag}.`);
}

export function stopped(): Failure {
  return new Failure('cancelled', 'Stopped. Nothing was changed.', 'Run it again when you like.');
}
