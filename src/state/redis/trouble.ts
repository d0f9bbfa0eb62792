import { ErrorReply } from '@redis/client';
import { Failure } from '../../failure.ts';

/*
 * Why nothing can be approved or changed: what replicas share is not there. A model reads these, and tells them to whoever
 * runs the server. MCP_STORE itself is never said: a password may stand in it.
 */

/** Where Redis is, as a person may read it. */
export function placeOf(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}:${port || '6379'}${/^\/\d+$/.test(pathname) ? pathname : ''}`;
}

/** The connection, or the server, said no. */
export function storeTrouble(place: string, error: unknown): Failure {
  if (error instanceof Failure) return error;
  const said = error instanceof ErrorReply ? (/^[A-Z]+/.exec(error.message)?.[0] ?? 'ERR') : undefined;
  const why = said ?? (error as NodeJS.ErrnoException).code ?? (error as Error).name;
  const { what, advice } = SAID[UNTRUSTED.test(why) ? 'CERT' : (said ?? '')] ?? {
    what: said === undefined ? "can't be reached" : 'does not do what it is asked',
    advice:
      said === undefined
        ? 'Start it, or correct MCP_STORE. This server tries again with every call; no restart is needed.'
        : 'It must be a Redis of 6.2 or newer, or a Valkey, in which nobody else uses the keys proxmox-mcp:*.',
  };
  return failure(`The store at ${place} ${what} (${why})`, advice, error);
}

export function noAnswer(place: string, problem = 'does not answer'): Failure {
  return failure(
    `The store at ${place} ${problem}`,
    'Look after it. This server tries again with every call; no restart is needed.',
  );
}

/** It would say that something is written down before it is. */
export function notDurable(place: string, fix: string): Failure {
  return failure(
    `The store at ${place} may lose what was written to it when it stops`,
    `Every change is to be written down first. ${fix}`,
  );
}

/** The chain of the ledger does not fit together. */
export function brokenChain(place: string, key: string, problem: string): Failure {
  return failure(
    `The ledger in the store at ${place} is broken: ${problem}`,
    'A person must look: `proxmox-mcp audit --verify` says what is wrong. ' +
      `Then put it right, or move it aside (RENAME ${key} ${key}:broken) and restart every server: a new one is begun.`,
  );
}

function failure(problem: string, advice: string, cause?: unknown): Failure {
  const message = `${problem}, so nothing can be approved or written down. Nothing was sent; reads still work.`;
  return new Failure('ledger', message, advice, {}, cause);
}

/** What Node calls a certificate that is not good. */
const UNTRUSTED = /CERT|SIGNATURE|^ERR_TLS/;

const LOGIN = {
  what: 'does not let this server in',
  advice: 'Correct the login in MCP_STORE, or what its ACL allows: all commands on the keys proxmox-mcp:*.',
};

const SAID: Readonly<Record<string, { what: string; advice: string }>> = {
  CERT: {
    what: 'has a certificate that is not trusted',
    advice: 'Start this server with NODE_EXTRA_CA_CERTS, the file of the CA (PEM) that signed it.',
  },
  NOAUTH: LOGIN,
  WRONGPASS: LOGIN,
  NOPERM: LOGIN,
  READONLY: {
    what: 'is a replica, which can not be written to',
    advice: 'MCP_STORE must name the primary.',
  },
  OOM: {
    what: 'is full',
    advice: 'Give it more memory (maxmemory), then call again; no restart is needed.',
  },
  MISCONF: {
    what: "can't write to its disk",
    advice: 'Look into its log; most often its disk is full. No restart is needed.',
  },
  LOADING: { what: 'is still starting', advice: 'Call again in a moment.' },
  MASTERDOWN: { what: 'is a replica without its primary', advice: 'MCP_STORE must name the primary.' },
};
