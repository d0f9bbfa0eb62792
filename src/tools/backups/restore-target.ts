import { path } from '../../api/path.ts';
import { Failure } from '../../failure.ts';
import type { Backup } from '../../pve/backups.ts';
import { disksOf } from '../../pve/guest-disks.ts';
import { guestConfig, guestNow } from '../../pve/guest-facts.ts';
import type { Guest } from '../../pve/guests.ts';
import { number } from '../../pve/read.ts';
import { kindOf, NODE_OFFLINE, type Resource } from '../../pve/resources.ts';
import { snapshotsOf } from '../../pve/snapshots.ts';
import { time } from '../../render/units.ts';
import { line } from '../../render/untrusted.ts';
import { demandOnline, nameOf } from '../guests/many-guests.ts';
import type { ToolContext } from '../tool.ts';
import { checkReach } from './restore-reach.ts';

export interface AskedTarget {
  vmid?: number | undefined;
  overwrite: boolean;
  node?: string | undefined;
  storage?: string | undefined;
}

/** Where a backup goes. */
export interface Target {
  vmid: number;
  node: string;
  type: 'qemu' | 'lxc';
  /** The guest that is lost for it, and what goes with it. */
  over?: { guest: Guest; lost: string };
  /** Whether the guest that was backed up is still there under another VMID. */
  twin?: Guest;
}

/**
 * Chooses where a backup is restored: to the VMID asked for; else to its own, where that guest is gone; else to the next
 * free one.
 *
 * @throws Failure `exists` with what would be lost, where the VMID is taken and nobody said to overwrite
 */
export async function restoreTarget(
  backup: Backup,
  { vmid, overwrite, node, storage }: AskedTarget,
  resources: readonly Resource[],
  context: Pick<ToolContext, 'pve' | 'signal'>,
): Promise<Target> {
  const { type } = backup;
  if (type === undefined)
    throw new Failure(
      'invalid_argument',
      line(`${backup.volid} does not say whether it is of a VM or of a container.`),
      'Restore it with proxmox_api_call.',
    );
  if (overwrite && vmid === undefined)
    throw new Failure(
      'invalid_argument',
      'Which guest is to be overwritten?',
      'Give its vmid with overwrite.',
    );
  const guests = resources.filter((one): one is Guest => kindOf(one) === 'guest' && one.vmid !== undefined);
  const at = (id: number | undefined) => guests.find((guest) => guest.vmid === id);
  const old = at(vmid);
  if (old) {
    const lost = await lossOf(old, backup, context);
    if (!overwrite)
      throw new Failure(
        'exists',
        `VMID ${vmid} is taken by ${nameOf(old)} (${old.status} on ${old.node}).`,
        `Leave vmid out for a new one. With overwrite=true this is lost for good: ${lost}.`,
      );
    await checkOld(old, type, node, context);
    checkReach(backup, old.node, storage, resources);
    return { vmid: old.vmid, node: old.node, type, over: { guest: old, lost } };
  }
  const original = at(backup.vmid);
  const place = node ?? placeOf(backup, original, resources);
  checkReach(backup, place, storage, resources);
  const free = vmid ?? (original === undefined ? backup.vmid : undefined);
  const next =
    free ?? number(await context.pve.api.get(path`/cluster/nextid`, {}, { signal: context.signal }));
  if (next === undefined) throw new Failure('bad_answer', 'Proxmox names no free VMID.', 'Give vmid.');
  return { vmid: next, node: place, type, ...(original && { twin: original }) };
}

async function checkOld(
  old: Guest,
  type: Guest['type'],
  node: string | undefined,
  { pve, signal }: Pick<ToolContext, 'pve' | 'signal'>,
): Promise<void> {
  demandOnline(old);
  const kind = (one: string) => (one === 'qemu' ? 'VM' : 'container');
  if (old.type !== type)
    throw new Failure(
      'wrong_state',
      `${nameOf(old)} is a ${kind(old.type)} and the backup is of a ${kind(type)}.`,
      'Leave vmid out: it is restored as a new guest.',
    );
  if (node !== undefined && node !== old.node)
    throw new Failure(
      'invalid_argument',
      `${nameOf(old)} stands on ${old.node}, not on ${node}.`,
      'Leave node out: a guest is overwritten where it stands.',
    );
  if ((await guestNow(pve.api, old, { signal })).running)
    throw new Failure(
      'wrong_state',
      `${nameOf(old)} is running: Proxmox overwrites a stopped guest only.`,
      `Shut it down first: power_guest guests=${old.vmid} action=shutdown. Or restore to a new VMID.`,
    );
}

async function lossOf(
  old: Guest,
  backup: Backup,
  { pve, signal }: Pick<ToolContext, 'pve' | 'signal'>,
): Promise<string> {
  const since =
    old.vmid === backup.vmid
      ? ` with all that was written since ${time(backup.ctime)}`
      : ', which is another guest';
  const whole = `${nameOf(old)}${since}`;
  if (old.status === NODE_OFFLINE) return whole;
  try {
    const [config, snapshots] = await Promise.all([
      guestConfig(pve.api, old, { signal }),
      snapshotsOf(pve.api, old, { signal }),
    ]);
    const disks = disksOf(config).map(({ key, size }) => (size === undefined ? key : `${key} ${size}`));
    const names = snapshots.map(({ name }) => line(name, 60));
    return line(`${whole}: disks ${disks.join(', ') || 'none'}; snapshots ${names.join(', ') || 'none'}`);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return `${whole}, its disks and snapshots`;
  }
}

/** Where the guest stood, if that node sees the backup; else a node that does. */
function placeOf(backup: Backup, original: Guest | undefined, resources: readonly Resource[]): string {
  const sees = (node: string | undefined) =>
    resources.some(
      (one) =>
        one.type === 'storage' &&
        one.name === backup.storage &&
        one.node === node &&
        one.status === 'available',
    );
  const shared = resources.some((one) => one.name === backup.storage && one.shared);
  const online = original && original.status !== NODE_OFFLINE ? original.node : undefined;
  return shared && online !== undefined && sees(online) ? online : backup.node;
}
