import type { Sight } from '../../pve/sight.ts';
import { askedNode } from '../tasks/asked-tasks.ts';
import type { ToolContext } from '../tool.ts';

/**
 * The nodes that a report can be made of, by name: the one that was asked for, or all. A node that is offline is not asked
 * anything, which would take 3 s, and is said to be unseen.
 *
 * @param what of which nothing can be seen there: `disks`
 * @throws Failure `not_found` for a node that is not in the cluster
 */
export async function reportedNodes(
  node: string | undefined,
  what: string,
  sight: Sight,
  context: ToolContext,
): Promise<string[]> {
  const { pve, signal } = context;
  const { nodes } = await pve.resources.whereabouts({ signal });
  const wanted = node === undefined ? [...nodes.keys()].sort() : [await askedNode(node, context)];
  return wanted.filter((name) => {
    const there = nodes.get(name)?.status === 'online';
    if (!there) sight.missed(`${what} of ${name}`, 'the node is offline');
    return there;
  });
}
