import type { Judgement } from '../../schema/effect.ts';
import { wordsOf } from '../../schema/path-pattern.ts';
import type { Read } from '../change.ts';
import { path, volume } from '../path.ts';
import { type Call, textOf } from './call.ts';
import { diskLoss, type Guest, guestLoss, snapshotLoss } from './guest-losses.ts';
import { date, gib, list, word } from './loss-words.ts';
import type { TouchedGuest } from './plan.ts';
import { shown } from './plan-text.ts';
import { ownersIn } from './volumes.ts';

const MAX_SENTENCES = 12;

/**
 * What can't be had back once a call is made, in sentences that stay the same as long as it does. What can't be read is
 * said to be unread; what loses nothing has none.
 */
export async function lossesOf(
  call: Call,
  { effect }: Judgement,
  guests: readonly TouchedGuest[],
  read: Read,
): Promise<string[]> {
  if (effect !== 'danger') return [];
  const said = await sentences(call, guests, read).catch(() => ['What would be lost could not be read.']);
  return said.length > MAX_SENTENCES
    ? [...said.slice(0, MAX_SENTENCES - 1), `And ${said.length - MAX_SENTENCES + 1} things more.`]
    : said;
}

async function sentences(call: Call, guests: readonly TouchedGuest[], read: Read): Promise<string[]> {
  const { verb, params } = call;
  const [area, node = '', what = '', third = '', fourth = '', fifth = '', sixth = ''] = wordsOf(call.path);
  if (area === 'cluster' && node === 'bulk-action') return running(guests);
  if (area !== 'nodes') return [];
  const guest = guestNamed(what, node, third, guests);
  if (guest !== undefined) {
    if (verb === 'DELETE' && fourth === '') return guestLoss(guest, read);
    if (fourth === 'status') return running(guests);
    if (fourth === 'snapshot' && sixth === 'rollback') return snapshotLoss(guest, fifth, 'rollback', read);
    if (fourth === 'snapshot' && verb === 'DELETE') return snapshotLoss(guest, fifth, 'delete', read);
    if (fourth === 'config') return diskLoss(guest, textOf(params.delete), read);
    if (fourth === 'unlink') return diskLoss(guest, textOf(params.idlist), read);
    return [];
  }
  if (third === '' && (what === 'qemu' || what === 'lxc'))
    return (await Promise.all(guests.map((each) => guestLoss(each, read)))).flat();
  if (what === 'storage' && fourth === 'content' && verb === 'DELETE')
    return volumeLoss(node, third, wordsOf(call.path).slice(5).join('/'), read);
  if (what === 'storage' && fourth === 'prunebackups') return pruneLoss(node, third, params, read);
  if (what === 'disks' && third === 'wipedisk') return wipeLoss(node, textOf(params.disk), read);
  return /^(?:status|stopall|suspendall)$/.test(what) ? running(guests) : [];
}

function guestNamed(
  type: string,
  node: string,
  vmid: string,
  guests: readonly TouchedGuest[],
): Guest | undefined {
  if ((type !== 'qemu' && type !== 'lxc') || !/^\d+$/.test(vmid)) return undefined;
  return (
    guests.find((guest) => guest.vmid === Number(vmid)) ?? { vmid: Number(vmid), name: undefined, node, type }
  );
}

function running(guests: readonly TouchedGuest[]): string[] {
  const names = guests
    .filter(({ status }) => status === 'running')
    .map(({ vmid, name }) => `${vmid}${word(name)}`);
  if (names.length === 0) return [];
  const be = names.length === 1 ? 'It is running' : `${names.length} guests are running`;
  return [`${be}: ${list(names)}. What is not saved there is lost.`];
}

async function volumeLoss(node: string, storage: string, id: string, read: Read): Promise<string[]> {
  const [owner] = ownersIn(id);
  const whose = owner === undefined ? '' : ` of guest ${owner}`;
  const kind = /backup/.test(id) ? 'The backup' : owner === undefined ? 'The file' : 'The disk';
  const made = /(\d{4})_(\d\d)_(\d\d)-(\d\d)_(\d\d)/.exec(id)?.slice(1);
  const when = made === undefined ? '' : ` of ${made[0]}-${made[1]}-${made[2]} ${made[3]}:${made[4]}`;
  const { data } = await read(path`/nodes/${node}/storage/${storage}/content/${volume(id)}`, {});
  const { size } = (data ?? {}) as { size?: unknown };
  return [`${kind}${whose}${when}${typeof size === 'number' ? `, ${gib(size)}` : ''}.`];
}

async function pruneLoss(
  node: string,
  storage: string,
  params: Call['params'],
  read: Read,
): Promise<string[]> {
  const { data } = await read(path`/nodes/${node}/storage/${storage}/prunebackups`, params);
  const rows = (Array.isArray(data) ? data : []) as { mark?: unknown; vmid?: unknown; ctime?: unknown }[];
  const gone = rows.filter(({ mark }) => mark === 'remove');
  if (gone.length === 0) return ['As it stands no backup would be deleted.'];
  const names = gone.map(({ vmid, ctime }) => `${Number(vmid) || 'some guest'} of ${date(ctime)}`);
  return [`${gone.length === 1 ? 'One backup' : `${gone.length} backups`}: ${list(names)}.`];
}

async function wipeLoss(node: string, disk: string, read: Read): Promise<string[]> {
  const { data } = await read(path`/nodes/${node}/disks/list`, {});
  const rows = (Array.isArray(data) ? data : []) as { devpath?: unknown; size?: unknown; used?: unknown }[];
  const found = rows.find(({ devpath }) => devpath === disk);
  if (found === undefined) return [`No disk ${shown(disk, 60)} is known there.`];
  const use = typeof found.used === 'string' ? `, in use as${word(found.used)}` : '';
  return [
    `The disk ${shown(disk, 60)}${typeof found.size === 'number' ? `, ${gib(found.size)}` : ''}${use}.`,
  ];
}
