import { Failure } from '../../failure.ts';
import type { Effect } from '../../schema/effect.ts';
import type { Call } from './call.ts';
import type { TouchedGuest } from './plan.ts';
import type { Policy } from './policy.ts';

/** What the policy says against a call, whatever it does. Undefined: nothing. */
export function forbiddenCall(_call: Call, _policy: Policy): Failure | undefined {
  return undefined;
}

/** What the policy says against the effect of a call, and against changing these guests. Undefined: nothing. */
export function forbiddenChange(
  effect: Effect,
  _guests: readonly TouchedGuest[],
  policy: Policy,
): Failure | undefined {
  if (policy.readOnly && effect !== 'read')
    return new Failure(
      'not_allowed',
      'This server only reads.',
      'The setting MCP_READ_ONLY is on; only who runs the server can change that.',
    );
  return undefined;
}
