import { path, taskId } from '../../api/path.ts';
import { number, rows, text } from '../../pve/read.ts';
import type { Upid } from '../../pve/upid.ts';
import type { ToolContext } from '../tool.ts';

/** How much of a log is read at most: a disk that is copied writes tens of thousands of lines. */
const MOST = 5_000;

/** The log of a task. */
export interface ReadLog {
  /** Oldest first, as they came. */
  lines: string[];
  /** How many lines the log has. */
  total: number;
}

/**
 * Reads the log of a task; of a very long one its end, and its beginning left out.
 *
 * @throws Failure as the server refuses, `node_unreachable` where the task's node is away
 */
export async function readTaskLog(
  { upid, node }: Pick<Upid, 'upid' | 'node'>,
  { pve, signal }: Pick<ToolContext, 'pve' | 'signal'>,
): Promise<ReadLog> {
  const page = async (start: number) => {
    const to = path`/nodes/${node}/tasks/${taskId(upid)}/log`;
    const answer = await pve.api.request('GET', to, { start, limit: MOST }, { signal });
    const found = rows(answer.data);
    // An empty log says so in a line that is none (recorded on PVE 9.2).
    const empty = found.length === 1 && found[0]?.t === 'no content';
    const lines = empty ? [] : found.map((row) => text(row.t) ?? '');
    return { lines, total: empty ? 0 : (number(answer.total) ?? lines.length) };
  };
  const head = await page(0);
  return head.total > head.lines.length ? page(Math.max(0, head.total - MOST)) : head;
}
