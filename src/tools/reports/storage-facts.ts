import { Failure } from '../../failure.ts';
import type { GuestConfig } from '../../pve/guest-config.ts';
import { guestConfig } from '../../pve/guest-facts.ts';
import type { Guest } from '../../pve/guests.ts';
import { text } from '../../pve/read.ts';
import { kindOf, type Resource } from '../../pve/resources.ts';
import type { Sight } from '../../pve/sight.ts';
import { type Snapshot, snapshotsOf } from '../../pve/snapshots.ts';
import {
  backings,
  isFree,
  replicas,
  type StoragePlace,
  snapshotConfig,
  storagePlaces,
  type Volume,
  volumesAt,
} from '../../pve/volumes.ts';
import type { ToolContext } from '../tool.ts';
import { type Growth, growthOf } from './storage-growth.ts';
import type { LookedInto, SeenVolumes } from './storage-waste.ts';

/** How much is looked into at most: each takes a call. */
export interface Bounds {
  guests: number;
  /** VMIDs without a guest, which are made sure of one by one. */
  missing: number;
  /** Storages whose growth is read. */
  growth: number;
}

/** What was read, and how much that took. */
export interface StorageFacts extends SeenVolumes {
  growth: ReadonlyMap<StoragePlace, Growth>;
  snapshots: readonly (Snapshot & { vmid: number; guest?: string | undefined })[];
  /** Guests with disks there, of which so many were looked into. */
  owners: number;
  calls: number;
}

const MONTH = 30 * 86_400;
/** Snapshots of one guest whose own configs are read, where one of its disks is in question. */
const CONFIGS = 10;

/** Reads the storages side by side, then the guests that have disks there, then what is still in question. */
export async function readStorages(
  resources: readonly Resource[],
  only: string | undefined,
  bounds: Bounds,
  sight: Sight,
  { pve, clock, signal }: ToolContext,
): Promise<StorageFacts> {
  const { api } = pve;
  const options = { signal };
  let calls = 1;
  const read = <T>(what: string, reading: Promise<T>): Promise<T | undefined> => {
    calls += 1;
    return sight.of(what, reading);
  };
  const places = storagePlaces(resources, sight, only);
  const [behind, copies, contents, growth] = await Promise.all([
    read('what is behind the storages', backings(api, options)),
    read('replication', replicas(api, options)),
    Promise.all(
      places.map(async (place) => {
        const what = place.shared ? place.storage : `${place.storage} of ${place.node}`;
        return { place, volumes: (await read(what, volumesAt(api, place, options))) ?? [] };
      }),
    ),
    readGrowth(),
  ]);
  const guests = new Map(
    resources.flatMap((one) =>
      kindOf(one) === 'guest' && one.vmid !== undefined ? [[one.vmid, one as Guest] as const] : [],
    ),
  );
  const online = new Set(
    resources.flatMap((one) => (one.type === 'node' && one.status === 'online' ? one.node : [])),
  );
  const owned = ownersOf(contents.flatMap(({ volumes }) => volumes));
  const there = owned.flatMap((vmid) => guests.get(vmid) ?? []);
  const asked = there.filter(({ node }) => online.has(node)).slice(0, bounds.guests);
  const away = there.filter(({ node }) => !online.has(node));
  if (away.length > 0) sight.missed(`configs of ${away.length} guests`, 'their node is offline');
  const left = there.length - away.length - asked.length;
  if (left > 0)
    sight.missed(
      `configs of ${left} guests`,
      `${bounds.guests} are looked into at once (detail: full: more; or one storage)`,
    );
  const [looked, gone] = await Promise.all([Promise.all(asked.map(lookInto)), goneOf()]);
  const known = looked.flatMap((one) => one ?? []);
  return {
    ...{ places: contents, backings: behind ?? new Map(), guests: known, gone, growth, calls },
    snapshots: known.flatMap(({ vmid, stood }) =>
      stood.map((snapshot) => ({ ...snapshot, vmid, guest: guests.get(vmid)?.name })),
    ),
    owners: there.length,
    ...(copies && { replicas: copies }),
  };

  async function readGrowth(): Promise<Map<StoragePlace, Growth>> {
    const fullest = places
      .toSorted((a, b) => (b.used ?? 0) / (b.total || 1) - (a.used ?? 0) / (a.total || 1))
      .slice(0, bounds.growth);
    if (fullest.length < places.length)
      sight.missed(`growth of ${places.length - fullest.length} storages`, 'only of the fullest ones');
    const now = clock.now() / 1000;
    const window = { since: now - MONTH, until: now, now };
    const found = await Promise.all(
      fullest.map(async (place) => {
        const { node, storage } = place;
        const points = await read(
          `growth of ${storage}`,
          pve.metrics.between({ node, storage }, window, options),
        );
        const grown = growthOf(points ?? [], place);
        return grown ? [[place, grown] as const] : [];
      }),
    );
    return new Map(found.flat());
  }

  async function lookInto(guest: Guest): Promise<(LookedInto & { stood: Snapshot[] }) | undefined> {
    const { vmid, node } = guest;
    const raw = await read(`config of ${vmid}`, guestConfig(api, guest, options));
    if (raw === undefined) return undefined;
    const config = asConfig(raw);
    // A config says what its last snapshot is: most guests have none, and need no second call.
    if (!config.has('parent')) return { vmid, node, config, snapshots: [], stood: [] };
    const stood = await read(`snapshots of ${vmid}`, snapshotsOf(api, guest, options));
    const configs = await Promise.all(
      (stood ?? [])
        .slice(0, CONFIGS)
        .map(({ name }) => read(`snapshot ${name} of ${vmid}`, snapshotConfig(api, guest, name, options))),
    );
    const complete = stood !== undefined && stood.length <= CONFIGS && configs.every(Boolean);
    const snapshots = complete ? configs.flatMap((one) => (one ? asConfig(one) : [])) : undefined;
    return { vmid, node, config, snapshots, stood: stood ?? [] };
  }

  async function goneOf(): Promise<Set<number>> {
    const named = new Set(
      contents.flatMap(({ volumes }) => volumes.flatMap(({ vmid }) => (vmid === undefined ? [] : vmid))),
    );
    const missing = [...named].filter((vmid) => vmid >= 100 && !guests.has(vmid)).sort((a, b) => a - b);
    const asked = missing.slice(0, bounds.missing);
    if (missing.length > asked.length)
      sight.missed(`owners of volumes: ${missing.length - asked.length} VMIDs`, 'too many to make sure of');
    const free = await Promise.all(
      asked.map(async (vmid) => {
        calls += 1;
        return (await isGone(vmid)) ? vmid : [];
      }),
    );
    return new Set(free.flat());
  }

  async function isGone(vmid: number): Promise<boolean> {
    try {
      return await isFree(api, vmid, options);
    } catch (error) {
      // Taken by a guest that is not shown to this login.
      if (error instanceof Failure && ['exists', 'invalid_parameter'].includes(error.code)) return false;
      return (await sight.of(`whether ${vmid} is gone`, Promise.reject(error))) ?? false;
    }
  }
}

/** Owners of disks: those of several disks first, which are likelier to have one too many, then those of the largest. */
function ownersOf(volumes: readonly Volume[]): number[] {
  const owners = new Map<number, { count: number; size: number }>();
  for (const { vmid, content, size } of volumes) {
    if (vmid === undefined || (content !== 'images' && content !== 'rootdir')) continue;
    const before = owners.get(vmid) ?? { count: 0, size: 0 };
    owners.set(vmid, { count: before.count + 1, size: before.size + size });
  }
  return [...owners]
    .sort(([x, a], [y, b]) => b.count - a.count || b.size - a.size || x - y)
    .map(([vmid]) => vmid);
}

function asConfig(raw: Record<string, unknown>): GuestConfig {
  return new Map(
    Object.entries(raw).flatMap(([key, value]) => {
      const read = text(value);
      return read === undefined ? [] : [[key, read] as const];
    }),
  );
}
