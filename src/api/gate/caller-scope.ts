import { Failure } from '../../failure.ts';
import type { Effect } from '../../schema/effect.ts';
import type { Caller } from './caller.ts';
import type { Verdict } from './verdict.ts';

/** From the least to the worst. */
const EFFECTS: readonly Effect[] = ['read', 'change', 'danger'];

/**
 * What a caller's own scope says against a call, whatever the settings allow others. Undefined: nothing.
 *
 * @param changed whether this caller's work has changed something already: then it must not be begun anew with a wider
 * scope, so none is named to ask for
 */
export function beyondScope(
  { call, effect }: Pick<Verdict, 'call' | 'effect'>,
  { identity, scope }: Caller,
  changed: boolean,
): Failure | undefined {
  if (effect === 'read' || EFFECTS.indexOf(effect) <= EFFECTS.indexOf(scope)) return undefined;
  return new Failure(
    'not_allowed',
    `${call.verb} ${call.path} is a ${effect}, and the scope of ${identity} ends at ${scope}.`,
    `It was not sent. Whoever runs this server can give a token with the scope ${effect}: say what you wanted to do and why.`,
    changed ? {} : { scope: effect },
  );
}
