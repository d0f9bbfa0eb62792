import { ApiError, type Call } from '../call.ts';
import type { Guest } from '../world/guest.ts';
import { readProperties } from '../world/property-string.ts';
import type { Log } from '../world/tasks.ts';
import type { World } from '../world/world.ts';

/** When and how a guest starts with its node: the parts of its `startup`. */
export interface Startup {
  order: number;
  up: number;
  down: number | undefined;
}

/** Guests without an order come last. */
export function startupOf({ config }: Guest): Startup {
  const { order, up, down } = readProperties(String(config.startup ?? ''), 'order');
  return {
    order: order === undefined ? Number.POSITIVE_INFINITY : Number(order),
    up: Number(up ?? 0),
    down: down === undefined ? undefined : Number(down),
  };
}

export const isHaManaged = ({ ha }: World, { kind, vmid }: Guest): boolean =>
  ha.has(`${kind === 'qemu' ? 'vm' : 'ct'}:${vmid}`);

/** What is done to each of many guests. */
export interface BulkStep {
  /** Starts a task for the guest and returns its UPID; `undefined` where there is nothing to do. Throws what refuses it. */
  begin(guest: Guest): string | undefined;
  /** Says that the guest's task failed. */
  failed(guest: Guest, exitstatus: string): string;
  /** How long to wait after a guest's task has ended well, in milliseconds. */
  pause?(guest: Guest): number;
}

/**
 * Goes through guests, so many at a time and one group after another, as `bulk-action` of PVE 9.2 does. Returns those that
 * were refused or whose task failed.
 */
export function* inBulk(
  { world }: Pick<Call, 'world'>,
  groups: readonly (readonly Guest[])[],
  workers: number,
  warn: Log,
  step: BulkStep,
): Generator<number, number[], void> {
  const failed: number[] = [];
  const running = new Map<string, Guest>();
  function* reap(): Generator<number, void, void> {
    for (const [upid, guest] of running) {
      const status = world.tasks.get(upid)?.exitstatus;
      if (status === undefined) continue;
      running.delete(upid);
      if (status === 'OK' || status.startsWith('WARNINGS')) yield step.pause?.(guest) ?? 0;
      else {
        failed.push(guest.vmid);
        warn(step.failed(guest, status));
      }
    }
  }
  for (const group of groups) {
    for (const guest of group) {
      while (running.size >= workers) {
        yield* reap();
        yield 1000;
      }
      try {
        const upid = step.begin(guest);
        if (upid !== undefined) running.set(upid, guest);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        failed.push(guest.vmid);
        warn(error.message.trimEnd());
      }
    }
    while (running.size > 0) {
      yield* reap();
      if (running.size > 0) yield 1000;
    }
  }
  return failed;
}
