import type { Logger } from 'pino';
import type { Config } from '../config/parse.ts';

/**
 * What the program uses of a logger. Lines go to stderr alone: on stdio, stdout belongs to the protocol.
 * As pino JSON, or readable on a terminal.
 */
export interface Log {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
  debug(facts: object, message: string): void;
  /** Resolves when every line so far is written. */
  flush(): Promise<void>;
}

/**
 * pino, loaded at the first line: a stdio server is often started, asked for its tools and stopped again, and should
 * not pay for a logger that says nothing. Lines keep their order while it loads.
 */
export function createLog(level: Config['logLevel'], isTerminal: boolean): Log {
  let loading: Promise<Logger> | undefined;
  let last: Promise<void> = Promise.resolve();
  const write = (kind: 'info' | 'warn' | 'error' | 'debug') => (facts: object, message: string) => {
    loading ??= loadPino(level, isTerminal);
    last = loading.then((pino) => pino[kind](facts, message));
  };
  return {
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    debug: write('debug'),
    flush: () => last,
  };
}

async function loadPino(level: Config['logLevel'], isTerminal: boolean): Promise<Logger> {
  const { pino } = await import('pino');
  if (!isTerminal) return pino({ level }, pino.destination({ dest: 2, sync: true }));
  const { default: pretty } = await import('pino-pretty');
  return pino(
    { level },
    pretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss' }),
  );
}
