import { createInterface } from 'node:readline';
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

/** Whoever is behind these streams. */
export function personAt(input: Readable & { isTTY?: boolean }, output: Writable): Person {
  const isAtTerminal = input.isTTY === true;
  const write = (text: string) => void output.write(text);
  return {
    isAtTerminal,
    write,
    async ask(question) {
      write(question);
      return firstLine(input, isAtTerminal ? output : undefined);
    },
    async secret(question) {
      if (!isAtTerminal) return firstLine(input, undefined);
      write(question);
      // As a terminal, so that it is not echoed by the system either; what is shown goes nowhere.
      const secret = await firstLine(input, new Writable({ write: (_part, _encoding, done) => done() }));
      write('\n');
      return secret;
    },
  };
}

/** Empty where the input ends before a line does. */
function firstLine(input: Readable, output: Writable | undefined): Promise<string> {
  const lines = createInterface({ input, ...(output && { output, terminal: true }) });
  return new Promise((resolve) => {
    lines.once('line', (text) => {
      resolve(text);
      lines.close();
    });
    // Ctrl-C and Ctrl-D are no answer.
    lines.once('SIGINT', () => lines.close());
    lines.once('close', () => resolve(''));
  });
}
