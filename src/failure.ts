/**
 * What went wrong, as a word that programs can branch on.
 *
 * | code | meaning |
 * | --- | --- |
 * | `config` | the settings are missing or contradict each other |
 * | `invalid_argument` | the caller's argument is wrong; nothing was sent |
 * | `invalid_parameter` | Proxmox refused parameters (400); `details.errors` names them |
 * | `auth` | Proxmox does not accept the login (401) |
 * | `forbidden` | the login lacks a privilege (403) |
 * | `not_found` | the thing named does not exist |
 * | `exists` | the name or id is taken |
 * | `locked` | a lock or a running task is in the way; trying again later may work |
 * | `wrong_state` | the thing exists but is not in a state that allows this |
 * | `not_implemented` | no such path or method on this server (501) |
 * | `node_unreachable` | the server answers, but the node behind it does not (595, 596, 597) |
 * | `unreachable` | no connection: DNS, refused, reset, no route |
 * | `tls` | the certificate is not trusted or does not match the pin |
 * | `timeout` | no answer in time |
 * | `cancelled` | the caller gave up |
 * | `bad_answer` | an answer came, but not one that Proxmox gives |
 * | `task_failed` | the task ended with an error; `details.upid` names it |
 * | `refused` | Proxmox said no in its own words, which are the message |
 * | `not_allowed` | the settings of this server forbid it, or a person declined it; nothing was sent |
 * | `needs_approval` | a person must approve it first; nothing was sent; `details.approval` has the plan |
 * | `ledger` | it can't be written down, so it is not done; nothing was sent |
 * | `internal` | our own mistake |
 */
export type FailureCode =
  | 'config'
  | 'invalid_argument'
  | 'invalid_parameter'
  | 'auth'
  | 'forbidden'
  | 'not_found'
  | 'exists'
  | 'locked'
  | 'wrong_state'
  | 'not_implemented'
  | 'node_unreachable'
  | 'unreachable'
  | 'tls'
  | 'timeout'
  | 'cancelled'
  | 'bad_answer'
  | 'task_failed'
  | 'refused'
  | 'not_allowed'
  | 'needs_approval'
  | 'ledger'
  | 'internal';

/** What became of one step of a job. */
export interface JobStep {
  /** What it does, in a few words. */
  step: string;
  /** `running`: its task goes on; `left`: it was not begun. */
  state: 'done' | 'running' | 'failed' | 'undone' | 'left';
  /** Its task. */
  upid?: string;
  /** How long that was waited for. */
  seconds?: number;
  /** Warnings, or how it was undone. */
  note?: string;
}

/** Facts beside the text, for programs. Never a secret, never a stack. */
export interface FailureDetails {
  /** HTTP status, where an answer came. */
  status?: number;
  /** The reason phrase as the server sent it. */
  reason?: string;
  /** Proxmox's own word for each parameter it refused. */
  errors?: Record<string, string>;
  /** The task this is about. */
  upid?: string;
  /** The last lines of that task's log. */
  log?: string[];
  /** The end of the message where it is not ours: how a task ended, what an agent answers. A guest may have written it. */
  said?: string;
  /** `METHOD /path` of the call, without its query and without secrets. */
  call?: string;
  /** The plan that waits for a person: its id, what it says, and until when it holds (milliseconds since 1970). */
  approval?: { id: string; text: string; expires: number };
  /** The scope that the caller's login here lacks, where nothing was changed before that came out. */
  scope?: 'change' | 'danger';
  /** Of a job of several steps: what was done, undone, and is left to do. */
  steps?: readonly JobStep[];
  /** Whether the request may have reached Proxmox: a write must then be looked up, not sent again. */
  mayHaveRun?: boolean;
}

/**
 * The only error this project throws on purpose. `message` says what happened in one sentence; `hint` says what to do
 * next: the known ids, the missing privilege, the nearest parameter, the setting to change.
 */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: FailureCode;
  readonly hint: string;
  readonly details: FailureDetails;

  constructor(
    code: FailureCode,
    message: string,
    hint: string,
    details: FailureDetails = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint;
    this.details = details;
  }
}
