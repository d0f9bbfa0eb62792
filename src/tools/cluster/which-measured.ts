import { Failure } from '../../failure.ts';
import type { Measured } from '../../pve/metrics.ts';
import type { ToolContext } from '../tool.ts';

/**
 * The one guest, node or storage that these arguments name.
 *
 * @throws Failure `not_found`, or `invalid_argument` where they name none or several
 */
export async function whichMeasured(
  {
    guest,
    node,
    storage,
  }: { guest?: string | undefined; node?: string | undefined; storage?: string | undefined },
  { pve, signal }: Pick<ToolContext, 'pve' | 'signal'>,
): Promise<{ measured: Measured; name: string }> {
  if (guest !== undefined && storage === undefined) {
    const found = await pve.guests.find(guest, { signal });
    return { measured: found, name: `${found.vmid} ${found.name ?? ''} (${found.type} on ${found.node})` };
  }
  const seen = await pve.resources.list(undefined, { signal });
  if (storage !== undefined && guest === undefined) {
    const places = seen.filter((one) => one.type === 'storage' && one.name === storage);
    const place =
      places.find((one) => (node === undefined ? one.status === 'available' : one.node === node)) ??
      places[0];
    if (place?.node !== undefined && (node === undefined || place.node === node))
      return { measured: { node: place.node, storage }, name: `storage ${storage} on ${place.node}` };
    const known = seen.filter((one) => one.type === 'storage').map((one) => `${one.name} on ${one.node}`);
    throw new Failure(
      'not_found',
      `There is no storage ${storage}${node ? ` on ${node}` : ''}.`,
      `There are: ${known.slice(0, 20).join(', ')}.`,
    );
  }
  if (node !== undefined && guest === undefined) {
    const nodes = seen.filter((one) => one.type === 'node');
    if (nodes.some((one) => one.node === node)) return { measured: { node }, name: `node ${node}` };
    throw new Failure(
      'not_found',
      `There is no node ${node}.`,
      `There are: ${nodes.map((one) => one.node).join(', ')}.`,
    );
  }
  throw new Failure(
    'invalid_argument',
    'One thing has metrics at a time.',
    'Give guest, or node, or storage (with its node).',
  );
}
