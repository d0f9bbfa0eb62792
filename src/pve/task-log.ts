import type { Api } from '../api/api.ts';
import { number, rows, text } from './read.ts';
import { taskPath } from './task-path.ts';
import type { Upid } from './upid.ts';

/** How many of the last lines are kept. */
const TAIL = 20;
/** How many lines one request asks for: a disk copy writes hundreds a minute. */
const PAGE = 500;

/** Follows the log of one task; reads each line once and keeps the last ones. */
export class TaskLog {
  /** How many lines one `more` brings at most: as many mean that there may be others. */
  static readonly page = PAGE;
  readonly #api: Api;
  readonly #task: Upid;
  #read = 0;
  #tail: string[] = [];

  constructor(api: Api, task: Upid) {
    this.#api = api;
    this.#task = task;
  }

  /** The last lines read so far, oldest first. */
  get tail(): readonly string[] {
    return this.#tail;
  }

  /** Asks for what is new and returns those lines. */
  async more(options: { signal?: AbortSignal } = {}): Promise<string[]> {
    const { lines } = await this.#page(this.#read, PAGE, options);
    return lines;
  }

  /** Reads to the end, skipping the middle of what is left where that is long. */
  async finish(options: { signal?: AbortSignal } = {}): Promise<void> {
    const { total } = await this.#page(this.#read, PAGE, options);
    if (total > this.#read) await this.#page(Math.max(this.#read, total - TAIL), TAIL, options);
  }

  async #page(start: number, limit: number, options: { signal?: AbortSignal }) {
    const answer = await this.#api.request('GET', taskPath(this.#task, 'log'), { start, limit }, options);
    const found = rows(answer.data);
    // An empty log says so in a line that is none (recorded on PVE 9.2).
    const empty = found.length === 1 && found[0]?.t === 'no content';
    const lines = empty ? [] : found.map((row) => text(row.t) ?? '');
    if (lines.length > 0) {
      this.#read = start + lines.length;
      this.#tail = [...this.#tail, ...lines].slice(-TAIL);
    }
    return { lines, total: empty ? 0 : (number(answer.total) ?? this.#read) };
  }
}
