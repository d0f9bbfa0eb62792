import { type ApiPath, path, taskId } from '../api/path.ts';
import type { Upid } from './upid.ts';

/** Where a task's `status` and `log` are: on its own node, or below its remote on a Datacenter Manager. */
export function taskPath({ upid, node, remote }: Upid, leaf: 'status' | 'log'): ApiPath {
  const id = taskId(upid);
  return remote === undefined
    ? path`/nodes/${node}/tasks/${id}/${leaf}`
    : path`/${remote.product}/remotes/${remote.name}/tasks/${id}/${leaf}`;
}

/** The task itself: `DELETE` stops it. */
export function stopPath({ upid, node, remote }: Upid): ApiPath {
  const id = taskId(upid);
  return remote === undefined
    ? path`/nodes/${node}/tasks/${id}`
    : path`/${remote.product}/remotes/${remote.name}/tasks/${id}`;
}
