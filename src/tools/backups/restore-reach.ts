import { Failure } from '../../failure.ts';
import type { Backup } from '../../pve/backups.ts';
import { disksOf } from '../../pve/guest-disks.ts';
import type { Guest } from '../../pve/guests.ts';
import type { Row } from '../../pve/read.ts';
import type { Resource } from '../../pve/resources.ts';
import { line } from '../../render/untrusted.ts';

/** Whether that node is there, sees the backup, and has the storage that was asked for. */
export function checkReach(
  backup: Backup,
  node: string,
  storage: string | undefined,
  resources: readonly Resource[],
): void {
  const nodes = resources.filter(({ type }) => type === 'node');
  const home = nodes.find((one) => one.node === node);
  if (home === undefined || home.status !== 'online')
    throw new Failure(
      home ? 'node_unreachable' : 'not_found',
      home ? `The node ${node} is not online.` : `There is no node ${node}.`,
      `Online: ${nodes.flatMap((one) => (one.status === 'online' ? (one.node ?? []) : [])).join(', ')}.`,
    );
  const there = resources.filter(
    (one) => one.type === 'storage' && one.node === node && one.status === 'available',
  );
  const from = there.find(({ name }) => name === backup.storage);
  if (from === undefined || (!from.shared && node !== backup.node))
    throw new Failure(
      'wrong_state',
      line(`${node} does not see ${backup.volid}: it lies on ${backup.storage} of ${backup.node}.`),
      `Restore it on ${backup.node} (node=${backup.node}) and move the guest afterwards with migrate_guest.`,
    );
  if (storage === undefined) return;
  const disks = disksFor(backup.type, there);
  if (!disks.includes(storage))
    throw new Failure(
      'invalid_argument',
      `Storage ${storage} on ${node} takes no disks of a ${backup.type === 'lxc' ? 'container' : 'VM'}, or is not there.`,
      `These do: ${disks.join(', ') || 'none'}.`,
    );
}

/** The storages on a node that take the disks of such a guest. */
function disksFor(type: Guest['type'] | undefined, there: readonly Resource[]): string[] {
  const wanted = type === 'lxc' ? 'rootdir' : 'images';
  return there
    .filter(({ content }) => content?.split(',').includes(wanted))
    .flatMap(({ name }) => name ?? [])
    .sort();
}

/**
 * Whether the storages that the saved disks lay on are there; without a `storage` each disk goes back to its own.
 *
 * @throws Failure `wrong_state` that names what takes disks
 */
export function checkDisks(
  saved: Row,
  { node, type }: { node: string; type: Guest['type'] },
  resources: readonly Resource[],
): void {
  const there = resources.filter(
    (one) => one.type === 'storage' && one.node === node && one.status === 'available',
  );
  const able = disksFor(type, there);
  const lost = disksOf(saved).filter(({ storage }) => storage !== undefined && !able.includes(storage));
  if (lost.length === 0) return;
  throw new Failure(
    'wrong_state',
    line(
      `On ${node} there is no storage for ${lost.map(({ key, storage }) => `${key} (was on ${storage})`).join(', ')}.`,
    ),
    `Give storage: ${able.join(', ') || 'none there takes disks'}.`,
  );
}
