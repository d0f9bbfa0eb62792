/** Time as an argument. The same shape as the project's own clock; the simulator stands apart and imports nothing of it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms` milliseconds of this clock. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
