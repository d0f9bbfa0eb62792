/** Counts tool calls under way, so that a shutdown can wait for them. */
export class RunningCalls {
  #running = 0;
  #whenNone: (() => void)[] = [];

  /** A call begins; the answer is to be called when it has ended. */
  begin(): () => void {
    this.#running += 1;
    return () => {
      this.#running -= 1;
      if (this.#running > 0) return;
      for (const resolve of this.#whenNone.splice(0)) resolve();
    };
  }

  /** Resolves when no call runs, or after `graceMs` milliseconds. */
  async done(graceMs: number): Promise<void> {
    if (this.#running === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#whenNone.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    // The answers that have just been made must leave before their streams close.
    await new Promise((resolve) => setImmediate(resolve));
  }
}
