import type { PlannedRequest } from './plan.ts';
import { redacted } from './redact.ts';
import type { Verdict } from './verdict.ts';

/** A call as plans and the ledger show it. */
export function planned({ call, effect, because }: Verdict): PlannedRequest {
  return {
    verb: call.verb,
    path: call.path,
    params: redacted(call.params, call.path),
    effect,
    ...(because && { because }),
  };
}
