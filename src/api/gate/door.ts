import type { Failure } from '../../failure.ts';
import type { Read } from '../change.ts';
import type { WireRequest } from '../wire.ts';
import type { Verdict } from './verdict.ts';

/**
 * The last door before the wire. It sees every request exactly as it will stand there, save for the login, and lets it
 * pass or throws; then nothing was sent.
 */
export interface Door {
  /**
   * `read` reads from the same server without passing the door. Answers undefined for what only reads; for a change,
   * once it is written down, what to tell about its end.
   *
   * @throws Failure `not_allowed`, `needs_approval` or `ledger`
   */
  admit(request: WireRequest, read: Read): Promise<Permit | undefined>;
  /**
   * Asks for all of these at once, as one plan, where a person must approve them: each of them then passes once without
   * another question. For work of several steps, which would be asked about after some of them are done.
   *
   * @throws Failure as `admit` does
   */
  foresee(requests: readonly WireRequest[], read: Read): Promise<void>;
  /** What would become of a request. Reads where that is needed, and changes nothing. */
  judge(request: WireRequest, read: Read): Promise<Verdict>;
  /** A task that a change began has ended. Unknown UPIDs are none of ours and are let be. */
  taskEnded(upid: string, exitstatus: string): Promise<void>;
}

/** A change that may be sent once. */
export interface Permit {
  /** How it went. Never throws: what was sent was sent. */
  ended(outcome: Outcome): Promise<void>;
}

/** How a change went. */
export interface Outcome {
  /** The task that it began. */
  upid?: string;
  /** Absent where Proxmox took it. */
  failure?: Failure;
  /** Set where the answer was lost, and the task was found in the task list. */
  recovered?: true;
}
