import { inspect } from 'node:util';
import { expect } from 'vitest';
import { Failure } from '../src/failure.ts';

/** The Failure with which the work ends, which says what happened and what to do; anything else fails the test. */
export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const outcome = await work.then(
    (value) => new Error(`it did not fail but gave ${inspect(value)}`),
    (error) => error,
  );
  if (!(outcome instanceof Failure)) throw outcome;
  expect(outcome.message).not.toBe('');
  expect(outcome.hint).not.toBe('');
  return outcome;
}
