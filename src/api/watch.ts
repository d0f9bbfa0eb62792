import type { FailureCode } from '../failure.ts';
import type { WireRequest } from './wire.ts';

/**
 * Is told what goes to Proxmox and how it ends, for figures and traces. It sees paths, which hold names: what it passes on
 * is for it to choose.
 */
export interface Watch {
  /**
   * A request begins. The answer is to be called once it has ended, with its HTTP status, or with the code of the failure
   * where no whole answer came; and with how often it was sent again with a new login.
   */
  request(request: Pick<WireRequest, 'method' | 'path'>): (end: number | FailureCode, again: number) => void;
  /** Somebody begins to wait for a task of this type. The answer is to be called with how the waiting ended. */
  wait?(type: string): (end: TaskEnd | FailureCode) => void;
}

/** How a task was seen last by who waited for it. */
export type TaskEnd = 'ok' | 'warnings' | 'failed' | 'running';

/** How a task ended, by its exit status as Proxmox writes it. */
export function taskEnd(exitstatus: string | undefined): TaskEnd {
  if (exitstatus === undefined) return 'running';
  if (exitstatus === 'OK') return 'ok';
  return exitstatus.startsWith('WARNINGS') ? 'warnings' : 'failed';
}
