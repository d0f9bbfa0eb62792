import { disksOf, type GuestConfig } from '../../pve/guest-config.ts';
import type { StoragePlace, Volume } from '../../pve/volumes.ts';

/** Why a volume may be in nobody's way to delete. */
export const WASTE = ['orphan', 'unreferenced', 'unused', 'image', 'backup'] as const;
export type WasteKind = (typeof WASTE)[number];

export interface Waste {
  kind: WasteKind;
  volume: Volume;
  place: StoragePlace;
  /** The key in the config that has an unused disk. */
  key?: string;
}

/** A guest that was looked into: what it stands on. */
export interface LookedInto {
  vmid: number;
  node: string;
  config: GuestConfig;
  /** Of its snapshots; absent where these could not be read. */
  snapshots?: readonly GuestConfig[] | undefined;
}

/** What was seen of the storages. */
export interface SeenVolumes {
  places: readonly { place: StoragePlace; volumes: readonly Volume[] }[];
  /** What is behind a storage, by its name. */
  backings: ReadonlyMap<string, string>;
  guests: readonly LookedInto[];
  /** VMIDs that no guest has, for certain. */
  gone: ReadonlySet<number>;
  /** `101 pve2`: where replication keeps copies; absent where it is not known. */
  replicas?: ReadonlySet<string> | undefined;
}

const DAY = 86_400;
/** How old an image must be to be worth a word: a template leaves no trace in the guests made of it. */
const OLD_IMAGE = 90 * DAY;
const OLD_TEMPLATE = 365 * DAY;

const isDisk = ({ content }: Volume) => content === 'images' || content === 'rootdir';

/**
 * The volumes that nobody seems to need, by their names, which tell whose they are: disks of guests that are gone, disks that
 * their guest does not know (any more), disks that it keeps unused, old images, backups of guests that are gone. Where what
 * would tell was not read, a volume is not called waste.
 */
export function wasteOf(seen: SeenVolumes, now: number): Waste[] {
  const used = new Map<string, { key: string; unused: boolean }>();
  const note = (node: string, config: GuestConfig) => {
    for (const { key, volume, use } of disksOf(config)) {
      const unused = use === 'unused';
      for (const where of refKeys(volume, node, seen)) {
        if (!unused || !used.has(where)) used.set(where, { key, unused });
      }
    }
    const state = config.get('vmstate');
    if (state !== undefined)
      for (const where of refKeys(state, node, seen)) used.set(where, { key: 'vmstate', unused: false });
  };
  for (const { node, config, snapshots = [] } of seen.guests) {
    for (const one of [config, ...snapshots]) note(node, one);
  }
  const byVmid = new Map(seen.guests.map((guest) => [guest.vmid, guest]));
  return seen.places.flatMap(({ place, volumes }) =>
    volumes.flatMap((volume): Waste[] => {
      const found = kindOf(volume, place);
      return found ? [{ volume, place, ...found }] : [];
    }),
  );

  function kindOf(volume: Volume, place: StoragePlace): { kind: WasteKind; key?: string } | undefined {
    const { content, vmid, ctime = now } = volume;
    if (content === 'backup')
      return vmid !== undefined && seen.gone.has(vmid) ? { kind: 'backup' } : undefined;
    const [at = ''] = refKeys(volume.volid, place.node, seen, place);
    const ref = used.get(at);
    if (content === 'iso' || content === 'import')
      return ref === undefined && now - ctime > OLD_IMAGE ? { kind: 'image' } : undefined;
    if (content === 'vztmpl') return now - ctime > OLD_TEMPLATE ? { kind: 'image' } : undefined;
    if (!isDisk(volume) || vmid === undefined) return undefined;
    if (ref) return ref.unused ? { kind: 'unused', key: ref.key } : undefined;
    if (seen.gone.has(vmid)) return { kind: 'orphan' };
    const owner = byVmid.get(vmid);
    if (owner === undefined || owner.snapshots === undefined || isReplica(owner, place)) return undefined;
    return { kind: 'unreferenced' };
  }

  function isReplica(owner: LookedInto, place: StoragePlace): boolean {
    if (place.shared || place.node === owner.node || place.type !== 'zfspool') return false;
    return seen.replicas === undefined || seen.replicas.has(`${owner.vmid} ${place.node}`);
  }
}

/**
 * A volume as one can find it again: what is behind its storage, on which node, and its name without the image it was cloned
 * from (`base-9000-disk-0/vm-100-disk-0`). A config does not say whether a storage is shared, so both are noted.
 */
function refKeys(volid: string, node: string, { backings }: SeenVolumes, place?: StoragePlace): string[] {
  const [, storage = '', rest = ''] = /^([^:]+):(.*)$/.exec(volid) ?? [];
  const parts = rest.split('/');
  const last = parts.at(-1) ?? '';
  const name = /^(?:vm|base|subvol|basevol)-\d+-/.test(last) ? last : parts.slice(-2).join('/');
  const behind = backings.get(storage) ?? storage;
  const [here, anywhere] = [`${behind}@${node}/${name}`, `${behind}/${name}`];
  if (place === undefined) return [here, anywhere];
  return [place.shared ? anywhere : here];
}

/** Bytes that it takes, as far as they are known: what is thin takes less than its size. */
export function bytesOf({ used, size }: Volume): number {
  return used !== undefined && used > 0 && used <= size ? used : size;
}
