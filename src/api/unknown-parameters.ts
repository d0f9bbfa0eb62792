import { Failure } from '../failure.ts';
import type { CallFacts } from './explain.ts';

/**
 * Where PVE knew no such parameter, the error with the nearest names that it does know. Only then is the description of
 * its whole API loaded; every other error comes back as it is.
 */
export async function withKnownNames(error: unknown, call: CallFacts): Promise<unknown> {
  if (!(error instanceof Failure) || (call.product !== undefined && call.product.name !== 'pve'))
    return error;
  const unknown = Object.entries(error.details.errors ?? {})
    .filter(([, text]) => text.startsWith('property is not defined in schema'))
    .map(([name]) => name);
  if (unknown.length === 0) return error;
  const { withNearestNames } = await import('./nearest-names.ts');
  return withNearestNames(error, unknown, call);
}
