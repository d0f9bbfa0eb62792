import { CLIENT_INFO_META_KEY, type Server, type ServerContext } from '@modelcontextprotocol/server';
import type { Caller } from '../api/gate/caller.ts';
import type { FailureCode } from '../failure.ts';
import { line } from '../render/untrusted.ts';
import type { Asking } from './asking.ts';
import type { Calling } from './run-tool.ts';
import { type CallMethod, incoming, type TraceCalls } from './trace.ts';
import { type Who, whoIn } from './who.ts';

export interface CallingOptions {
  /** Who is behind every call of which the transport does not say it: `local`, `anonymous`. */
  who: Who;
  /**
   * Told when a call begins; answers what to do when it has ended, with `ok` or the code of its failure. So a shutdown
   * can wait for it.
   */
  onCall(caller: Caller): (code: FailureCode | 'ok') => void;
  /** Follows every call, where traces are wanted. */
  trace?: TraceCalls;
}

/** One request that goes to Proxmox, as it came in. */
export interface Asked {
  method: CallMethod;
  /** The tool's name; of what is no tool, its method, for the ledger and the figures. */
  tool: string;
  context: ServerContext;
  server: Server;
  /** How a person can be asked. Absent where nothing is done that one must approve. */
  asking?: Asking;
}

/** Does what a request asks for in its caller's name: so it is counted, traced, and judged by the gate as theirs. */
export async function asCaller<Result>(
  { method, tool, context, server, asking }: Asked,
  options: CallingOptions,
  work: (calling: Calling) => Promise<Result>,
): Promise<Result> {
  const who = whoIn(context) ?? options.who;
  const trace = options.trace?.(incoming(method, tool, context));
  const { signal } = context.mcpReq;
  const caller: Caller = {
    client: clientName(infoIn(context) ?? server.getClientVersion()),
    identity: who.name,
    scope: who.scope,
    ...{ tool, signal },
    ...asking?.ways,
    ...(trace && { watch: trace }),
  };
  const ended = options.onCall(caller);
  let code: FailureCode | 'ok' = 'ok';
  try {
    return await work({
      ...{ caller, signal, progress() {} },
      onFailure(failed) {
        code = failed;
      },
    });
  } finally {
    trace?.ended(code);
    ended(code);
  }
}

/** In 2026-07-28 a client says with each call who it is. */
function infoIn({ mcpReq }: ServerContext): { name: string; version: string } | undefined {
  const envelope = mcpReq.envelope as Record<string, unknown> | undefined;
  return envelope?.[CLIENT_INFO_META_KEY] as { name: string; version: string } | undefined;
}

/** As the client names itself: anybody's word, so it is cut short. */
function clientName(info: { name: string; version: string } | undefined): string {
  return info === undefined ? 'unknown' : line(`${info.name} ${info.version}`, 80);
}
