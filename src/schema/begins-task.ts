import type { Method } from './method.ts';
import { workers } from './workers.ts';

/** How sure it is that a call's answer is a UPID: `sometimes` where the call may also be done at once. */
export type BeginsTask = 'always' | 'sometimes' | undefined;

/**
 * Whether a call answers with the UPID of a task. Undefined where it does not, and where nobody here can say: PVE's
 * description calls such an answer a text like any other, so the known ones are listed; PBS's has the shape of a UPID in it.
 */
export function beginsTask({ method, path, returns }: Method): BeginsTask {
  if (method === 'GET' || returns?.type !== 'string') return undefined;
  const known = Object.hasOwn(workers, `${method} ${path}`);
  const isUpid = typeof returns.pattern === 'string' && returns.pattern.includes('UPID:');
  if (!known && !isUpid) return undefined;
  return returns.optional ? 'sometimes' : 'always';
}
