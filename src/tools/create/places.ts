import { Failure } from '../../failure.ts';
import { kindOf, type Resource } from '../../pve/resources.ts';
import { bytes } from '../../render/units.ts';
import { line } from '../../render/untrusted.ts';

/** A storage as one node has it. Sizes in bytes. */
export interface Place {
  node: string;
  storage: string;
  free: number;
  total: number;
  shared: boolean;
  /** `dir`, `lvmthin`, … */
  type: string;
  content: readonly string[];
}

interface Host {
  node: string;
  online: boolean;
  /** Bytes that no running guest was promised; 0 where the login may not see them. */
  memory: number;
}

/** Where there is room for something new. */
export interface Rooms {
  hosts: readonly Host[];
  places: readonly Place[];
  /** By VMID. */
  guests: ReadonlyMap<number, Resource>;
}

/** What something new needs of a storage. */
export interface Need {
  /** `images`, `rootdir`, `iso`, `vztmpl`, `import`. */
  content: string;
  /** The one that was asked for. */
  storage?: string | undefined;
  /** Bytes. */
  size?: number | undefined;
  /** The nodes on which alone it can be had. */
  on?: readonly string[] | undefined;
}

/** Above this a storage is taken only if there is no other. */
const NEARLY_FULL = 0.9;

/** Reads the rooms from the rows of `/cluster/resources`. */
export function roomsIn(resources: readonly Resource[]): Rooms {
  const guests = new Map<number, Resource>();
  const promised = new Map<string, number>();
  for (const one of resources) {
    if (kindOf(one) !== 'guest' || one.vmid === undefined) continue;
    guests.set(one.vmid, one);
    const node = one.node ?? '';
    if (one.status === 'running') promised.set(node, (promised.get(node) ?? 0) + (one.maxmem ?? 0));
  }
  const hosts = resources
    .filter(({ type, node }) => type === 'node' && node !== undefined)
    .map(({ node = '', status, maxmem = 0 }) => ({
      ...{ node, online: status === 'online' },
      memory: Math.max(0, maxmem - (promised.get(node) ?? 0)),
    }))
    .sort((a, b) => b.memory - a.memory || (a.node < b.node ? -1 : 1));
  const online = new Set(hosts.filter((host) => host.online).map(({ node }) => node));
  const places = resources
    .filter(
      ({ type, status, node }) => type === 'storage' && status === 'available' && online.has(node ?? ''),
    )
    .map(
      ({
        node = '',
        name = '',
        maxdisk: total = 0,
        disk = 0,
        shared = false,
        plugintype: type = '',
        content,
      }) => ({
        ...{ node, storage: name, total, free: Math.max(0, total - disk), shared, type },
        content: (content ?? '').split(','),
      }),
    )
    .sort((a, b) => (`${a.storage}/${a.node}` < `${b.storage}/${b.node}` ? -1 : 1));
  return { hosts, places, guests };
}

/**
 * The node for something new: the one that was asked for, else the one with most memory that no running guest was promised
 * (which, unlike what is free at the moment, is the same a minute later), of those where every need is met.
 *
 * @throws Failure where there is none, with the reason
 */
export function chooseNode(rooms: Rooms, wanted: string | undefined, needs: readonly Need[]): string {
  if (wanted !== undefined) return checkNode(rooms, wanted);
  const meets = (node: string) => needs.every((need) => fitting(rooms, need, node).length > 0);
  const found = rooms.hosts.find(({ node, online }) => online && meets(node));
  if (found) return found.node;
  for (const need of needs) choosePlace(rooms, need);
  throw new Failure(
    'wrong_state',
    'No node that is online has all that this needs.',
    'Give node and storage; get_cluster_resources shows what is where.',
  );
}

/** The place for a file or a disk: with room, not nearly full, and the most free space. */
export function choosePlace(rooms: Rooms, need: Need, node?: string): Place {
  if (node !== undefined) checkNode(rooms, node);
  const [best] = fitting(rooms, need, node);
  if (best) return best;
  throw noPlace(rooms, need, node);
}

/** Every place that takes this content, as seen from a node. */
export function placesOf({ places }: Rooms, content: string, node: string): Place[] {
  return places.filter((place) => place.node === node && place.content.includes(content));
}

function fitting({ places, hosts }: Rooms, need: Need, node?: string): Place[] {
  const size = need.size ?? 0;
  const order = new Map(hosts.map((host, index) => [host.node, index]));
  return places
    .filter((place) => node === undefined || place.node === node)
    .filter(({ storage, content }) => (need.storage ?? storage) === storage && content.includes(need.content))
    .filter((place) => need.on === undefined || need.on.includes(place.node))
    .filter(({ free }) => free > size)
    .sort(
      (a, b) =>
        Number(isFull(a, size)) - Number(isFull(b, size)) ||
        b.free - a.free ||
        (order.get(a.node) ?? 0) - (order.get(b.node) ?? 0),
    );
}

function isFull({ free, total }: Place, size: number): boolean {
  return total - free + size > total * NEARLY_FULL;
}

function checkNode({ hosts }: Rooms, wanted: string): string {
  const found = hosts.find(({ node }) => node.toLowerCase() === wanted.toLowerCase());
  if (found?.online) return found.node;
  const online = hosts.filter((host) => host.online).map(({ node }) => node);
  const known = `Online: ${online.sort().join(', ') || 'none'}.`;
  if (found)
    throw new Failure(
      'node_unreachable',
      `The node ${found.node} is not online.`,
      `Choose another one. ${known}`,
    );
  throw new Failure('not_found', `There is no node ${line(wanted, 60)}.`, known);
}

const named = (places: readonly Place[]) =>
  [...new Set(places.map(({ storage, free }) => `${storage} (${bytes(free)} free)`))].join(', ');

function noPlace(rooms: Rooms, { content, storage, size, on }: Need, node: string | undefined): Failure {
  const here = rooms.places.filter((place) => node === undefined || place.node === node);
  const where = node === undefined ? '' : ` on ${node}`;
  const able = here.filter((place) => place.content.includes(content));
  const roomy = able.filter(({ free }) => free > 0);
  const others =
    roomy.length > 0
      ? `${content} can go to: ${named(roomy)}.`
      : able.length > 0
        ? `Every storage${where} that takes ${content} is full.`
        : `No storage${where} that this login sees takes it: it needs Datastore.Audit on one, and ${content} among that storage's content (Datacenter > Storage, or PUT /storage/{storage}).`;
  const [one] = here.filter((place) => place.storage === storage);
  if (storage !== undefined && one === undefined)
    return new Failure(
      'not_found',
      `There is no storage ${line(storage, 60)}${where} that this login sees.`,
      others,
    );
  if (one !== undefined && !one.content.includes(content))
    return new Failure(
      'wrong_state',
      `The storage ${one.storage} takes ${one.content.join(', ')}, but no ${content}.`,
      others,
    );
  if (able.length === 0)
    return new Failure('wrong_state', `There is no storage for content ${content}${where}.`, others);
  if (on !== undefined && !able.some((place) => on.includes(place.node)))
    return new Failure(
      'wrong_state',
      `No storage for ${content} where the image lies (${on.join(', ')}).`,
      others,
    );

  return new Failure(
    'wrong_state',
    size === undefined
      ? `${storage === undefined ? `Every storage for ${content} is` : `The storage ${storage} is`} full${where}.`
      : `${storage === undefined ? 'No storage has' : `The storage ${storage} does not have`} ${bytes(size)} free${where}.`,
    `${others} Free space, or choose another; storage_report shows what takes it up.`,
  );
}
