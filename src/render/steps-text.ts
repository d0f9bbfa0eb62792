import type { JobStep } from '../failure.ts';
import { duration } from './units.ts';
import { line } from './untrusted.ts';

/** The steps of a job: one line each, with how far it came. */
export function stepsText(steps: readonly JobStep[]): string {
  return steps
    .map(({ step, state, seconds, note }, index) => {
      const took = seconds === undefined || seconds < 1 ? '' : ` (${duration(seconds)})`;
      return line(
        `${index + 1}. ${step}: ${state === 'done' ? state : state.toUpperCase()}${took}${note ? `, ${note}` : ''}`,
      );
    })
    .join('\n');
}
