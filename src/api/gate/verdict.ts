import type { Failure } from '../../failure.ts';
import type { Judgement } from '../../schema/effect.ts';
import type { Method } from '../../schema/method.ts';
import type { Call } from './call.ts';
import type { TouchedGuest } from './plan.ts';

/** What the gate thinks of a call. */
export interface Verdict extends Judgement {
  call: Call;
  /** Undefined where the API's description does not know it, or was not needed. */
  method: Method | undefined;
  /** Read only where somebody asks: the policy protects guests, or a person must approve. */
  guests: readonly TouchedGuest[];
  /** Set where the cluster would not say which guests there are: it may touch more than these. */
  unread?: true;
  /** Set where the settings forbid it. */
  refused: Failure | undefined;
  /** Whether a person must approve it first. */
  needsApproval: boolean;
}
