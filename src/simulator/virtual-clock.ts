import type { Clock } from './world/clock.ts';

/** A clock that costs no waiting. */
export interface VirtualClock extends Clock {
  /** Moves time forward by `ms` and wakes everybody whose sleep ends in between, earliest first. */
  advance(ms: number): void;
}

interface Sleeper {
  at: number;
  wake: () => void;
}

/** 2026-11-22T16:30:00Z: some fixed moment, so that nothing a test sees depends on the day it runs. */
const START = 1_795_365_000_000;

/**
 * A clock that stands still until somebody sleeps on it, and then jumps to the end of the earliest sleep: once the
 * event loop has nothing else to do, so two sleepers wake in the right order.
 */
export function createVirtualClock(start: number = START): VirtualClock {
  let time = start;
  const sleepers: Sleeper[] = [];
  let scheduled = false;

  function schedule(): void {
    if (scheduled || sleepers.length === 0) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      const first = sleepers[0];
      if (first) wakeUntil(first.at);
      schedule();
    });
  }

  function wakeUntil(moment: number): void {
    while (sleepers[0] && sleepers[0].at <= moment) {
      const sleeper = sleepers.shift() as Sleeper;
      time = Math.max(time, sleeper.at);
      sleeper.wake();
    }
    time = Math.max(time, moment);
  }

  return {
    now: () => time,
    advance: (ms) => wakeUntil(time + ms),
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper: Sleeper = {
          at: time + Math.max(0, ms),
          wake() {
            signal?.removeEventListener('abort', stop);
            resolve();
          },
        };
        const stop = () => {
          sleepers.splice(sleepers.indexOf(sleeper), 1);
          reject(signal?.reason);
        };
        signal?.addEventListener('abort', stop, { once: true });
        const after = sleepers.findIndex((other) => other.at > sleeper.at);
        sleepers.splice(after < 0 ? sleepers.length : after, 0, sleeper);
        schedule();
      });
    },
  };
}
