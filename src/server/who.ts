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

/** What goes with a message of theirs through the SDK. Their token does not. */
export function authInfoOf(who: Who): AuthInfo {
  return { token: '', clientId: who.name, scopes: [], extra: { who } };
}

/** Who sent the message that is handled. Undefined where its transport asks nobody. */
export function whoIn(context: ServerContext): Who | undefined {
  return context.http?.authInfo?.extra?.who as Who | undefined;
}
