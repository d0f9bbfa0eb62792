import type { Decision, Plan } from './plan.ts';

/** In whose name a tool runs: what the ledger writes down, and how a person is asked. */
export interface Caller {
  /** The MCP client as it names itself: `gemini-cli 0.61.0`. */
  client: string;
  /** Who is behind it, where that is known: `local` on stdio, `anonymous` over HTTP without a login. */
  identity: string;
  tool: string;
  /**
   * Asks the person at the client. Absent where the client can't ask. `pending`: the question goes out with the answer to
   * this call, and the client calls again with the person's word.
   */
  ask?(plan: Plan): Promise<Decision | 'pending'>;
}
