import type { Api } from '../api/api.ts';
import { type ApiPath, path } from '../api/path.ts';
import { number, rows, text } from './read.ts';

/** How much of a log with numbered lines is read at most. */
const PAGE = 5_000;

/**
 * Lines of a node's journal, oldest first, with times of that node's zone. A window and a count exclude each other, so
 * Proxmox can't be asked for the last lines of a window.
 */
export async function readJournal(
  api: Api,
  node: string,
  which: { last: number } | { since: number; until: number },
  options: { signal?: AbortSignal } = {},
): Promise<string[]> {
  const params = 'last' in which ? { lastentries: which.last } : which;
  const data = await api.get<unknown>(path`/nodes/${node}/journal`, params, options);
  const lines = Array.isArray(data) ? data.flatMap((line) => text(line) ?? []) : [];
  // The first and the last are cursors (recorded on PVE 9.2).
  return lines.filter(
    (line, index) => !((index === 0 || index === lines.length - 1) && /^s=\w+;/.test(line)),
  );
}

/** The end of a firewall's log, oldest first. `skipped` counts the lines before it that were not read. */
export async function readFirewallLog(
  api: Api,
  of: { node: string; guest?: { type: 'qemu' | 'lxc'; vmid: number } },
  window: { since?: number; until?: number },
  options: { signal?: AbortSignal } = {},
): Promise<{ lines: string[]; skipped: number }> {
  const { node, guest } = of;
  const to: ApiPath = guest
    ? path`/nodes/${node}/${guest.type}/${guest.vmid}/firewall/log`
    : path`/nodes/${node}/firewall/log`;
  const page = async (start: number) => {
    const answer = await api.request('GET', to, { ...window, start, limit: PAGE }, options);
    const lines = rows(answer.data).map((row) => text(row.t) ?? '');
    const empty = lines.length === 1 && lines[0] === 'no content';
    return { lines: empty ? [] : lines, total: number(answer.total) ?? lines.length };
  };
  const head = await page(0);
  if (head.total <= head.lines.length || head.lines.length < PAGE) return { lines: head.lines, skipped: 0 };
  const skipped = Math.max(0, head.total - PAGE);
  return { lines: (await page(skipped)).lines, skipped };
}
