import type {
  Resource as ListedResource,
  ResourceTemplateType as ListedTemplate,
} from '@modelcontextprotocol/server';

/**
 * What can be attached to a conversation without a tool call. Each stands for a tool, and is offered with it: choosing
 * tools, and forbidding what they need, then means the same for both.
 */
const CLUSTER = {
  uri: 'proxmox://cluster',
  name: 'cluster',
  title: 'Cluster',
  description: 'Nodes, guests and storages in short: what there is, what runs, what is away or full.',
  tool: 'get_cluster_resources',
};

const GUEST = {
  uriTemplate: 'proxmox://guest/{vmid}',
  name: 'guest',
  title: 'Guest',
  description: 'A VM or container: state, config, addresses, snapshots, last backup, recent tasks.',
  tool: 'get_guest',
};

const TASK = {
  uriTemplate: 'proxmox://task/{upid}',
  name: 'task',
  title: 'Task log',
  description: 'A task by its UPID: how it ended, why, and its log.',
  tool: 'get_task',
};

/** All of them are text, as the tools' answers are. */
export const MIME_TYPE = 'text/plain';

/** The resources as `resources/list` shows them. @param tools the names of those that are offered */
export function listResources(tools: ReadonlySet<string>): ListedResource[] {
  return [CLUSTER].filter(({ tool }) => tools.has(tool)).map(shown);
}

/** The templates as `resources/templates/list` shows them. @param tools the names of those that are offered */
export function listTemplates(tools: ReadonlySet<string>): ListedTemplate[] {
  return [GUEST, TASK].filter(({ tool }) => tools.has(tool)).map(shown);
}

function shown<Facts extends { tool: string }>({ tool: _, ...facts }: Facts) {
  return { ...facts, mimeType: MIME_TYPE };
}

/** What a URI names, and the tool that it stands for. */
export type Named = { tool: string } & ({ kind: 'cluster' } | { kind: 'guest' | 'task'; id: string });

/** Reads a URI of ours, as strictly or loosely escaped as clients fill templates in. */
export function namedBy(uri: string): Named | undefined {
  const [, kind, escaped] = /^proxmox:\/\/(cluster|guest|task)(?:\/([^/?#]+))?\/?$/.exec(uri) ?? [];
  if (kind === 'cluster') return escaped === undefined ? { kind, tool: CLUSTER.tool } : undefined;
  const id = escaped === undefined ? undefined : unescaped(escaped);
  if (id === undefined) return undefined;
  return kind === 'guest' ? { kind, id, tool: GUEST.tool } : { kind: 'task', id, tool: TASK.tool };
}

function unescaped(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
