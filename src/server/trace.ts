import type { ServerContext } from '@modelcontextprotocol/server';
import type { Watch } from '../api/watch.ts';
import type { FailureCode } from '../failure.ts';
import { traceparentIn } from './who.ts';

/** A tool call as it comes in. */
export interface Incoming {
  tool: string;
  transport: 'pipe' | 'tcp';
  /** The `traceparent` (W3C Trace Context) that the client says with the call, in `_meta`. Anybody's word. */
  said: string | undefined;
  /** The `traceparent` of the HTTP request that brought the call. Anybody's word. */
  carried: string | undefined;
}

/** Follows one tool call: what is sent for it, and how it ends. */
export interface CallTrace extends Watch {
  ended(code: FailureCode | 'ok'): void;
}

/** Begins to follow a tool call. */
export type TraceCalls = (call: Incoming) => CallTrace;

export function incoming(tool: string, context: ServerContext): Incoming {
  const said = context.mcpReq._meta?.traceparent;
  return {
    tool,
    transport: context.http === undefined ? 'pipe' : 'tcp',
    said: typeof said === 'string' ? said : undefined,
    carried: traceparentIn(context),
  };
}
