import type { JSONRPCMessage, MessageExtraInfo } from '@modelcontextprotocol/server';
import type { Effect } from '../../schema/effect.ts';
import { NEEDED_SCOPE } from '../../server/server-factory.ts';
import { authInfoOf, type Who } from '../../server/who.ts';

/** Who sent a request that was let in. */
export interface Visitor {
  /** Undefined where nobody is asked. */
  who: Who | undefined;
  /** Of the request's head: to which trace the request belongs. */
  traceparent?: string;
  /**
   * What `WWW-Authenticate` says to a client that can fetch itself a token with that scope. Absent where tokens are
   * handed out by people.
   */
  challenge?(scope: Effect): string;
  /** How long their token is still taken, in milliseconds. Absent where it is good for ever. */
  lastsMs?: number;
}

/** Whether a session of the one may be used by the other. */
export function sameVisitor(one: Visitor, other: Visitor): boolean {
  return one.who?.name === other.who?.name;
}

/** What goes with a message of theirs. */
export function saidBy({ who, traceparent }: Visitor): MessageExtraInfo {
  if (who === undefined && traceparent === undefined) return {};
  return { authInfo: authInfoOf({ who, traceparent }) };
}

/** What to ask of a client of whose calls every one came to nothing for want of a scope that it can fetch. */
export function stepUp(answers: readonly JSONRPCMessage[], { challenge }: Visitor): string | undefined {
  const needed = new Set(answers.map(neededScope));
  const widest = WIDEST_FIRST.find((scope) => needed.has(scope));
  // A client sends all of it again: of a batch, nothing may have been done yet.
  if (widest === undefined || needed.has(undefined)) return undefined;
  return challenge?.(widest);
}

const WIDEST_FIRST: readonly Effect[] = ['danger', 'change', 'read'];

function neededScope(answer: JSONRPCMessage): Effect | undefined {
  if (!('result' in answer)) return undefined;
  return (answer.result._meta as Record<string, unknown> | undefined)?.[NEEDED_SCOPE] as Effect | undefined;
}
