import type { Method } from './method.ts';

/**
 * What a call does to the world. `danger`: it loses data, cuts access, stops work, runs code in a guest or on a node, or
 * touches users, tokens, ACLs, cluster membership or disks.
 */
export type Effect = 'read' | 'change' | 'danger';

/** What a call does, and for a danger why it is one. */
export interface Judgement {
  effect: Effect;
  /** What is lost, stopped or opened, as a person reads it before approving: `the snapshot is gone`. */
  because?: string;
}

/** The calls that the house's own tools make all the time: known to read without the API's description. */
const EVERYDAY =
  /^\/(?:version|nodes|cluster\/resources|access\/permissions|nodes\/[^/]+\/tasks\/[^/]+\/(?:status|log))$/;

/** Whether a call needs no look at the API's description to be known as a read. */
export function isEverydayRead(verb: string, path: string): boolean {
  return verb === 'GET' && EVERYDAY.test(path);
}

/**
 * The effect of a call of `method` with these parameters. Of a method that nobody knows, the worst is taken.
 */
export function effectOf(
  method: Method | undefined,
  _params: Readonly<Record<string, unknown>> = {},
): Judgement {
  if (method === undefined) return { effect: 'danger', because: 'nobody here knows what this call does' };
  if (method.method === 'GET') return { effect: 'read' };
  if (method.method === 'DELETE') return { effect: 'danger', because: 'what it names is deleted' };
  return { effect: 'change' };
}
