import type { Effect } from '../../schema/effect.ts';
import type { Watch } from '../watch.ts';
import type { Decision, Plan } from './plan.ts';

/** In whose name a tool runs: what the ledger writes down, and how a person is asked. */
export interface Caller {
  /** The MCP client as it names itself: `gemini-cli 0.61.0`. */
  client: string;
  /** Who is behind it, where that is known: `local` on stdio, `anonymous` over HTTP without a login. */
  identity: string;
  /** The worst effect that a call of theirs may have. */
  scope: Effect;
  /** Its name; of what reads without being a tool, the method of the protocol: `resources/read`. */
  tool: string;
  /**
   * Asks the person at the client. Absent where the client can't ask. `pending`: nobody has answered. Where the question
   * goes out with the answer to this call, the client calls again with the person's word.
   */
  ask?(plan: Plan): Promise<Decision | 'pending'>;
  /** Asks the person at the client to open a page. Absent where the client can't. */
  show?(plan: Plan, url: string): Promise<'opened' | 'declined' | 'pending'>;
  /** Aborts when nobody waits for the call any more. */
  signal?: AbortSignal;
  /** Told of what is sent for this call. */
  watch?: Watch;
}
