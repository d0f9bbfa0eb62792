import type { Server } from '@modelcontextprotocol/server';

/**
 * The two families of MCP revisions. `legacy` (2024-11-05 to 2025-11-25) opens with `initialize` and keeps a session;
 * `modern` (2026-07-28) says all it needs with each request.
 */
export type Era = 'legacy' | 'modern';

/** The modern revision that is served. */
export const MODERN_REVISION = '2026-07-28';

/** Where a tool's error says (in `_meta`) which scope would have been enough for it: `change` or `danger`. */
export const NEEDED_SCOPE = 'proxmox-mcp/needed-scope';

/** Makes an MCP server for one connection. All a transport knows of what it carries. */
export type ServerFactory = (context: { era: Era }) => Server;
