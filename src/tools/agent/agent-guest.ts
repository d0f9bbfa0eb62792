import { Failure } from '../../failure.ts';
import type { Guest } from '../../pve/guests.ts';
import { NODE_OFFLINE } from '../../pve/resources.ts';
import type { ToolContext } from '../tool.ts';

/**
 * A VM that can be asked through its agent: it is a VM, and it runs. Whether the agent answers shows at the first call.
 *
 * @throws Failure `wrong_state` with what to do instead
 */
export async function agentGuest(guest: string, { pve, signal }: ToolContext): Promise<Guest> {
  const found = await pve.guests.find(guest, { signal });
  const who = `${found.vmid}${found.name ? ` ${found.name}` : ''}`;
  if (found.type === 'lxc')
    throw new Failure(
      'wrong_state',
      `${who} is a container, and Proxmox's API runs nothing inside containers.`,
      `Use SSH to it, or "pct exec ${found.vmid} -- …" on ${found.node}.`,
    );
  if (found.status === NODE_OFFLINE)
    throw new Failure(
      'node_unreachable',
      `The node of ${who}, ${found.node}, is not online.`,
      'cluster_health says more.',
    );
  if (found.template)
    throw new Failure(
      'wrong_state',
      `${who} is a template, which never runs.`,
      'clone_guest makes a VM of it.',
    );
  if (found.status !== 'running')
    throw new Failure(
      'wrong_state',
      `${who} is ${found.status ?? 'not running'}.`,
      'power_guest action=start starts it.',
    );
  return found;
}
