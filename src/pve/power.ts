import { type ApiPath, path } from '../api/path.ts';
import type { Guest } from './guests.ts';

/** What can be done to the power of a guest. `stop` and `reset` are hard: nothing is saved. */
export type PowerAction = 'start' | 'shutdown' | 'reboot' | 'suspend' | 'resume' | 'stop' | 'reset';

/**
 * Where a POST begins the task that does it. Many a mistake shows in that task alone: a VM that is started twice, a template,
 * a lock (recorded on PVE 9.2); for containers the same mistakes are a 500 at once.
 */
export function powerPath(
  { node, type, vmid }: Pick<Guest, 'node' | 'type' | 'vmid'>,
  action: PowerAction,
): ApiPath {
  return path`/nodes/${node}/${type}/${vmid}/status/${action}`;
}
