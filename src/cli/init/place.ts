import { Failure } from '../../failure.ts';
import type { Colours } from '../colour.ts';
import { type Person, stopped } from '../person.ts';

/** Where init runs. */
export interface Place {
  /** Whom to ask, and who watches. */
  person: Person;
  /** The result goes here. */
  write(text: string): void;
  env: Readonly<Record<string, string | undefined>>;
  colours: Colours;
  /** How to start this program again: `['proxmox-mcp']`. */
  own: readonly string[];
  /** Resolves when the person wants to stop. */
  stopSignal: Promise<void>;
}

/** What changes nothing: whoever wants to stop need not wait for it. */
export function orStopped<Value>(work: Promise<Value>, { stopSignal }: Place): Promise<Value> {
  const stop = stopSignal.then(() => {
    throw stopped();
  });
  return Promise.race([work, stop]);
}

/** How often somebody may answer what can't be understood, or log in with what is refused. */
export const TRIES = 3;

/**
 * Asks until the answer can be read.
 *
 * @param read throws for what it can't read; a Failure ends it at once
 * @throws Failure `config` after some tries
 */
export async function askedFor<Value>(
  person: Person,
  question: string,
  read: (typed: string) => Value,
): Promise<Value> {
  for (let tries = 1; ; tries++) {
    const typed = (await person.ask(question)).trim();
    try {
      return read(typed);
    } catch (error) {
      if (error instanceof Failure) throw error;
      const { message } = error as Error;
      if (tries === TRIES) throw new Failure('config', message, 'Nothing was changed. Run it again.');
      person.write(`${message}\n`);
    }
  }
}

/** `[y/N]`: only a clear yes is one. */
export async function agrees(person: Person, question: string): Promise<boolean> {
  return /^y(es)?$/i.test((await person.ask(`${question} [y/N] `)).trim());
}

/** One that must be said: by the flag where nobody can be asked. */
export function mustBeSaid(what: string, flag: string): Failure {
  return new Failure('config', `${what} is not given, and there is no terminal to ask at.`, `Give ${flag}.`);
}
