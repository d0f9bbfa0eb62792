import { Failure } from '../../failure.ts';
import type { Problem } from './verify.ts';

/*
 * Why a change is not made: it could not be written down. A model reads these, and tells them to whoever runs the server.
 */

export function noFolder(): Failure {
  return new Failure(
    'ledger',
    'Every change is written down before it is sent, and no folder is set for that. Nothing was sent.',
    'Set MCP_STATE_DIR (--state-dir) to a folder that this server may write, and restart it. Reads work meanwhile.',
  );
}

/** The folder holds something that does not fit together. */
export function broken(folder: string, problems: readonly Problem[]): Failure {
  const [first, ...others] = problems.map(problemText);
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  return new Failure(
    'ledger',
    `The ledger in ${folder} is broken: ${first}${more}. Nothing was sent; reads still work.`,
    'A person must look: `proxmox-mcp audit --verify` says what is wrong. ' +
      `Then put it right, or move the folder aside (mv ${folder} ${folder}.broken) and restart this server: it begins a new one.`,
  );
}

/** `2026-11-22T20-43-18Z-3f9a2c.jsonl, line 7, was changed: …` */
export function problemText({ file, line, text }: Problem): string {
  return `${file}${line === undefined ? '' : `, line ${line},`} ${text}`;
}

/** The disk said no. */
export function diskTrouble(folder: string, error: unknown): Failure {
  if (error instanceof Failure) return error;
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  const { what, advice } = TROUBLES[code] ?? {
    what: `The ledger in ${folder} can't be written`,
    advice: `Check the disk of ${folder}, then call again.`,
  };
  return new Failure(
    'ledger',
    `${what.replace('…', () => folder)} (${code}), so this change can't be written down. Nothing was sent; reads still work.`,
    advice.replace('…', () => folder),
    {},
    error,
  );
}

const FULL = {
  what: 'The disk of the ledger in … is full',
  advice: 'Free some space there, then call again; no restart is needed.',
};
const FORBIDDEN = {
  what: 'The ledger in … may not be read or written',
  advice:
    'Let the user that runs this server write … (it makes the folder itself, mode 0700), or set MCP_STATE_DIR to a folder that it may write.',
};
const NO_FOLDER = {
  what: 'The ledger needs the folder …, and something else is in its place',
  advice: 'Remove what is there, or set MCP_STATE_DIR to another folder.',
};

const TROUBLES: Readonly<Record<string, { what: string; advice: string }>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EACCES: FORBIDDEN,
  EPERM: FORBIDDEN,
  EROFS: FORBIDDEN,
  ENOENT: FORBIDDEN,
  ENOTDIR: NO_FOLDER,
  EEXIST: NO_FOLDER,
};
