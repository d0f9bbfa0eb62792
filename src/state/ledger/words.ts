import type { Outcome } from '../../api/gate/door.ts';
import type { LedgerEntry } from '../../api/gate/ledger.ts';
import { Failure } from '../../failure.ts';
import type { Begin, End, TaskEnd } from './line.ts';

/** Where the begin of a change was written down. */
export interface Written {
  file: string;
  n: number;
}

/** Characters of a text from elsewhere, and of a whole request; its values are cut by the gate. */
const LONGEST_TEXT = 300;
const LONGEST_REQUEST = 1024 * 1024;

/**
 * A change in the words of the ledger. Nothing is taken over but what is named here.
 *
 * @throws Failure `ledger` for a request that is too large to be written down
 */
export function beginWords(entry: LedgerEntry): Begin {
  const { client, identity, login, server, tool, plan, approval, request, vmids } = entry;
  const { verb, path, params, effect, because } = request;
  const words: Begin = {
    kind: 'begin',
    client: cut(client),
    identity: cut(identity),
    login,
    server,
    tool,
    ...(plan !== undefined && { plan }),
    ...(approval !== undefined && { approval: cut(approval) }),
    ...(vmids !== undefined && vmids.length > 0 && { vmids }),
    request: { verb, path, params, effect, ...(because !== undefined && { because: cut(because) }) },
  };
  if (JSON.stringify(words).length <= LONGEST_REQUEST) return words;
  throw new Failure(
    'ledger',
    'This request is too large to be written down. Nothing was sent.',
    'Send it in several smaller ones.',
  );
}

/** Its end, in `file`. */
export function endWords(begun: Written & { withSecrets: boolean }, outcome: Outcome, file: string): End {
  const { upid, failure } = outcome;
  // What is no Failure is our own mistake, and its text may hold anything.
  const isOurs = failure instanceof Failure;
  return {
    kind: 'end',
    ...beginIn(begun, file),
    result: failure === undefined ? 'ok' : isOurs ? failure.code : 'internal',
    ...(isOurs && !begun.withSecrets && { message: cut(failure.message) }),
    ...(upid !== undefined && { upid: cut(upid) }),
    ...(isOurs && failure.details.mayHaveRun === true && { mayHaveRun: true }),
  };
}

/** The end of its task, in `file`. */
export function taskWords(begun: Written, upid: string, exitstatus: string, file: string): TaskEnd {
  return { kind: 'task', ...beginIn(begun, file), upid: cut(upid), exitstatus: cut(exitstatus) };
}

/** Whether a request holds what the gate has redacted: the words of its failure may repeat that. */
export function hasSecrets({ request }: LedgerEntry): boolean {
  return JSON.stringify([request.path, request.params]).includes('[redacted]');
}

function beginIn(begun: Written, file: string): { begin: number; file?: string } {
  return { begin: begun.n, ...(begun.file !== file && { file: begun.file }) };
}

function cut(text: string): string {
  return text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}…`;
}
