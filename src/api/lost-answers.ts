import type { Clock } from '../clock.ts';
import { Failure } from '../failure.ts';
import type { Answer } from './answer.ts';
import type { Change, Looking } from './change.ts';

/** For how long a change may still come to life: a busy server queues it, a lock holds it up. In milliseconds. */
const DOUBT = 600_000;
const GIVEN = 1000;

/**
 * What is done when a change may have reached Proxmox and its answer did not come: it is never sent again. Where it begins
 * a task, the node's task list is searched for the task that this very change began, and its UPID is the answer.
 */
export class LostAnswers {
  readonly #clock: Clock;
  readonly #open = new Set<Change>();
  #doubtful: Change[] = [];
  readonly #given = new Set<string>();
  #heard: { date: string; at: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Every answer tells the server's time in its `Date`. */
  heard(date: string | undefined): void {
    if (date !== undefined) this.#heard = { date, at: this.#clock.now() };
  }

  /** The server's time in milliseconds since 1970, by its last answer; ours where it has not answered yet. */
  serverNow(): number {
    const now = this.#clock.now();
    const said = Date.parse(this.#heard?.date ?? '');
    return Number.isNaN(said) ? now : said + now - (this.#heard?.at ?? now);
  }

  /** Carries out a change by `work`. Without a way to look for its task, it is not looked for. */
  async guard(
    asked: Omit<Change, 'sentAt'>,
    work: () => Promise<Answer>,
    way: Looking | undefined,
  ): Promise<Answer> {
    const change = { ...asked, sentAt: this.#clock.now() };
    this.#open.add(change);
    try {
      const answer = await work();
      this.#give(answer.data);
      return answer;
    } catch (error) {
      const failure = error as Failure;
      if (!isLost(failure)) throw failure;
      const answer = await this.#recover(change, failure, way);
      this.#give(answer.data);
      return answer;
    } finally {
      this.#open.delete(change);
    }
  }

  async #recover(change: Change, failure: Failure, way: Looking | undefined): Promise<Answer> {
    try {
      if (way === undefined || failure.code === 'cancelled') throw failure;
      // Hardly ever needed, so it is not loaded before.
      const { recoverTask } = await import('./recover.ts');
      const underway = { open: this.#open, doubtful: () => this.#recentDoubts(), given: this.#given };
      return await recoverTask({
        change,
        failure,
        underway,
        clock: this.#clock,
        server: () => this.serverNow(),
        ...way,
      });
    } catch (error) {
      if (error instanceof Failure && error.details.mayHaveRun)
        this.#doubtful = [...this.#recentDoubts(), change];
      throw error;
    }
  }

  #recentDoubts(): Change[] {
    const since = this.#clock.now() - DOUBT;
    return this.#doubtful.filter(({ sentAt }) => sentAt >= since);
  }

  #give(data: unknown): void {
    if (typeof data !== 'string' || !data.startsWith('UPID:')) return;
    this.#given.add(data);
    const [oldest] = this.#given;
    if (this.#given.size > GIVEN) this.#given.delete(oldest as string);
  }
}

/**
 * Whether an answer was lost on the way. A 595 is a connection that pveproxy could not open to the node or service behind
 * it, so nothing was sent there and `mayHaveRun` is not set; one look at the task list costs little all the same.
 */
function isLost({ details }: Failure): boolean {
  return details.mayHaveRun === true || details.status === 595;
}
