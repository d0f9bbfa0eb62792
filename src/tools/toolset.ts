/** What a tool is for, as `MCP_TOOLSETS` names it; each has a folder here. */
export const TOOLSETS = [
  'cluster',
  'guests',
  'tasks',
  'snapshots',
  'backups',
  'create',
  'agent',
  'reports',
  'api',
] as const;

export type Toolset = (typeof TOOLSETS)[number];

/** Which tools somebody wants: what either list names. Both empty: all. */
export interface Choice {
  /** Names of tool sets, `core` or `all`. */
  toolsets: readonly string[];
  /** Names of tools. */
  tools: readonly string[];
}
