import { CAPABILITIES, INSTRUCTIONS, serverInfo } from './identity.ts';
import { listPrompts } from './prompt-text.ts';
import { listResources, listTemplates } from './resources.ts';
import { showTools, type ToolFacts } from './tool-facts.ts';

/**
 * The revisions that open with `initialize`, newest first: the first is offered to a client that asks for one unknown
 * here. A test holds this list, and every answer below, against the SDK's.
 */
const REVISIONS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05', '2024-10-07'];

const PROTOCOL_VERSION_KEY = 'io.modelcontextprotocol/protocolVersion';

/** Answers a message whose answer never varies, as a JSON-RPC result; `undefined` for all that needs the real server. */
export type Opening = (
  method: string,
  params: Record<string, unknown>,
) => Record<string, unknown> | undefined;

/**
 * The first answers of every session (`initialize`, the lists, `ping`) are the same for everyone. Giving them from
 * here lets a stdio server answer before the SDK is loaded, which takes longer than all the rest of its start.
 */
export function createOpening(tools: readonly ToolFacts[], version: string): Opening {
  const offered = new Set(tools.map(({ name }) => name));
  return (method, params) => {
    if (isModern(params)) return undefined;
    switch (method) {
      case 'initialize': {
        const asked = params.protocolVersion;
        if (
          typeof asked !== 'string' ||
          typeof params.clientInfo !== 'object' ||
          typeof params.capabilities !== 'object'
        )
          return undefined;
        return {
          protocolVersion: REVISIONS.includes(asked) ? asked : REVISIONS[0],
          capabilities: CAPABILITIES,
          serverInfo: serverInfo(version),
          instructions: INSTRUCTIONS,
        };
      }
      case 'ping':
        return {};
      case 'tools/list':
        return params.cursor === undefined ? { tools: showTools(tools) } : undefined;
      case 'prompts/list':
        return params.cursor === undefined ? { prompts: listPrompts(offered) } : undefined;
      case 'resources/list':
        return params.cursor === undefined ? { resources: listResources(offered) } : undefined;
      case 'resources/templates/list':
        return params.cursor === undefined ? { resourceTemplates: listTemplates(offered) } : undefined;
      default:
        return undefined;
    }
  };
}

/** A modern request says its revision with each message; that era is the SDK's from the first word. */
function isModern({ _meta }: Record<string, unknown>): boolean {
  return typeof _meta === 'object' && _meta !== null && PROTOCOL_VERSION_KEY in _meta;
}
