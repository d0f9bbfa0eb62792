import type { MessageExtraInfo, ServerContext } from '@modelcontextprotocol/server';
import type { Effect } from '../schema/effect.ts';

type AuthInfo = NonNullable<MessageExtraInfo['authInfo']>;

/** Who asks, and how far they may go, as a transport found out. */
export interface Who {
  /** `local`, `anonymous`, the name of a token, or `oauth:` and the subject. */
  name: string;
  /** The worst effect that a call of theirs may have. */
  scope: Effect;
}

/** What a transport knows of a message beside its text. */
export interface Brought {
  /** Undefined where its transport asks nobody. */
  who?: Who | undefined;
  /** The `traceparent` of the HTTP request that brought it: anybody's word. */
  traceparent?: string | undefined;
}

/** What goes with a message through the SDK. A token does not. */
export function authInfoOf(brought: Brought): AuthInfo {
  return { token: '', clientId: brought.who?.name ?? '', scopes: [], extra: { ...brought } };
}

/** Who sent the message that is handled. Undefined where its transport asks nobody. */
export function whoIn(context: ServerContext): Who | undefined {
  return broughtWith(context)?.who;
}

/** The `traceparent` of the HTTP request that brought the message that is handled. */
export function traceparentIn(context: ServerContext): string | undefined {
  return broughtWith(context)?.traceparent;
}

function broughtWith(context: ServerContext): Brought | undefined {
  return context.http?.authInfo?.extra;
}
