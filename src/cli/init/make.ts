import type { Api } from '../../api/api.ts';
import { Failure } from '../../failure.ts';
import { row, text } from '../../pve/read.ts';
import type { Step } from './wanted.ts';

/**
 * Takes the steps one by one. `done` hears of each; `keep` gets the token's secret before the next step, for it is shown
 * only once; `next` says what to do when it stops halfway. Whoever wants to stop is heard between two steps.
 *
 * @throws Failure of the step that failed, which also says what was done before it, and what to do about that
 */
export async function make(
  api: Api,
  steps: readonly Step[],
  told: {
    done(step: Step): void;
    keep?(secret: string): Promise<void>;
    next: string;
    stopSignal: Promise<void>;
  },
): Promise<void> {
  const done: string[] = [];
  let isStopped = false;
  void told.stopSignal.then(() => {
    isStopped = true;
  });
  for (const step of steps) {
    try {
      // What was called for is waited for: else nobody would know whether it was done.
      if (isStopped) throw new Failure('cancelled', 'You wanted it to.', 'Nothing more is done.');
      const answer = await api.request(step.verb, step.path, step.params);
      done.push(`${word(step)} ${step.what}`);
      const secret = text(row(answer.data).value);
      if (secret !== undefined) await told.keep?.(secret);
    } catch (error) {
      throw halfDone(error, step, done, told.next);
    }
    told.done(step);
  }
}

/** What a step did, as a word. */
export function word({ verb }: Step): 'removed' | 'made' | 'set' {
  if (verb === 'DELETE') return 'removed';
  return verb === 'POST' ? 'made' : 'set';
}

function halfDone(error: unknown, step: Step, done: readonly string[], next: string): unknown {
  if (!(error instanceof Failure)) return error;
  const before =
    done.length === 0 ? 'Nothing was changed before that.' : `Done before that: ${done.join('; ')}.`;
  const isUntouched = done.length === 0 && !error.details.mayHaveRun;
  return new Failure(
    error.code,
    `It stopped at: ${step.what}. ${error.message} ${before}`,
    isUntouched ? error.hint : `${error.hint} ${next}`,
    error.details,
    error,
  );
}
