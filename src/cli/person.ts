import { createInterface, type Interface } from 'node:readline';
import { type Readable, Writable } from 'node:stream';

/** Who sits before a command. */
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
 * @param stopSignal the person wants to stop: then what is asked has no answer
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
      const secret = await firstLine(input, nowhere(), stopSignal, () => output.write(question));
      output.write('\n');
      return secret;
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

/** The next line of the input, asked for by `begin`. Empty where the input ends before a line does. */
function firstLine(
  input: Readable,
  output: Writable | undefined,
  stopSignal: Promise<void>,
  begin: (lines: Interface) => void,
): Promise<string> {
  const lines = createInterface({ input, ...(output && { output, terminal: true }) });
  return new Promise((resolve) => {
    lines.once('line', (text) => {
      resolve(text);
      lines.close();
    });
    // Ctrl-C and Ctrl-D are no answer.
    lines.once('SIGINT', () => lines.close());
    lines.once('close', () => resolve(''));
    void stopSignal.then(() => lines.close());
    begin(lines);
  });
}
