import type { Outcome } from './door.ts';
import type { PlannedRequest } from './plan.ts';

/** A change, as it is written down before it is sent. */
export interface LedgerEntry {
  client: string;
  identity: string;
  tool: string;
  /** As Proxmox knows who acts: `user@realm` or `user@realm!token`. */
  login: string;
  /** Of which server or cluster: `https://pve1:8006`, or `demo`. */
  server: string;
  /** Its secrets are redacted already. */
  request: PlannedRequest;
  /** The guests that it touches, as far as that is known. */
  vmids?: readonly number[];
  /** The plan that it belongs to, and who approved that how: `elicitation`, `command`, `page`. */
  plan?: string;
  approval?: string;
}

/** Where changes are written down. */
export interface Ledger {
  /**
   * Returns when the entry is on the disk (fsync); its number is for `ended`.
   *
   * @throws Failure `ledger` when it can't be written, or when what is there is broken: no change may be sent then
   */
  begin(entry: LedgerEntry): Promise<string>;
  /** How the change of that entry went. Never throws. */
  ended(entry: string, outcome: Outcome): Promise<void>;
  /** How its task ended. Never throws; a UPID of no entry is let be. */
  taskEnded(upid: string, exitstatus: string): Promise<void>;
}
