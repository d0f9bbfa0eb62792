import {
  type CallToolResult,
  type InputRequiredResult,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type ServerContext,
  SUPPORTED_PROTOCOL_VERSIONS,
} from '@modelcontextprotocol/server';
import type { Tool } from '../tools/tool.ts';
import { Asking } from './asking.ts';
import { asCaller, type CallingOptions } from './calling.ts';
import { handlePrompts } from './handle-prompts.ts';
import { handleResources } from './handle-resources.ts';
import { CAPABILITIES, INSTRUCTIONS, serverInfo } from './identity.ts';
import { listTools } from './list-tools.ts';
import { type Calling, type RunOptions, runTool } from './run-tool.ts';
import { MODERN_REVISION, type ServerFactory } from './server-factory.ts';

/** What is the same for everyone and for as long as the process lives: a client need not ask for it again. */
const LISTED = { ttlMs: 3_600_000, cacheScope: 'public' } as const;
const CACHE_HINTS = {
  'tools/list': LISTED,
  'prompts/list': LISTED,
  'resources/list': LISTED,
  'resources/templates/list': LISTED,
};

export interface McpServerOptions extends RunOptions, CallingOptions {
  tools: readonly Tool[];
  version: string;
  onProtocolError(error: Error): void;
}

/**
 * Makes the factory that every transport receives. What is the same for all connections (the tools list, the table of
 * tools, the identity) is built once, because a server is made for each connection and in one lane for each request.
 *
 * The SDK's plain `Server` is used, not its `McpServer`: the latter converts every tool's schema anew for each list.
 */
export function createServerFactory(options: McpServerOptions): ServerFactory {
  const list = listTools(options.tools);
  const offered = new Set(options.tools.map(({ name }) => name));
  const byName = new Map(options.tools.map((tool) => [tool.name, tool]));
  const info = serverInfo(options.version);

  return ({ era }) => {
    const server = new Server(info, {
      capabilities: CAPABILITIES,
      instructions: INSTRUCTIONS,
      cacheHints: CACHE_HINTS,
      ...(era === 'modern' && {
        supportedProtocolVersions: [...SUPPORTED_PROTOCOL_VERSIONS, MODERN_REVISION],
      }),
    });
    server.onerror = options.onProtocolError;
    server.setRequestHandler('tools/list', () => ({ tools: list }));
    server.setRequestHandler('tools/call', async (request, context) => {
      const tool = byName.get(request.params.name);
      if (tool === undefined) {
        const known = [...offered].join(', ');
        throw new ProtocolError(
          ProtocolErrorCode.InvalidParams,
          `There is no tool ${JSON.stringify(request.params.name)}. Known: ${known}.`,
        );
      }
      const asking = new Asking(era, context, server.getClientCapabilities());
      const asked = { method: 'tools/call', tool: tool.name, context, server, asking } as const;
      return asCaller(asked, options, (calling) =>
        call(tool, request.params.arguments, calling, asking, context, options),
      );
    });
    handlePrompts(server, offered);
    handleResources(server, options);
    return server;
  };
}

async function call(
  tool: Tool,
  args: unknown,
  calling: Calling,
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
