/** One tool call of a job. Arguments may come from the answers before it. */
export interface Step {
  tool: string;
  args: Record<string, unknown> | ((before: readonly Answer[]) => Record<string, unknown>);
}

/** What a tool answered, as a client hands it to its model. */
export interface Answer {
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: each job knows what it asked for
  data: any;
}

/** A job that people bring: the fewest calls that a good agent would make, with our tools and with the raw ones alone. */
export interface Job {
  question: string;
  curated: readonly Step[];
  raw: readonly Step[];
  /** What must be in the answers, whichever way: the facts that were asked for. */
  facts: readonly RegExp[];
}

export const tool = (name: string, args: Step['args']): Step => ({ tool: name, args });
export const search = (query: string): Step => tool('api_search', { query });
export const describe = (method: string, path: string): Step => tool('api_describe', { method, path });
export const get = (path: string, more: Record<string, unknown> = {}): Step =>
  tool('proxmox_api_call', { path, ...more });
export const send = (
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  data: Record<string, unknown> = {},
): Step => tool('proxmox_api_call', { path, method, data });

/** The nodes of the demo. */
export const NODES = ['pve1', 'pve2', 'pve3'];
