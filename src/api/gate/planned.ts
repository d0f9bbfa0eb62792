import type { PlannedRequest } from './plan.ts';
import { redacted } from './redact.ts';
import type { Verdict } from './verdict.ts';

/** A call as plans and the ledger show it; of values of more than `max` characters, the start alone. */
export function planned({ call, effect, because }: Verdict, max?: number): PlannedRequest {
  return {
    verb: call.verb,
    path: call.path,
    params: redacted(call.params, call.path, max),
    effect,
    ...(because && { because }),
  };
}
