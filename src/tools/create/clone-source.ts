import { path } from '../../api/path.ts';
import { Failure } from '../../failure.ts';
import type { Guest } from '../../pve/guests.ts';
import { flag, type Row, row, rows, text } from '../../pve/read.ts';
import { line } from '../../render/untrusted.ts';
import type { ToolContext } from '../tool.ts';

/**
 * The config of a guest, or of a snapshot of it.
 *
 * @throws Failure `not_found` for a snapshot that it does not have, with those that it has
 */
export async function configOf(
  { node, type, vmid }: Guest,
  snapshot: string | undefined,
  { pve, signal }: ToolContext,
): Promise<Row> {
  const at = path`/nodes/${node}/${type}/${vmid}/config`;
  if (snapshot === undefined) return row(await pve.api.get(at, {}, { signal }));
  const all = rows(await pve.api.get(path`/nodes/${node}/${type}/${vmid}/snapshot`, {}, { signal }));
  const names = all.flatMap(({ name }) => text(name) ?? []).filter((name) => name !== 'current');
  if (names.includes(snapshot)) return row(await pve.api.get(at, { snapshot }, { signal }));
  throw new Failure(
    'not_found',
    `${vmid} has no snapshot ${line(snapshot, 60)}.`,
    names.length === 0
      ? 'It has none: leave snapshot out.'
      : `It has: ${names.map((name) => line(name, 60)).join(', ')}.`,
  );
}

/** Whether it can be cloned linked, in Proxmox's own word: it depends on the storage and on the format of each disk. */
export async function canBeLinked(
  { node, type, vmid }: Guest,
  { pve, signal }: ToolContext,
): Promise<boolean> {
  const at = path`/nodes/${node}/${type}/${vmid}/feature`;
  return flag(row(await pve.api.get(at, { feature: 'clone' }, { signal })).hasFeature);
}
