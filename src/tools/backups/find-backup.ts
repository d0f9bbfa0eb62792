import { Failure } from '../../failure.ts';
import { allBackups, type Backup, backupPlaces, backupsAt } from '../../pve/backups.ts';
import type { Guest } from '../../pve/guests.ts';
import { kindOf, type Resource } from '../../pve/resources.ts';
import { Sight } from '../../pve/sight.ts';
import { line } from '../../render/untrusted.ts';
import type { ToolContext } from '../tool.ts';

/**
 * The backup with this volume id; or the newest one of a guest, by its VMID or name. The guest need not be there any
 * more: then a name is looked for in the notes, where Proxmox writes it.
 *
 * @throws Failure `not_found`; `invalid_argument` for a name that several have
 */
export async function findBackup(
  wanted: string,
  resources: readonly Resource[],
  context: Pick<ToolContext, 'pve' | 'signal'>,
): Promise<Backup> {
  const asked = wanted.trim();
  return /^[A-Za-z][\w.-]*:/.test(asked)
    ? byVolume(asked, resources, context)
    : newestOf(asked, resources, context);
}

async function byVolume(
  volid: string,
  resources: readonly Resource[],
  { pve, signal }: Pick<ToolContext, 'pve' | 'signal'>,
): Promise<Backup> {
  const storage = volid.slice(0, volid.indexOf(':'));
  const sight = new Sight();
  const places = backupPlaces(resources, sight);
  const there = places.filter((place) => place.storage === storage);
  const lists = await Promise.all(
    there.map((place) => sight.of(`backups on ${storage}`, backupsAt(pve.api, place, { signal }))),
  );
  const found = lists.flatMap((list) => list ?? []);
  const backup = found.find((each) => each.volid === volid);
  if (backup) return backup;
  const newest = found.sort((a, b) => b.ctime - a.ctime).slice(0, 5);
  throw new Failure(
    'not_found',
    line(`There is no backup ${volid} that this login may see.`),
    [
      there.length === 0
        ? `Storages with backups: ${[...new Set(places.map((place) => place.storage))].join(', ') || 'none'}.`
        : newest.length > 0
          ? line(`The newest on ${storage}: ${newest.map((each) => each.volid).join(', ')}.`)
          : `There are none on ${storage}.`,
      ...notSeen(sight, [storage]),
    ].join(' '),
  );
}

async function newestOf(
  asked: string,
  resources: readonly Resource[],
  { pve, signal }: Pick<ToolContext, 'pve' | 'signal'>,
): Promise<Backup> {
  const guests = resources.filter((one): one is Guest => kindOf(one) === 'guest' && one.vmid !== undefined);
  const same = guests.filter(({ name }) => name?.toLowerCase() === asked.toLowerCase());
  const vmid = /^\d+$/.test(asked) ? Number(asked) : same.length === 1 ? same[0]?.vmid : undefined;
  if (vmid === undefined && same.length > 1)
    throw new Failure(
      'invalid_argument',
      `${same.length} guests are named ${line(asked, 80)}.`,
      `Give a VMID: ${same.map((guest) => `${guest.vmid} (on ${guest.node})`).join(', ')}.`,
    );
  const sight = new Sight();
  const held = await pve.access.permissions();
  const { backups: all } = await allBackups(pve.api, resources, sight, { vmid, signal, held });
  const own = all.filter((each) =>
    vmid === undefined ? each.notes?.trim().toLowerCase() === asked.toLowerCase() : each.vmid === vmid,
  );
  const owners = [...new Set(own.map((each) => each.vmid))];
  if (owners.length > 1)
    throw new Failure(
      'invalid_argument',
      `Backups of ${owners.length} guests are noted as ${line(asked, 80)}.`,
      `Give a VMID: ${owners.join(', ')}.`,
    );
  if (own[0]) return own[0];
  const known = [...new Set(all.flatMap((each) => each.vmid ?? []))].sort((a, b) => a - b);
  throw new Failure(
    'not_found',
    line(`There is no backup of ${asked} that this login may see.`),
    [
      vmid === undefined && known.length > 0 ? `There are backups of: ${known.slice(0, 30).join(', ')}.` : '',
      'backup_report shows who has backups.',
      ...notSeen(sight),
    ]
      .filter(Boolean)
      .join(' '),
  );
}

function notSeen({ unseen }: Sight, about: readonly string[] = []): string[] {
  return unseen
    .filter((text) => about.length === 0 || about.some((word) => text.includes(word)))
    .map((text) => line(`Not seen: ${text}.`));
}
