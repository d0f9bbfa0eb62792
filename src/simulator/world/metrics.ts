import type { Guest } from './guest.ts';
import type { SimNode } from './node.ts';
import { noise, seedOf } from './random.ts';

/** A smooth wave between 0 and 1 with a period of a day and noise on top: busy by day, and never twice the same. */
function wave(seed: number, seconds: number): number {
  const phase = (seed % 86_400) / 86_400;
  const daily = 0.5 + 0.5 * Math.sin(2 * Math.PI * (seconds / 86_400 + phase));
  const step = Math.floor(seconds / 60);
  const part = seconds / 60 - step;
  const jitter = noise(seed, step) * (1 - part) + noise(seed, step + 1) * part;
  return 0.5 * daily + 0.5 * jitter;
}

const between = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

/** What a running guest uses at a moment (seconds since 1970): `cpu` as a fraction of all its cores, memory in bytes. */
export function usage(guest: Guest, seconds: number) {
  const { load, seed, facts } = guest;
  const w = wave(seed, seconds);
  const cpu = between(load.cpu * (0.4 + 1.2 * w), 0, 1);
  const mem = Math.floor(facts.maxmem * between(load.mem * (0.94 + 0.12 * w), 0, 0.99));
  return {
    cpu,
    mem,
    memhost: guest.kind === 'qemu' ? Math.floor(mem * 1.02) + 48 * 1024 ** 2 : 0,
    pressurecpu: Math.round(between(cpu - 0.5, 0, 1) * 2000 + w * 20) / 100,
    pressureio: Math.round(between((load.waits ?? 0) * (0.8 + 0.4 * w) + w * 0.12, 0, 100) * 100) / 100,
    rate: 0.4 + 1.2 * w,
  };
}

/** What a guest has moved since it was started, in bytes: always growing, never random. */
export function counters(guest: Guest, uptime: number) {
  const { netin, netout, diskread, diskwrite } = guest.load;
  return {
    netin: Math.floor(netin * uptime),
    netout: Math.floor(netout * uptime),
    diskread: Math.floor(diskread * uptime),
    diskwrite: Math.floor(diskwrite * uptime),
  };
}

/** What a node uses: its own small share and that of the guests on it, which are given. */
export function nodeUsage(node: SimNode, guests: Iterable<Guest>, seconds: number) {
  const seed = seedOf(node.name);
  const w = wave(seed, seconds);
  let cpus = 0.02 * node.hardware.cpus * (0.5 + w);
  let mem = 2.2 * 1024 ** 3;
  for (const guest of guests) {
    if (!guest.running) continue;
    const used = usage(guest, seconds);
    cpus += used.cpu * (guest.facts.cpus ?? node.hardware.cpus);
    mem += guest.kind === 'qemu' ? used.memhost : used.mem;
  }
  const { hardware } = node;
  const cpu = between(cpus / hardware.cpus, 0, 1);
  return {
    cpu,
    mem: Math.floor(Math.min(mem, hardware.memory * 0.98)),
    disk: Math.floor(hardware.rootfsUsed + w * 64 * 1024 ** 2),
    wait: 0.002 * w,
    load: cpus * (0.8 + 0.4 * w),
    netin: 40_000 * (0.5 + w),
    netout: 30_000 * (0.5 + w),
  };
}
