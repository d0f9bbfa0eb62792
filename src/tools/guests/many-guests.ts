import { Failure } from '../../failure.ts';
import type { Guest } from '../../pve/guests.ts';
import { NODE_OFFLINE } from '../../pve/resources.ts';
import type { Task } from '../../pve/tasks.ts';
import { fence, line } from '../../render/untrusted.ts';

/** How many guests are worked on at once: a node that is given twenty jobs together does none of them soon. */
export const AT_ONCE = 4;

/**
 * Nothing can be done to a guest whose node is away.
 *
 * @throws Failure `node_unreachable`
 */
export function demandOnline({ status, node, vmid }: Guest): void {
  if (status !== NODE_OFFLINE) return;
  throw new Failure(
    'node_unreachable',
    `The node of ${vmid}, ${node}, is not online.`,
    'Bring the node back, or look with cluster_health at what HA does.',
  );
}

/** Why it failed for one of many, and whether it may have been done all the same: then it must not just be sent again. */
export function whyFailed({ message, details }: Failure): string {
  return details.mayHaveRun
    ? `${message.replace(/\.$/, '')}. It may have been done all the same: look before you send it again`
    : message;
}

/** Why some of many failed, fenced: how a task ended may be in somebody else's words. Undefined where none did. */
export function whyTheyFailed(
  all: readonly { vmid: number; state: string; error?: string | undefined }[],
): string | undefined {
  const failed = all.filter(({ state }) => state === 'failed');
  const lines = failed.map(({ vmid, error }) => line(`${vmid}: ${error}`, 500));
  return lines.length === 0 ? undefined : fence('errors', lines.join('\n'));
}

/** What a task that succeeded warned of, as the end of a sentence; nothing where it did not. */
export function warned(task: Pick<Task, 'exitstatus' | 'upid'> | undefined): string | undefined {
  if (task?.exitstatus === undefined || task.exitstatus === 'OK') return undefined;
  return `${task.exitstatus}: see get_task upid=${task.upid}`;
}

/** `100 web1`, fit for a sentence. */
export function nameOf({ vmid, name }: { vmid: number; name?: string | undefined }): string {
  return line(name === undefined ? String(vmid) : `${vmid} ${name}`, 80);
}
