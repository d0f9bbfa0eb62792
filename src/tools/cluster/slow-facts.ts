import { path } from '../../api/path.ts';
import type { Guest } from '../../pve/guests.ts';
import type { Point } from '../../pve/metrics.ts';
import { flag, number, type Row, row, rows, text } from '../../pve/read.ts';
import { kindOf, type Resource } from '../../pve/resources.ts';
import type { Sight } from '../../pve/sight.ts';
import { readUpid } from '../../pve/upid.ts';
import type { ToolContext } from '../tool.ts';
import type { SlowDisk, SlowFacts } from './slow-causes.ts';
import { statistics } from './statistics.ts';

/** A guest's disks in its config: the controller and its number, or a container's mount. */
const DISK = /^(?:(?:scsi|virtio|sata|ide)\d+|rootfs|mp\d+)$/;
/** Who takes less of a node's CPUs than this is no neighbour to speak of. */
const MUCH = 0.1;

/** Reads all that can make a guest slow: seven requests, side by side. */
export async function slowFacts(
  guest: Guest,
  window: { since: number; until: number; now: number },
  { pve, signal }: ToolContext,
  sight: Sight,
): Promise<SlowFacts> {
  const { node, type, vmid } = guest;
  const read = (what: string, from: ReturnType<typeof path>) =>
    sight.of(what, pve.api.get<unknown>(from, {}, { signal }));
  const [status, config, own, nodes, machine, resources, tasks] = await Promise.all([
    read('its state', path`/nodes/${node}/${type}/${vmid}/status/current`),
    read('its config', path`/nodes/${node}/${type}/${vmid}/config`),
    sight.of('its metrics', pve.metrics.between(guest, window, { signal })),
    sight.of(`metrics of ${node}`, pve.metrics.between({ node }, window, { signal })),
    read(`state of ${node}`, path`/nodes/${node}/status`),
    pve.resources.list(undefined, { signal }),
    read('running tasks', path`/cluster/tasks`),
  ]);
  const now = row(status);
  const series = own ?? [];
  const onNode = nodes ?? [];
  const cores = number(now.cpus) ?? guest.maxcpu;
  const balloon = row(now.ballooninfo);
  const [actual, most] = [number(balloon.actual), number(balloon.max_mem)];
  const cpu = of(series, (point) => point.cpu);
  const facts: SlowFacts = {
    status: text(now.status) ?? guest.status ?? 'unknown',
    paused: now.qmpstatus === 'paused',
    pressure: {
      ...some('cpu', of(series, (point) => point.pressurecpusome)?.avg ?? number(now.pressurecpusome)),
      ...some('io', of(series, (point) => point.pressureiosome)?.avg ?? number(now.pressureiosome)),
      ...some(
        'memory',
        of(series, (point) => point.pressurememorysome)?.avg ?? number(now.pressurememorysome),
      ),
    },
    disks: disksOf(row(config), resources, node),
    node: {
      name: node,
      ...some('cpu', of(onNode, (point) => point.cpu)?.avg),
      ...some('memory', of(onNode, (point) => ratio(point.memused, point.memtotal))?.avg),
      ...some('swap', of(onNode, (point) => ratio(point.swapused, point.swaptotal))?.avg),
      ...some('iowait', of(onNode, (point) => point.iowait)?.avg),
      ...some('load', loadOf(row(machine))),
    },
    neighbours: neighboursOf(guest, resources),
    tasks: running(tasks, guest),
    ...some('lock', text(now.lock) ?? guest.lock),
    ...some('cores', cores),
    ...some('cpulimit', number(row(config).cpulimit)),
    ...some('cpu', cpu?.avg ?? guest.cpu),
    ...some('cpuPeak', cpu?.p95),
    ...some('memory', of(series, (point) => ratio(point.mem, point.maxmem))?.avg),
    ...some('ballooned', actual === undefined || most === undefined ? undefined : most - actual),
    ...some('io', of(series, (point) => (point.diskread ?? 0) + (point.diskwrite ?? 0))?.avg),
    ...some('network', of(series, (point) => (point.netin ?? 0) + (point.netout ?? 0))?.avg),
  };
  return facts;
}

function some<Key extends string, Value>(key: Key, value: Value | undefined): { [key in Key]?: Value } {
  return (value === undefined ? {} : { [key]: value }) as { [key in Key]?: Value };
}

function of(points: readonly Point[], read: (point: Point) => number | undefined) {
  return statistics(points.map(read).filter((value) => value !== undefined));
}

function ratio(part: number | undefined, whole: number | undefined): number | undefined {
  return part === undefined || !whole ? undefined : part / whole;
}

/** The load of the last five minutes for each CPU; it comes as text (recorded on PVE 9.2). */
function loadOf({ loadavg, cpuinfo }: Row): number | undefined {
  const five = number(Array.isArray(loadavg) ? loadavg[1] : undefined);
  return ratio(five, number(row(cpuinfo).cpus));
}

function disksOf(config: Row, resources: readonly Resource[], node: string): SlowDisk[] {
  return Object.entries(config).flatMap(([key, value]) => {
    const volume = text(value);
    if (!DISK.test(key) || volume === undefined || /media=cdrom/.test(volume)) return [];
    const storage = /^([\w.-]+):/.exec(volume)?.[1];
    if (storage === undefined) return [];
    const place = resources.find(
      (one) => one.type === 'storage' && one.name === storage && one.node === node,
    );
    const fill = ratio(place?.disk, place?.maxdisk);
    return [{ key, storage, emulated: /^(?:ide|sata)/.test(key), ...some('fill', fill) }];
  });
}

function neighboursOf(guest: Guest, resources: readonly Resource[]): SlowFacts['neighbours'] {
  const cpus = resources.find((one) => one.type === 'node' && one.node === guest.node)?.maxcpu;
  return resources
    .filter((one) => kindOf(one) === 'guest' && one.node === guest.node && one.vmid !== guest.vmid)
    .map(({ vmid = 0, name, cpu = 0, maxcpu = 0 }) => ({
      vmid,
      ...some('name', name),
      cores: cpu * maxcpu,
      ofNode: ratio(cpu * maxcpu, cpus) ?? 0,
    }))
    .filter(({ ofNode }) => ofNode >= MUCH)
    .sort((a, b) => b.cores - a.cores);
}

function running(tasks: unknown, guest: Guest): SlowFacts['tasks'] {
  return rows(tasks).flatMap((task) => {
    const upid = readUpid(task.upid);
    if (upid === undefined || number(task.endtime) !== undefined || flag(task.saved)) return [];
    const own = upid.id === String(guest.vmid);
    const works =
      /^(?:vzdump|qmigrate|vzmigrate|qmclone|vzclone|qmmove|move_volume|qmrestore|vzrestore|imgcopy|download)$/.test(
        upid.type,
      );
    if (!works || (!own && upid.node !== guest.node)) return [];
    return [
      {
        what: `${upid.type}${upid.id ? ` of ${upid.id}` : ''} on ${upid.node}`,
        own,
        isBackup: upid.type === 'vzdump',
        upid: upid.upid,
      },
    ];
  });
}
