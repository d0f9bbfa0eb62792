import type { Call, Routes } from '../call.ts';
import type { Guest, Kind } from '../world/guest.ts';
import { nodeUsage, usage } from '../world/metrics.ts';
import { storageOf } from './config-disks.ts';
import { guestOf, nodeOf } from './find.ts';
import { cpusOf } from './guest-views.ts';

type Row = Record<string, number>;

/** Points and their distance in seconds, as PVE 9 keeps them. */
const grids: Record<string, { points: number; step: number }> = {
  hour: { points: 60, step: 60 },
  day: { points: 1440, step: 60 },
  week: { points: 336, step: 1800 },
  month: { points: 1440, step: 1800 },
  year: { points: 1440, step: 21_600 },
  decade: { points: 570, step: 604_800 },
};

/**
 * Points up to now. Where nothing was measured (before a start, or before there was anything to measure) a point has
 * its time alone (recorded on PVE 9.2).
 */
function series({ world, params }: Call, since: number, point: (seconds: number) => Row | undefined): Row[] {
  const { points, step } = grids[params.timeframe] ?? (grids.hour as { points: number; step: number });
  const last = Math.floor(world.seconds() / step) * step - (step === 60 ? 0 : step);
  const rows: Row[] = [];
  for (let index = points - 1; index >= 0; index--) {
    const time = last - index * step;
    const values = time >= since ? point(time) : undefined;
    rows.push({ time, ...values });
  }
  return rows;
}

function guestPoint(call: Call, guest: Guest, seconds: number): Row {
  const used = usage(guest, seconds);
  const { load, facts } = guest;
  const base: Row = {
    ...{ maxcpu: cpusOf(call.world, guest), cpu: used.cpu, maxmem: facts.maxmem, mem: used.mem },
    ...{ maxdisk: facts.maxdisk, disk: guest.kind === 'lxc' ? Math.floor(facts.maxdisk * load.disk) : 0 },
    ...{ netin: load.netin * used.rate, netout: load.netout * used.rate },
    ...{ diskread: load.diskread * used.rate, diskwrite: load.diskwrite * used.rate },
    ...{ memhost: used.memhost, pressurecpusome: used.pressurecpu, pressurecpufull: used.pressurecpu * 0.6 },
    ...{ pressureiosome: used.pressureio, pressureiofull: used.pressureio * 0.8 },
    ...{ pressurememorysome: 0, pressurememoryfull: 0 },
  };
  return base;
}

/** Of a stopped guest pvestatd writes down how large it is and nothing else. */
function stoppedPoint(call: Call, guest: Guest): Row {
  const { facts } = guest;
  return { maxcpu: cpusOf(call.world, guest), maxmem: facts.maxmem, maxdisk: facts.maxdisk, disk: 0 };
}

function guestSeries(call: Call, kind: Kind): Row[] {
  const guest = guestOf(call, kind);
  const created = Number(/ctime=(\d+)/.exec(String(guest.config.meta ?? ''))?.[1] ?? 0);
  const since = Math.max(created, (call.world.nodes.get(guest.node)?.bootedAt ?? 0) / 1000);
  return series(call, since, (seconds) =>
    guest.ranAt(seconds * 1000) ? guestPoint(call, guest, seconds) : stoppedPoint(call, guest),
  );
}

function nodeSeries(call: Call): Row[] {
  const node = nodeOf(call);
  const guests = call.world.guestsOn(node.name);
  const { hardware } = node;
  return series(call, node.bootedAt / 1000, (seconds) => {
    const there = guests.filter((guest) => guest.startedAt / 1000 <= seconds);
    const used = nodeUsage(node, there, seconds);
    return {
      ...{ cpu: used.cpu, maxcpu: hardware.cpus, iowait: used.wait, loadavg: used.load },
      ...{
        memtotal: hardware.memory,
        memused: used.mem,
        memavailable: hardware.memory - used.mem,
        arcsize: 0,
      },
      ...{ swaptotal: hardware.swap, swapused: 0, roottotal: hardware.rootfs, rootused: used.disk },
      ...{ netin: used.netin, netout: used.netout, pressurecpusome: used.cpu * 4 },
      ...{
        pressureiosome: used.wait * 20,
        pressureiofull: used.wait * 15,
        pressurememorysome: 0,
        pressurememoryfull: 0,
      },
    };
  });
}

/** A storage fills slowly: what it holds today, and a little less for every day before. */
function storageSeries(call: Call): Row[] {
  const { world, params } = call;
  const storage = storageOf(world, params.storage);
  const used = storage.used(params.node);
  const now = world.seconds();
  return series(call, now - 200 * 86_400, (seconds) => ({
    total: storage.total,
    used: Math.floor(used * Math.max(0.2, 1 - ((now - seconds) / 86_400) * 0.002)),
  }));
}

export const rrddataRoutes: Routes = {
  'GET /nodes/{node}/rrddata': nodeSeries,
  'GET /nodes/{node}/qemu/{vmid}/rrddata': (call) => guestSeries(call, 'qemu'),
  'GET /nodes/{node}/lxc/{vmid}/rrddata': (call) => guestSeries(call, 'lxc'),
  'GET /nodes/{node}/storage/{storage}/rrddata': storageSeries,
};
