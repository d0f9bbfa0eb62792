/** Hears how far a task has come. `done` grows with every call; `total` is absent while the end is not known. */
export type TaskProgress = (done: number, total: number | undefined, message: string) => void;

/**
 * Recorded: `transferred 1.0 GiB of 1.0 GiB (100.00%)` of a clone, `progress 10% (read …)` of a restore; vzdump writes
 * `INFO:  12% (1.2 GiB of 10 GiB) in 3s`.
 */
const PERCENT = /(?:^|[\s(])(\d{1,3}(?:\.\d+)?)\s?%/;

/** The percentage that a log line tells, if it tells one. */
export function percentOf(line: string): number | undefined {
  const value = Number(PERCENT.exec(line)?.[1]);
  return value <= 100 ? value : undefined;
}

/**
 * Makes log lines a progress that only grows, as MCP wants it: percentages where the log has them, else one small step
 * a call. A second disk starts again at 0 %: from there on nobody knows the end.
 */
export class ProgressMeter {
  readonly #report: TaskProgress;
  #done = 0;
  #total: number | undefined;
  #last = 0;
  #startedAgain = false;

  constructor(report: TaskProgress) {
    this.#report = report;
  }

  /** Reports once: the last of the new lines, or `idle` when there is none. */
  step(lines: readonly string[], idle: string): void {
    const percent = lines.map(percentOf).findLast((value) => value !== undefined);
    this.#done += 0.01;
    if (percent !== undefined) {
      if (percent < this.#last) this.#startedAgain = true;
      this.#last = percent;
      this.#total = 100;
      if (!this.#startedAgain) this.#done = Math.max(this.#done, percent);
    }
    if (this.#startedAgain || this.#done > 100) this.#total = undefined;
    const message = lines.findLast((line) => line.trim() !== '') ?? idle;
    this.#report(Math.round(this.#done * 100) / 100, this.#total, message);
  }
}
