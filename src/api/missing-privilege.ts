import { Failure } from '../failure.ts';
import type { CallFacts } from './explain.ts';
import type { Params } from './form.ts';
import type { Reading } from './look-at-refusal.ts';
import { readRefusal } from './refusal.ts';

/**
 * A refused call's error with what exactly is missing, and to whom: for that the server is asked what the login may do. Every
 * other error comes back as it is, and so does this one where nothing can be learned.
 */
export async function withMissingPrivilege(
  error: unknown,
  { verb, path, who, product }: CallFacts,
  params: Params | undefined,
  read: Reading,
): Promise<unknown> {
  const isForbidden = error instanceof Failure && error.code === 'forbidden';
  if (!isForbidden || who === undefined || (product !== undefined && product.name !== 'pve')) return error;
  const refusal = readRefusal(error.message);
  if (refusal?.kind !== 'privilege' && refusal?.kind !== 'unsaid') return error;
  try {
    const { hintByLooking, withHint } = await import('./look-at-refusal.ts');
    const hint = await hintByLooking(refusal, { verb, path, params: params ?? {}, who }, read);
    return hint === undefined ? error : withHint(error, hint);
  } catch {
    return error;
  }
}
