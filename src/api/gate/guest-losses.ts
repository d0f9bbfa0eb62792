import { isDiskName } from '../../schema/disk-names.ts';
import type { Read } from '../change.ts';
import { path } from '../path.ts';
import { date, list, word } from './loss-words.ts';
import type { TouchedGuest } from './plan.ts';

/** A guest as its losses are told. */
export type Guest = Pick<TouchedGuest, 'vmid' | 'name' | 'node' | 'type'>;

/** What goes with a guest that is deleted or overwritten: its disks and its snapshots. */
export async function guestLoss(guest: Guest, read: Read): Promise<string[]> {
  const whole = `Guest ${guest.vmid}${word(guest.name)}`;
  const [disks, snapshots] = await Promise.all([
    configOf(guest, read).then(
      (config) => disksIn(config),
      () => undefined,
    ),
    snapshotsOf(guest, read).catch(() => undefined),
  ]);
  const told =
    disks === undefined
      ? 'its disks, which could not be read'
      : disks.length === 0
        ? 'no disk'
        : `${disks.length === 1 ? 'its disk' : `its ${disks.length} disks`} (${list(disks)})`;
  const also =
    snapshots === undefined
      ? 'its snapshots, which could not be read'
      : `${snapshots.length === 0 ? 'no' : snapshots.length} snapshot${snapshots.length === 1 ? '' : 's'}`;
  return [`${whole}: ${told} and ${also}.`];
}

/** What a rollback takes back, or how old the snapshot is that goes. */
export async function snapshotLoss(
  guest: Guest,
  name: string,
  how: 'rollback' | 'delete',
  read: Read,
): Promise<string[]> {
  const found = (await snapshotsOf(guest, read)).find((snapshot) => snapshot.name === name);
  if (found === undefined) return [`There is no such snapshot of guest ${guest.vmid}.`];
  const taken = date(found.snaptime);
  if (how === 'delete') return [`The snapshot${word(name)} of guest ${guest.vmid}, taken ${taken}.`];
  return [
    `All that changed on the disks and in the settings of guest ${guest.vmid}${word(guest.name)} since ${taken}.`,
  ];
}

/** The disks that a change of the config takes away. */
export async function diskLoss(guest: Guest, names: string, read: Read): Promise<string[]> {
  const wanted = names.split(/[\s,;]+/).filter((name) => isDiskName(name));
  if (wanted.length === 0) return [];
  const config = await configOf(guest, read);
  return wanted.map((name) => {
    const value = config[name];
    if (typeof value !== 'string') return `Guest ${guest.vmid} has no ${name}.`;
    return `${name} of guest ${guest.vmid}:${word(value.split(',')[0])}${sizeIn(value)}.`;
  });
}

function disksIn(config: Record<string, unknown>): string[] {
  return Object.entries(config).flatMap(([name, value]) => {
    if (!isDiskName(name) || typeof value !== 'string' || /(?:^|,)media=cdrom|^none/.test(value)) return [];
    return [`${name}${sizeIn(value)}`];
  });
}

/** As the config writes it: `32G`. */
function sizeIn(value: string): string {
  const [, size] = /(?:^|,)size=(\d+[KMGT]?)(?:,|$)/.exec(value) ?? [];
  return size === undefined ? '' : ` ${size}`;
}

async function configOf({ node, type, vmid }: Guest, read: Read): Promise<Record<string, unknown>> {
  const { data } = await read(path`/nodes/${node}/${type}/${vmid}/config`, {});
  return (data ?? {}) as Record<string, unknown>;
}

async function snapshotsOf({ node, type, vmid }: Guest, read: Read) {
  const { data } = await read(path`/nodes/${node}/${type}/${vmid}/snapshot`, {});
  const rows = (Array.isArray(data) ? data : []) as { name?: unknown; snaptime?: unknown }[];
  return rows.filter(({ name }) => name !== 'current');
}
