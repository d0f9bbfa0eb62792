import { disksOf, hasAgent, nicsOf } from '../../pve/guest-config.ts';
import { flag, number, text } from '../../pve/read.ts';
import { taskMeaning } from '../../pve/task-types.ts';
import { bytes, duration, percent, time, usage } from '../../render/units.ts';
import { cap, clean, fence, line } from '../../render/untrusted.ts';
import type { Detail } from '../detail.ts';
import type { SeenGuest } from './guest-sight.ts';

/** How many of a list are named one by one. */
const NAMED = 16;

/** What is known of a guest, in parts by their weight. `now` in seconds since 1970. */
export function guestParts(seen: SeenGuest, wanted: Detail, now: number): (string | undefined | false)[] {
  const lines = [
    ...figures(seen),
    ...setup(seen),
    addresses(seen),
    snapshots(seen, now),
    backup(seen, now),
    ...state(seen),
    ...tasks(seen, now),
  ].filter((each) => each !== undefined);
  const notes = clean(seen.config?.get('description') ?? '').trim();
  const config = [...(seen.config ?? [])].sort().filter(([key]) => key !== 'description');
  return [
    headline(seen),
    fence('Proxmox', lines.map((each) => line(each, 1_200)).join('\n')),
    ...seen.unseen.map((each) => line(`Not seen: ${each}`)),
    seen.tasks.some((task) => task.state === 'failed') && 'Why a task failed: get_task with its UPID.',
    notes !== '' && fence(`notes of ${seen.guest.vmid}`, cap(notes, wanted === 'full' ? 8_000 : 600)),
    wanted === 'full' &&
      fence('config', config.map(([key, value]) => line(`${key}: ${value}`, 2_000)).join('\n')),
  ];
}

function headline({ guest, status, offline }: SeenGuest): string {
  const { vmid, name, type, node, tags = [], pool, template } = guest;
  const kind = `${type === 'qemu' ? 'VM' : 'container'}${template ? ' template' : ''}`;
  const paused = text(status?.qmpstatus);
  const now = text(status?.status) ?? guest.status ?? 'unknown';
  const up = number(status?.uptime) ?? 0;
  const parts = [
    `${vmid}${name === undefined ? '' : ` ${name}`}: ${kind} on ${node}, ${offline ? 'STATE UNKNOWN, its node is offline' : now}`,
    paused !== undefined && paused !== now && `(${paused})`,
    up > 0 && `for ${duration(up)}`,
    tags.length > 0 && `tags ${tags.join(' ')}`,
    pool !== undefined && `pool ${pool}`,
  ];
  return line(parts.filter(Boolean).join('; ').replace('; for', ' for').replace('; (', ' ('));
}

function figures({ status, guest }: SeenGuest): (string | undefined)[] {
  if (status?.status !== 'running') return [];
  const [cpu, cpus, mem, maxmem] = [status.cpu, status.cpus, status.mem, status.maxmem].map(number);
  const [disk, maxdisk] = [number(status.disk), number(status.maxdisk)];
  const parts = [
    cpu !== undefined && `CPU ${percent(cpu)} of ${cpus ?? '?'}`,
    mem !== undefined && `memory ${usage(mem, maxmem ?? 0)}`,
    // Proxmox does not look into the disks of VMs.
    guest.type === 'lxc' && disk !== undefined && `root disk ${usage(disk, maxdisk ?? 0)}`,
  ];
  return [`use: ${parts.filter(Boolean).join('; ')}`];
}

function setup({ config, guest, status }: SeenGuest): string[] {
  if (config === undefined) return [];
  const get = (key: string) => config.get(key);
  const sockets = number(get('sockets')) ?? 1;
  const cores = guest.type === 'qemu' ? sockets * (number(get('cores')) ?? 1) : number(get('cores'));
  const memory = number(status?.maxmem) ?? guest.maxmem;
  const facts = [
    cores === undefined ? 'all cores of the node' : cores === 1 ? '1 core' : `${cores} cores`,
    memory !== undefined && `${bytes(memory)} memory`,
    get('cpu') !== undefined && `cpu ${get('cpu')}`,
    get('ostype') !== undefined && `ostype ${get('ostype')}`,
    get('boot') !== undefined && `boot ${get('boot')}`,
    `onboot ${flag(get('onboot')) ? 'yes' : 'no'}`,
    guest.type === 'qemu' && `agent ${hasAgent(config) ? 'on' : 'off'}`,
    flag(get('unprivileged')) && 'unprivileged',
    flag(get('protection')) && 'protected against removal',
  ];
  const disks = disksOf(config).map(({ key, volume, size, mount, use }) =>
    [key, volume, size, mount && `at ${mount}`, use && `(${use})`].filter(Boolean).join(' '),
  );
  const nics = nicsOf(config).map(({ key, model, bridge, tag, mac, firewall }) =>
    [key, model, bridge && `on ${bridge}`, tag && `VLAN ${tag}`, mac, firewall && 'firewall']
      .filter(Boolean)
      .join(' '),
  );
  return [`config: ${facts.filter(Boolean).join('; ')}`, `disks: ${some(disks)}`, `network: ${some(nics)}`];
}

function addresses({ addresses: { from, addresses: all, why } }: SeenGuest): string {
  const list = some(all.map(({ nic, ip }) => `${nic} ${ip}`));
  if (from === 'guest' && all.length > 0) return `addresses: ${list}`;
  const reason = why === undefined ? '' : ` (the guest was not asked: ${why})`;
  return all.length === 0
    ? `addresses: unknown${reason}`
    : `addresses by its config, not confirmed: ${list}${reason}`;
}

function snapshots({ snapshots: all }: SeenGuest, now: number): string | undefined {
  if (all === undefined) return undefined;
  const [newest] = all;
  const oldest = all.at(-1);
  if (newest === undefined || oldest === undefined) return 'snapshots: none';
  const told = (one: { name: string; time: number }) => `${one.name} (${duration(now - one.time)} old)`;
  return all.length === 1
    ? `snapshots: 1, ${told(newest)}`
    : `snapshots: ${all.length}, newest ${told(newest)}, oldest ${told(oldest)}`;
}

function backup({ backups: { last, count, storages } }: SeenGuest, now: number): string {
  const where = storages.length === 0 ? 'no storage for backups can be seen' : `looked on ${some(storages)}`;
  if (last === undefined) return `last backup: NONE FOUND (${where})`;
  const size = last.size === undefined ? '' : `, ${bytes(last.size)}`;
  const kept = last.protected ? ', protected' : '';
  return `last backup: ${time(last.time)}, ${duration(now - last.time)} ago, on ${last.storage}${size}${kept}; ${count} in all`;
}

function state({ guest, pending, ha }: SeenGuest): (string | undefined)[] {
  const changes = pending.map(
    ({ key, before, after }) => `${key} ${before ?? 'unset'} -> ${after ?? 'removed'}`,
  );
  return [
    guest.lock === undefined ? undefined : `LOCKED: ${guest.lock}`,
    ha === undefined ? undefined : `HA: ${ha}`,
    changes.length === 0 ? undefined : `pending until a restart: ${some(changes)}`,
  ];
}

function tasks({ tasks: all }: SeenGuest, now: number): string[] {
  if (all.length === 0) return ['recent tasks: none of its own'];
  return [
    'recent tasks (backup jobs of several guests are not among them):',
    ...all.map(({ upid, type, starttime, user, state: end, exitstatus }) => {
      const what = taskMeaning(type) ?? type;
      const how = end === 'failed' ? `FAILED: ${exitstatus} ${upid}` : (exitstatus ?? `RUNNING ${upid}`);
      return `- ${duration(now - starttime)} ago: ${what} by ${user}: ${how}`;
    }),
  ];
}

function some(all: readonly string[]): string {
  if (all.length === 0) return 'none';
  const rest = all.length - NAMED;
  return `${all.slice(0, NAMED).join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`;
}
