import { randomBytes } from 'node:crypto';
import type { Outcome } from '../../api/gate/door.ts';
import type { Ledger, LedgerEntry } from '../../api/gate/ledger.ts';
import type { Clock } from '../../clock.ts';
import { Failure } from '../../failure.ts';
import { type Head, type Position, START, seal, type Words } from '../ledger/line.ts';
import { problemText } from '../ledger/trouble.ts';
import { beginWords, endWords, hasSecrets, taskWords, type Written } from '../ledger/words.ts';
import { type Item, WritingQueue } from '../ledger/writing-queue.ts';
import { entryAt, follow, lastEntry } from './chain.ts';
import type { RedisConnection } from './connection.ts';
import { durability, type Settled } from './durability.ts';
import { LEDGER, taskKey } from './keys.ts';
import type { Session } from './session.ts';
import { brokenChain } from './trouble.ts';

export interface RedisLedgerOptions {
  /** For the ledger alone: it waits for the disk of Redis. */
  connection: RedisConnection;
  /** Of the program. */
  version: string;
  server: string;
  login: string;
  clock: Clock;
}

/**
 * Redis runs this as one step: it appends where the chain still ends in the line that the new ones follow. KEYS: the stream.
 * ARGV: that line's number and its last bytes, who appends, the lines. An id that was given before is refused by Redis.
 */
const APPEND = `
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if last then
  if last[1] ~= ARGV[1] .. '-0' or string.sub(last[2][2], -#ARGV[2]) ~= ARGV[2] then return 0 end
elseif ARGV[1] ~= '0' then return 0 end
for i = 4, #ARGV do
  redis.call('XADD', KEYS[1], string.format('%d-0', ARGV[1] + i - 3), 'line', ARGV[i], 'by', ARGV[3])
end
return 1`;

/** How many of the lines that are there already a server checks before its first change. */
const CHECKED = 10_000;
/** So often others may have been faster. */
const TRIES = 100;
/** How long the end of a task may be told by another replica than began it, in milliseconds. */
const TASK_LIFE = 7 * 24 * 3_600_000;

/** Lines that were sent to Redis, of which nobody knows whether they are there. */
interface Unsure {
  items: readonly Item[];
  numbers: readonly number[];
  by: string;
}

/**
 * The ledger of all replicas: one chain of lines, those of a file, in a stream. Whoever appends has sealed its lines to
 * the last one that it knows; where another was faster, it checks what that one wrote, and seals its own anew.
 */
export class RedisLedger implements Ledger {
  readonly #options: RedisLedgerOptions;
  readonly #queue: WritingQueue;
  /** Where the chain ended when it was last seen. */
  #at: Position | undefined;
  #durable: { session: Session; settled: Settled } | undefined;
  #unsure: Unsure | undefined;
  /** What was found to be there although its answer was lost, and may come again from the queue. */
  readonly #found = new WeakSet<Item>();
  /** Changes without an end, by what `begin` returned. */
  readonly #open = new Map<string, Written & { withSecrets: boolean }>();

  constructor(options: RedisLedgerOptions) {
    this.#options = options;
    this.#queue = new WritingQueue(options.clock, (items) => this.#commit(items));
  }

  async begin(entry: LedgerEntry): Promise<string> {
    const words = beginWords(entry);
    const result = await this.#queue.write(() => words, false);
    if ('error' in result) throw result.error;
    const id = String(result.n);
    this.#open.set(id, { ...result, withSecrets: hasSecrets(entry) });
    return id;
  }

  async ended(entry: string, outcome: Outcome): Promise<void> {
    const begun = this.#open.get(entry);
    if (begun === undefined) return;
    this.#open.delete(entry);
    if (outcome.upid !== undefined) await this.#remember(outcome.upid, begun.n);
    await this.#queue.write((file) => endWords(begun, outcome, file), true);
  }

  async taskEnded(upid: string, exitstatus: string): Promise<void> {
    // Of many replicas that see it end, one tells.
    const n = await this.#options.connection.send(['GETDEL', taskKey(upid)]).catch(() => null);
    if (typeof n !== 'string' || !/^\d+$/.test(n)) return;
    const begun = { file: LEDGER, n: Number(n) };
    await this.#queue.write((file) => taskWords(begun, upid, exitstatus, file), true);
  }

  /** Waits for what is being written. Ends that Redis did not take until now are lost then. */
  async close(): Promise<void> {
    await this.#queue.idle();
    this.#options.connection.close();
  }

  async #remember(upid: string, n: number): Promise<void> {
    await this.#options.connection
      .send(['SET', taskKey(upid), String(n), 'PX', String(TASK_LIFE)])
      .catch(() => undefined);
  }

  async #commit(items: readonly Item[]): Promise<void> {
    const session = await this.#options.connection.session();
    const settled = await this.#settles(session);
    const left = await this.#unwritten(items, session);
    if (left.length === 0) return;
    let at = this.#at ?? (await this.#start(session));
    for (let tries = 0; tries < TRIES; tries += 1) {
      const { lines, numbers, end } = this.#seal(left, at);
      this.#unsure = { items: left, numbers, by: randomBytes(9).toString('base64url') };
      if (await this.#append(session, at, this.#unsure.by, lines)) {
        await settled();
        this.#at = end;
        this.#unsure = undefined;
        for (const [index, { settle }] of left.entries()) settle(written(numbers[index]));
        return;
      }
      this.#unsure = undefined;
      at = await this.#catchUp(session, at);
    }
    throw new Failure('ledger', 'Too many write to the ledger at once. Nothing was sent.', 'Call again.');
  }

  /** False where the chain does not end there any more. */
  async #append(session: Session, at: Position, by: string, lines: readonly string[]): Promise<boolean> {
    const args = [String(at.n), `"hash":"${at.hash}"}`, by, ...lines];
    try {
      return (await session.send(['EVAL', APPEND, '1', LEDGER, ...args])) === 1;
    } catch (error) {
      if (!/equal or smaller/.test(String((error as Failure).cause))) throw error;
      throw this.#broken(`lines after line ${at.n} were removed`);
    }
  }

  /** What of this is not there yet. An append whose answer was lost is looked for. */
  async #unwritten(items: readonly Item[], session: Session): Promise<readonly Item[]> {
    const unsure = this.#unsure;
    if (unsure !== undefined) {
      const isThere = (await entryAt(session, unsure.numbers[0] as number))?.by === unsure.by;
      this.#unsure = undefined;
      if (isThere)
        for (const [index, item] of unsure.items.entries()) this.#find(item, unsure.numbers[index]);
    }
    return items.filter((item) => !this.#found.has(item));
  }

  #find(item: Item, n: number | undefined): void {
    this.#found.add(item);
    if (item.happened) return;
    // Whoever wanted this was told that it could not be written down, and has sent nothing.
    const failure = new Failure('ledger', 'Not sent: it was not known in time that this is written.', '');
    const begun = { ...written(n), withSecrets: false };
    void this.#queue.write((file) => endWords(begun, { failure }, file), true);
  }

  async #settles(session: Session): Promise<Settled> {
    if (this.#durable?.session !== session)
      this.#durable = { session, settled: await durability(session, this.#options.connection.place) };
    return this.#durable.settled;
  }

  #seal(items: readonly Item[], at: Position): { lines: string[]; numbers: number[]; end: Position } {
    const lines: string[] = [];
    let end = at;
    const add = (words: Words, time: string) => {
      const line = seal(words, time, end);
      lines.push(line.text.trimEnd());
      end = line.at;
      return end.n;
    };
    if (at.n === START.n) add(this.#head(), items[0]?.time ?? '');
    const numbers = items.map(({ words, time }) => add(words(LEDGER), time));
    return { lines, numbers, end };
  }

  #head(): Head {
    const { version, server, login } = this.#options;
    return { kind: 'head', file: LEDGER, version, server, login, links: [] };
  }

  /** Nothing may be added to a broken chain; of a very long one its end is looked at, and all of it by `audit --verify`. */
  async #start(session: Session): Promise<Position> {
    const last = Number.parseInt((await lastEntry(session))?.id ?? '0', 10);
    if (last <= CHECKED) return this.#follow(session, START);
    const n = last - CHECKED;
    const [, hash = ''] = /"hash":"([0-9a-f]{64})"\}$/.exec((await entryAt(session, n))?.line ?? '') ?? [];
    return this.#follow(session, { n, hash });
  }

  async #catchUp(session: Session, from: Position): Promise<Position> {
    const at = await this.#follow(session, from);
    if (at.n > from.n) return at;
    throw this.#broken(`it does not end in line ${from.n} as this server has seen it`);
  }

  async #follow(session: Session, from: Position): Promise<Position> {
    const { at, problem } = await follow(session, from);
    if (problem !== undefined) throw this.#broken(problemText(problem));
    this.#at = at;
    return at;
  }

  #broken(problem: string): Failure {
    return brokenChain(this.#options.connection.place, LEDGER, problem);
  }
}

function written(n: number | undefined): Written {
  return { file: LEDGER, n: n as number };
}
