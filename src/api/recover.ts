import type { Clock } from '../clock.ts';
import { Failure } from '../failure.ts';
import type { Answer } from './answer.ts';
import type { Change, Read, Underway } from './change.ts';
import { type ExpectedTask, expectedTask } from './expected-task.ts';

/** A change whose answer is lost, and what it takes to look for its task. */
export interface Lost {
  change: Change;
  /** Why there is no answer. */
  failure: Failure;
  /** As a UPID names the caller: `user@realm` or `user@realm!token`. */
  who: string;
  underway: Underway;
  read: Read;
  clock: Clock;
  /** The time of the server that is asked, in milliseconds since 1970. */
  server(): number;
  signal: AbortSignal | undefined;
}

/**
 * When to look, in milliseconds after the one before: whoever loses a connection at once is faster than the worker, which
 * may wait some seconds for a lock before its task begins.
 */
const PAUSES = [0, 1000, 2000, 4000];
/** More tasks than one call leaves in the time that a search takes. */
const LIMIT = 500;
/** How far the clocks of two nodes may be apart for a first, coarse look, in seconds. */
const SKEW = 600;

/**
 * Answers with the UPID of the task that a lost change began. Only one task may be it: of the type and about the thing
 * that this call begins, in this caller's name, not given out for another change, not older than this one by the node's
 * own clock, and with no other change in doubt that might have begun it.
 *
 * @throws Failure the one given, with what was found out
 */
export async function recoverTask(lost: Lost): Promise<Answer> {
  const { change, failure, clock, signal } = lost;
  const expected = expectedTask(change.verb, change.path, change.params);
  if (expected === undefined) throw failure;
  // A 595 means that nothing was sent to the node: then there is nothing to wait for.
  const pauses = failure.details.status === 595 ? [0] : PAUSES;
  const search = new Search(lost, expected);
  for (const pause of pauses) {
    if (pause > 0) await clock.sleep(pause, signal).catch(() => {});
    if (signal?.aborted) throw failure;
    const found = await search.look();
    if (found !== undefined) return { data: found, recovered: true };
  }
  if (!failure.details.mayHaveRun) throw failure;
  throw new Failure(failure.code, failure.message, search.hint(), failure.details, failure.cause);
}

/** The looks for one task. */
class Search {
  readonly #lost: Lost;
  readonly #expected: ExpectedTask;
  /** When the change was sent, in seconds of the node's clock; asked for once there is something to date by it. */
  #sentAt: number | undefined;
  #candidates: string[] = [];
  #problem: Failure | undefined;

  constructor(lost: Lost, expected: ExpectedTask) {
    this.#lost = lost;
    this.#expected = expected;
  }

  /** Looks once: the UPID, where it is certain. */
  async look(): Promise<string | undefined> {
    try {
      const { data } = await this.#lost.read(this.#list, { ...this.#filter, limit: LIMIT });
      const like = (Array.isArray(data) ? data : []).flatMap((task) => this.#likely(task));
      if (like.length > 0) this.#sentAt ??= await this.#sentAtNode();
      this.#candidates = like.filter(
        (upid) => Number.parseInt(upid.split(':')[4] ?? '', 16) >= (this.#sentAt ?? 0),
      );
      this.#problem = undefined;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#problem = error;
      return undefined;
    }
    const [only, second] = this.#candidates;
    return second === undefined && !this.#isContested() ? only : undefined;
  }

  /** What to do about a task that was not found. */
  hint(): string {
    const look = `GET ${this.#list}?source=all&since=${this.#filter.since}`;
    const before = 'before sending it again';
    if (this.#problem)
      return `Whether it runs can't be looked up now (${this.#problem.message}): try ${look} ${before}.`;
    if (this.#candidates.length === 0) {
      return `No task of it was found on ${this.#where}, so most likely it did not begin; it still may. Look once more with ${look} ${before}.`;
    }
    return `It may have begun ${this.#candidates.join(' or ')}, which is not certain: look at what that did ${before}.`;
  }

  get #where(): string {
    const { node } = this.#expected;
    return node === 'localhost' ? 'the node asked' : `node ${node}`;
  }

  get #list(): string {
    return `/nodes/${encodeURIComponent(this.#expected.node)}/tasks`;
  }

  get #filter(): { source: 'all'; since: number } {
    const { change, clock, server } = this.#lost;
    return { source: 'all', since: Math.floor((server() - (clock.now() - change.sentAt)) / 1000) - SKEW };
  }

  /**
   * Tasks are dated by the clock of the node they run on, which may be another than ours and than that of the server asked.
   * Where we may not read it (Sys.Audit), the server's has to do. Both are read late and cut to seconds, so this moment
   * is never after the true one.
   */
  async #sentAtNode(): Promise<number> {
    const { change, clock, read, server } = this.#lost;
    const node = await read(`/nodes/${encodeURIComponent(this.#expected.node)}/time`, {}).then(
      ({ data }) => Object(data).time as unknown,
      () => undefined,
    );
    const now = typeof node === 'number' ? node * 1000 : server();
    return Math.floor((now - (clock.now() - change.sentAt)) / 1000);
  }

  /** The UPID of a task that is such a one, whenever it began. */
  #likely(task: unknown): string[] {
    const { upid } = Object(task) as { upid?: unknown };
    if (typeof upid !== 'string' || this.#lost.underway.given.has(upid)) return [];
    const [, , , , , type = '', id = '', user] = upid.split(':');
    const { types, isAbout } = this.#expected;
    return types.has(type) && isAbout(id) && user === this.#lost.who ? [upid] : [];
  }

  /** Whether another change without an answer may have begun what was found. */
  #isContested(): boolean {
    const { change, underway } = this.#lost;
    return [...underway.open, ...underway.doubtful()].some((other) => {
      if (other === change) return false;
      const task = expectedTask(other.verb, other.path, other.params);
      if (task === undefined || task.node !== this.#expected.node) return false;
      return this.#candidates.some((upid) => {
        const [, , , , , type = '', id = ''] = upid.split(':');
        return task.types.has(type) && task.isAbout(id);
      });
    });
  }
}
