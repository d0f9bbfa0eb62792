import { Failure, type FailureCode } from '../failure.ts';

/** What says nothing about one part of the cluster, but that nothing can be read at all. */
const FATAL: ReadonlySet<FailureCode> = new Set([
  'auth',
  'unreachable',
  'tls',
  'config',
  'cancelled',
  'internal',
]);

/**
 * Readings from many places, side by side. Where one gives nothing (a node that is offline, a privilege that is missing),
 * the others count all the same, and what could not be seen is remembered, to be said.
 */
export class Sight {
  readonly #unseen = new Map<string, Set<string>>();

  /**
   * What a reading gives; `undefined` where it can't be had.
   *
   * @param what that reading is of, in a few words: `disks of pve1`
   * @throws Failure where nothing at all can be read: no connection, no login
   */
  async of<T>(what: string, reading: Promise<T>): Promise<T | undefined> {
    try {
      return await reading;
    } catch (error) {
      if (!(error instanceof Failure) || FATAL.has(error.code)) throw error;
      this.missed(what, error.message);
      return undefined;
    }
  }

  /** Remembers that something could not be seen, and why. */
  missed(what: string, why: string): void {
    const whats = this.#unseen.get(why) ?? new Set();
    this.#unseen.set(why, whats.add(what));
  }

  /** One line for each reason: `disks of pve2, tasks of pve2: No route to host`. Words of Proxmox may be in it. */
  get unseen(): string[] {
    return [...this.#unseen].map(([why, whats]) => `${[...whats].sort().join(', ')}: ${why}`);
  }
}
