import type { Answer } from './answer.ts';
import type { Params } from './form.ts';
import type { Verb } from './wire.ts';

/** A change, as it was asked for. */
export interface Change {
  verb: Verb;
  path: string;
  params: Params;
  /** When it was sent, in milliseconds of our clock. */
  sentAt: number;
}

/** How the search for a lost change's task reads from the server. */
export type Read = (path: string, params: Params) => Promise<Answer>;

/** How to look for the task of a lost change. */
export interface Looking {
  /** As a UPID names the caller: `user@realm` or `user@realm!token`. */
  who: string;
  read: Read;
  /** Ends the search. */
  signal: AbortSignal | undefined;
}

/** How a change went that has no answer: known to all changes of one client, so that no task is taken for two. */
export interface Underway {
  /** Changes without an answer as yet. */
  readonly open: ReadonlySet<Change>;
  /** Changes of the last minutes of which nobody knows whether, or when, they ran. */
  doubtful(): readonly Change[];
  /** UPIDs that were given out: each belongs to the change it was given for. */
  readonly given: ReadonlySet<string>;
}
