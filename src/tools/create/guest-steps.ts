import { path } from '../../api/path.ts';
import { bytes } from '../../render/units.ts';
import { line } from '../../render/untrusted.ts';
import type { Step } from '../steps.ts';

/** Grows a disk to a size in GiB. */
export function grow(
  node: string,
  vmid: number,
  gib: number,
  disk = 'scsi0',
  type: 'qemu' | 'lxc' = 'qemu',
): Step {
  return {
    ...{ name: `grow ${disk} to ${gib} GiB`, verb: 'PUT', path: path`/nodes/${node}/${type}/${vmid}/resize` },
    params: { disk, size: `${gib}G` },
  };
}

/** Starts a guest. */
export function starting(node: string, vmid: number, type: 'qemu' | 'lxc' = 'qemu'): Step {
  return { name: `start ${vmid}`, verb: 'POST', path: path`/nodes/${node}/${type}/${vmid}/status/start` };
}

/** What was chosen, since nobody did. */
export function chosen(
  given: { node?: string | undefined; storage?: string | undefined; vmid?: number | undefined },
  node: string,
  { storage, free }: { storage: string; free: number },
  volid: string | undefined,
  isFetched: boolean,
): string[] {
  const parts = [
    given.node === undefined && `node ${node} (most memory not yet promised to guests)`,
    given.storage === undefined && `storage ${storage} (${bytes(free)} free)`,
    given.vmid === undefined && 'the next free VMID',
  ].filter((part) => part !== false);
  return [
    ...(parts.length > 0 ? [`Chosen: ${parts.join(', ')}.`] : []),
    ...(volid === undefined ? [] : [line(`Image: ${volid}${isFetched ? '' : ' (was there already)'}.`)]),
  ];
}
