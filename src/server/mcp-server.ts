import {
  type CallToolResult,
  CLIENT_INFO_META_KEY,
  type InputRequiredResult,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type ServerContext,
  SUPPORTED_PROTOCOL_VERSIONS,
} from '@modelcontextprotocol/server';
import type { Caller } from '../api/gate/caller.ts';
import type { FailureCode } from '../failure.ts';
import { line } from '../render/untrusted.ts';
import type { Tool } from '../tools/tool.ts';
import { Asking } from './asking.ts';
import { INSTRUCTIONS, serverInfo } from './identity.ts';
import { listTools } from './list-tools.ts';
import { type Calling, type RunOptions, runTool } from './run-tool.ts';
import { MODERN_REVISION, type ServerFactory } from './server-factory.ts';
import { incoming, type TraceCalls } from './trace.ts';
import { type Who, whoIn } from './who.ts';

export interface McpServerOptions extends RunOptions {
  tools: readonly Tool[];
  version: string;
  /** Who is behind every call of which the transport does not say it: `local`, `anonymous`. */
  who: Who;
  /**
   * Told when a call begins; answers what to do when it has ended, with `ok` or the code of its failure. So a shutdown
   * can wait for it.
   */
  onCall(caller: Caller): (code: FailureCode | 'ok') => void;
  onProtocolError(error: Error): void;
  /** Follows every call, where traces are wanted. */
  trace?: TraceCalls;
}

/**
 * Makes the factory that every transport receives. What is the same for all connections (the tools list, the table of
 * tools, the identity) is built once, because a server is made for each connection and in one lane for each request.
 *
 * The SDK's plain `Server` is used, not its `McpServer`: the latter converts every tool's schema anew for each list.
 */
export function createServerFactory(options: McpServerOptions): ServerFactory {
  const list = listTools(options.tools);
  const byName = new Map(options.tools.map((tool) => [tool.name, tool]));
  const info = serverInfo(options.version);

  return ({ era }) => {
    const server = new Server(info, {
      capabilities: { tools: {} },
      instructions: INSTRUCTIONS,
      cacheHints: { 'tools/list': { ttlMs: 3_600_000, cacheScope: 'public' } },
      ...(era === 'modern' && {
        supportedProtocolVersions: [...SUPPORTED_PROTOCOL_VERSIONS, MODERN_REVISION],
      }),
    });
    server.onerror = options.onProtocolError;
    server.setRequestHandler('tools/list', () => ({ tools: list }));
    server.setRequestHandler('tools/call', async (request, context) => {
      const tool = byName.get(request.params.name);
      if (tool === undefined) {
        const known = options.tools.map((each) => each.name).join(', ');
        throw new ProtocolError(
          ProtocolErrorCode.InvalidParams,
          `There is no tool ${JSON.stringify(request.params.name)}. Known: ${known}.`,
        );
      }
      const asking = new Asking(era, context, server.getClientCapabilities());
      const who = whoIn(context) ?? options.who;
      const trace = options.trace?.(incoming(tool.name, context));
      const caller: Caller = {
        client: clientName(infoIn(context) ?? server.getClientVersion()),
        identity: who.name,
        scope: who.scope,
        tool: tool.name,
        signal: context.mcpReq.signal,
        ...asking.ways,
        ...(trace && { watch: trace }),
      };
      const ended = options.onCall(caller);
      let code: FailureCode | 'ok' = 'ok';
      try {
        const onFailure = (failed: FailureCode) => {
          code = failed;
        };
        return await call(tool, request.params.arguments, { caller, onFailure }, asking, context, options);
      } finally {
        trace?.ended(code);
        ended(code);
      }
    });
    return server;
  };
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

async function call(
  tool: Tool,
  args: unknown,
  calling: Pick<Calling, 'caller' | 'onFailure'>,
  asking: Asking,
  context: ServerContext,
  options: RunOptions,
): Promise<CallToolResult | InputRequiredResult> {
  const token = context.mcpReq._meta?.progressToken;
  let told = Promise.resolve();
  let last = -1;
  const result = await runTool(
    tool,
    args,
    {
      ...calling,
      signal: context.mcpReq.signal,
      progress(done, total, message) {
        if (token === undefined) return;
        // The protocol wants a number that grows with every notification.
        last = Math.max(done, last + (done > last ? 0 : 1e-6));
        const params = {
          progressToken: token,
          progress: last,
          ...(total !== undefined && { total }),
          message,
        };
        told = told
          .then(() => context.mcpReq.notify({ method: 'notifications/progress', params }))
          .catch(() => {});
      },
    },
    options,
  );
  // Progress must be on its way before the result is, or the client has stopped listening for it.
  await told;
  // The question goes out in place of the refusal that nobody has approved.
  return (result.isError && asking.question) || result;
}
