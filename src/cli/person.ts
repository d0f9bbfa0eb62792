import { createInterface, type Interface } from 'node:readline';
import { type Readable, Writable } from 'node:stream';
import { Failure } from '../failure.ts';

/** Who sits before a command. Asking throws `cancelled` where somebody at a terminal stops instead of answering. */
export interface Person {
  /** Whether there is somebody who can be asked. */
  isAtTerminal: boolean;
  write(text: string): void;
  ask(question: string): Promise<string>;
  /** Asks without showing what is typed; without a terminal it is the first line of what comes in. */
  secret(question: string): Promise<string>;
}

/**
 * Whoever is behind these streams.
 *
 * @param stopSignal the person wants to stop: then what is asked ends as with Ctrl-C
 */
export function personAt(
  input: Readable & { isTTY?: boolean },
  output: Writable,
  stopSignal: Promise<void>,
): Person {
  const isAtTerminal = input.isTTY === true;
  return {
    isAtTerminal,
    write: (text) => void output.write(text),
    ask: (question) => firstLine(input, output, stopSignal, (lines) => ask(lines, question)),
    async secret(question) {
      if (!isAtTerminal) return firstLine(input, undefined, stopSignal, () => {});
      // What is shown goes nowhere. Asked only then: from here on the system itself does not echo either.
      try {
        return await firstLine(input, nowhere(), stopSignal, () => output.write(question));
      } finally {
        output.write('\n');
      }
    },
  };
}

function ask(lines: Interface, question: string): void {
  lines.setPrompt(question);
  lines.prompt();
}

function nowhere(): Writable {
  return new Writable({ write: (_part, _encoding, done) => done() });
}

/** Nothing is changed before a question is answered. */
export function stopped(): Failure {
  return new Failure('cancelled', 'Stopped. Nothing was changed.', 'Run it again when you like.');
}

/** The next line of the input, asked for by `begin`. Empty where input that nobody types ends before a line does. */
function firstLine(
  input: Readable & { isTTY?: boolean },
  output: Writable | undefined,
  stopSignal: Promise<void>,
  begin: (lines: Interface) => void,
): Promise<string> {
  const lines = createInterface({ input, ...(output && { output, terminal: true }) });
  return new Promise((resolve, reject) => {
    let isAnswered = false;
    lines.once('line', (text) => {
      isAnswered = true;
      resolve(text);
      lines.close();
    });
    lines.once('SIGINT', () => lines.close());
    lines.once('close', () => {
      if (isAnswered) return;
      if (input.isTTY !== true) return resolve('');
      // Ctrl-C and Ctrl-D are no answer, least of all the usual one. What follows begins on a line of its own.
      output?.write('\n');
      reject(stopped());
    });
    void stopSignal.then(() => lines.close());
    begin(lines);
  });
}
