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

/** What to ask of a client whose call came to nothing for want of a scope that it can fetch. */
export function stepUp(message: JSONRPCMessage, { challenge }: Visitor): string | undefined {
  if (challenge === undefined || !('result' in message)) return undefined;
  const needed = (message.result._meta as Record<string, unknown> | undefined)?.[NEEDED_SCOPE];
  return needed === undefined ? undefined : challenge(needed as Effect);
}
