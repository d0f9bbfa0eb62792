import type { Api } from '../../api/api.ts';
import { path } from '../../api/path.ts';
import { rows, text } from '../../pve/read.ts';
import { line } from '../../render/untrusted.ts';
import { badFrom, type Finding, good, note } from './finding.ts';

/** Whether all nodes of the cluster are there. One that is switched off may be meant to be. */
export async function* nodes(api: Api): AsyncGenerator<Finding> {
  try {
    const all = rows(await api.get(path`/nodes`));
    const names = (list: typeof all) => list.map(({ node }) => line(text(node) ?? '?', 60)).join(', ');
    const away = all.filter(({ status }) => status === 'offline');
    if (away.length > 0)
      yield note(
        'nodes',
        `${names(away)} of ${all.length} ${away.length === 1 ? 'is' : 'are'} offline: calls about what is there fail.`,
        'If that is not meant: is it switched on, does corosync run there? `pvecm status` on a node that is online.',
      );
    else if (all.length > 0) yield good('nodes', `${names(all)}: none is offline.`);
  } catch (error) {
    yield badFrom('nodes', error);
  }
}
