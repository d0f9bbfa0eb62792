import type { ServerContext } from '@modelcontextprotocol/server';
import type { Watch } from '../api/watch.ts';
import type { FailureCode } from '../failure.ts';
import { traceparentIn } from './who.ts';

/** The requests that make calls to Proxmox. */
export type CallMethod = 'tools/call' | 'resources/read' | 'completion/complete';

/** A tool call, or another request that reads from Proxmox, as it comes in. */
export interface Incoming {
  method: CallMethod;
  /** Its name; of what is no tool, the method. */
  tool: string;
  transport: 'pipe' | 'tcp';
  /** The `traceparent` (W3C Trace Context) that the client says with the call, in `_meta`. Anybody's word. */
  said: string | undefined;
  /** The `traceparent` of the HTTP request that brought the call. Anybody's word. */
  carried: string | undefined;
}

/** Follows one call: what is sent for it, and how it ends. */
export interface CallTrace extends Watch {
  ended(code: FailureCode | 'ok'): void;
}

/** Begins to follow a call. */
export type TraceCalls = (call: Incoming) => CallTrace;

export function incoming(method: CallMethod, tool: string, context: ServerContext): Incoming {
  const said = context.mcpReq._meta?.traceparent;
  return {
    ...{ method, tool },
    transport: context.http === undefined ? 'pipe' : 'tcp',
    said: typeof said === 'string' ? said : undefined,
    carried: traceparentIn(context),
  };
}
