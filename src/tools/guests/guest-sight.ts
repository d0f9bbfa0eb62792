import { path } from '../../api/path.ts';
import { type GuestConfig, type PendingChange, readPending } from '../../pve/guest-config.ts';
import { type Guest, guestAmong } from '../../pve/guests.ts';
import { number, type Row, row, rows, text } from '../../pve/read.ts';
import { NODE_OFFLINE } from '../../pve/resources.ts';
import { Sight } from '../../pve/sight.ts';
import { type ListedTask, nodeTasks, recentTasks } from '../../pve/task-lists.ts';
import type { ToolContext } from '../tool.ts';
import { type Addresses, askAddresses, orOfConfig } from './guest-addresses.ts';
import { backupsOfGuest, type GuestBackups } from './guest-backups.ts';

export interface Snapshot {
  name: string;
  /** Seconds since 1970. */
  time: number;
}

/** All that can be seen of one guest. What is absent could not be seen, and `unseen` says why. */
export interface SeenGuest {
  guest: Guest;
  offline: boolean;
  status?: Row;
  config?: GuestConfig;
  pending: PendingChange[];
  snapshots?: Snapshot[];
  addresses: Addresses;
  backups: GuestBackups;
  tasks: ListedTask[];
  ha?: string;
  unseen: string[];
}

const TASKS = 5;

/** Looks at a guest from all sides at once. `/pending` stands in for `/config`: it has the values of now as well. */
export async function seeGuest(name: string, context: ToolContext): Promise<SeenGuest> {
  const { pve, signal } = context;
  const resources = await pve.resources.list(undefined, { signal });
  const guest = guestAmong(resources, name);
  const { vmid, node, type } = guest;
  const sight = new Sight();
  const offline = guest.status === NODE_OFFLINE;
  const backups = backupsOfGuest(guest, resources, sight, context);
  if (offline) {
    sight.missed('configuration, snapshots, addresses, task log', `${node} is offline`);
    const [found, recent, ha] = await Promise.all([
      backups,
      sight.of('latest tasks', recentTasks(pve.api, { signal })),
      sight.of('HA', pve.api.get<unknown>(path`/cluster/ha/status/current`, {}, { signal })),
    ]);
    const sid = `${type === 'qemu' ? 'vm' : 'ct'}:${vmid}`;
    const state = text(rows(ha).find((each) => each.sid === sid)?.state);
    return {
      ...{ guest, offline, pending: [], backups: found },
      addresses: { from: 'guest', addresses: [], why: `${node} is offline` },
      tasks: (recent ?? []).filter((task) => task.id === String(vmid)).slice(0, TASKS),
      ...(state !== undefined && { ha: state }),
      unseen: sight.unseen,
    };
  }
  const get = (what: string, leaf: 'status/current' | 'pending' | 'snapshot') => {
    const to =
      leaf === 'status/current'
        ? path`/nodes/${node}/${type}/${vmid}/status/current`
        : path`/nodes/${node}/${type}/${vmid}/${leaf}`;
    return sight.of(what, pve.api.get<unknown>(to, {}, { signal }));
  };
  const [status, pending, snapshots, asked, found, tasks] = await Promise.all([
    get('state', 'status/current'),
    get('configuration', 'pending'),
    get('snapshots', 'snapshot'),
    askAddresses(guest, context),
    backups,
    sight.of('tasks', nodeTasks(pve.api, node, { source: 'all', vmid, limit: TASKS }, { signal })),
  ]);
  const read = pending === undefined ? undefined : readPending(pending);
  const ha = text(row(row(status).ha).state);
  return {
    ...{ guest, offline, backups: found, pending: read?.pending ?? [], tasks: tasks?.tasks ?? [] },
    ...(status !== undefined && { status: row(status) }),
    ...(read && { config: read.config }),
    ...(snapshots !== undefined && { snapshots: readSnapshots(snapshots) }),
    addresses: orOfConfig(asked, read?.config ?? new Map()),
    ...(ha !== undefined && { ha }),
    unseen: sight.unseen,
  };
}

/** Newest first; `current` is no snapshot (recorded on PVE 9.2). */
function readSnapshots(data: unknown): Snapshot[] {
  return rows(data)
    .filter(({ name }) => name !== 'current')
    .map(({ name, snaptime }) => ({ name: text(name) ?? '', time: number(snaptime) ?? 0 }))
    .sort((a, b) => b.time - a.time);
}
