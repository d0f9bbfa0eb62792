import { type Guest, reportEvery } from '../world/guest.ts';
import { counters, usage } from '../world/metrics.ts';
import type { World } from '../world/world.ts';

type Row = Record<string, unknown>;

const stopped = { cpu: 0, mem: 0, memhost: 0, pressurecpu: 0, pressureio: 0, rate: 0 };

/** What a guest uses right now, and its counters; all zero while it is stopped. */
export function live(world: World, guest: Guest, now = world.now()) {
  const uptime = guest.running ? Math.floor((now - guest.startedAt) / 1000) : 0;
  const used = guest.running ? usage(guest, now / 1000) : stopped;
  return { uptime, ...used, ...counters(guest, uptime) };
}

/** How many cores a guest has: a container without a limit has those of its node. */
export function cpusOf(world: World, guest: Guest): number {
  return guest.facts.cpus ?? world.nodes.get(guest.node)?.hardware.cpus ?? 1;
}

const used = (guest: Guest) => (guest.running ? Math.floor(guest.facts.maxdisk * guest.load.disk) : 0);

function optional(guest: Guest): Row {
  const row: Row = {};
  if (guest.config.tags !== undefined) row.tags = guest.config.tags;
  if (guest.template) row.template = 1;
  if (guest.lock !== undefined) row.lock = guest.lock;
  if (guest.running) row.pid = guest.pid;
  return row;
}

/** One line of `GET /nodes/{node}/qemu` (recorded on PVE 9.2: counters of the disks only with `full`). */
export function qemuRow(world: World, guest: Guest, full = false): Row {
  const now = live(world, guest);
  const { facts } = guest;
  const row: Row = {
    vmid: guest.vmid,
    name: facts.name,
    status: guest.status,
    cpus: facts.cpus,
    cpu: now.cpu,
    maxmem: facts.maxmem,
    mem: full ? now.mem : now.memhost,
    memhost: now.memhost,
    maxdisk: facts.maxdisk,
    disk: 0,
    uptime: now.uptime,
    netin: now.netin,
    netout: now.netout,
    ...optional(guest),
  };
  if (Object.keys(guest.config).some((key) => /^serial\d$/.test(key))) row.serial = 1;
  if (!guest.running) return row;
  row.pressurecpusome = now.pressurecpu;
  row.pressurecpufull = Math.round(now.pressurecpu * 60) / 100;
  row.pressureiosome = now.pressureio;
  row.pressureiofull = now.pressureio;
  row.pressurememorysome = 0;
  row.pressurememoryfull = 0;
  if (full) Object.assign(row, { diskread: now.diskread, diskwrite: now.diskwrite });
  return row;
}

/** One line of `GET /nodes/{node}/lxc`; pressures are text here (recorded on PVE 9.2). */
export function lxcRow(world: World, guest: Guest): Row {
  const now = live(world, guest);
  const { facts } = guest;
  const row: Row = {
    vmid: guest.vmid,
    type: 'lxc',
    name: facts.name,
    status: guest.status,
    cpus: cpusOf(world, guest),
    cpu: now.cpu,
    maxmem: facts.maxmem,
    mem: now.mem,
    maxswap: facts.maxswap,
    swap: 0,
    maxdisk: facts.maxdisk,
    disk: used(guest),
    uptime: now.uptime,
    netin: now.netin,
    netout: now.netout,
    diskread: now.diskread,
    diskwrite: now.diskwrite,
    ...optional(guest),
  };
  if (!guest.running) return row;
  for (const [key, value] of [
    ['pressurecpu', now.pressurecpu],
    ['pressureio', now.pressureio],
    ['pressurememory', 0],
  ] as const) {
    row[`${key}some`] = row[`${key}full`] = value.toFixed(2);
  }
  return row;
}

/**
 * What the cluster knows of a guest, as in `GET /cluster/resources`: up to 10 seconds old, and hardly anything of a
 * guest that is new or whose node is away.
 */
export function guestResource(world: World, guest: Guest, now: number): Row {
  const { vmid, kind, node } = guest;
  const status = world.nodes.get(node)?.online ? guest.reported(now) : undefined;
  if (status === undefined) return { id: `${kind}/${vmid}`, vmid, node, type: kind, status: 'unknown' };
  const at = now - (now % reportEvery);
  const { facts, report } = guest;
  const holds =
    report?.at === at && report.facts === facts && report.status === status && report.node === node;
  if (holds) return { ...report.row };
  const row = reportOf(world, guest, status, at);
  guest.report = { at, facts, status, node, row };
  return { ...row };
}

function reportOf(world: World, guest: Guest, status: string, at: number): Row {
  const { vmid, kind, node, facts } = guest;
  const shown = status === 'running' && guest.running;
  const uptime = shown ? Math.max(0, Math.floor((at - guest.startedAt) / 1000)) : 0;
  const current = shown ? usage(guest, at / 1000) : stopped;
  return {
    ...{ id: `${kind}/${vmid}`, vmid, node, type: kind, status, name: facts.name },
    ...{ template: facts.template ? 1 : 0, uptime },
    ...{ maxcpu: cpusOf(world, guest), cpu: current.cpu },
    ...{ maxmem: facts.maxmem, mem: current.mem, memhost: current.memhost },
    ...{ maxdisk: facts.maxdisk, disk: kind === 'lxc' && shown ? used(guest) : 0 },
    ...counters(guest, uptime),
  };
}
