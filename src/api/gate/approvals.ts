import type { Clock } from '../../clock.ts';
import type { Read } from '../change.ts';
import type { WireRequest } from '../wire.ts';
import type { Caller } from './caller.ts';
import type { PlanStore } from './plan.ts';
import type { Verdict } from './verdict.ts';

/** What was approved: the plan, and how. */
export interface Approval {
  plan: string;
  by: string;
}

export interface ApprovalsOptions {
  plans: PlanStore;
  clock: Clock;
  server: string;
  login: string;
}

/** Makes plans, asks for their approval, and lets an approved one run once. */
export class Approvals {
  constructor(_options: ApprovalsOptions) {}

  /**
   * Resolves when a person has approved exactly this.
   *
   * @throws Failure `needs_approval` with the plan, where nobody has yet; `not_allowed` where somebody declined
   */
  async require(_request: WireRequest, _verdict: Verdict, _caller: Caller, _read: Read): Promise<Approval> {
    return { plan: '', by: '' };
  }
}
