import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Outcome } from '../../api/gate/door.ts';
import type { Ledger, LedgerEntry } from '../../api/gate/ledger.ts';
import type { Clock } from '../../clock.ts';
import { type Disk, makeFolder, realDisk, syncFile } from './disk.ts';
import { LedgerFile } from './ledger-file.ts';
import { type Head, type Link, type Position, seal, type Words } from './line.ts';
import { broken, diskTrouble, noFolder } from './trouble.ts';
import { verifyFolder } from './verify.ts';
import { beginWords, endWords, hasSecrets, taskWords, type Written } from './words.ts';
import { type Item, WritingQueue } from './writing-queue.ts';

export interface FileLedgerOptions {
  /** The state folder; the ledger is the folder `ledger` in it. Undefined: nothing can be written, so nothing changed. */
  stateDir: string | undefined;
  /** Of the program. */
  version: string;
  server: string;
  login: string;
  clock: Clock;
  disk?: Disk;
}

/** How many tasks may be under way before the oldest is forgotten: its end will then be missing from the ledger. */
const MOST_TASKS = 10_000;

/**
 * A ledger in a folder: one file of JSON lines for each server process, so that several can share the folder without a
 * lock. Each line holds the hash of the one before, and each file the ends of those that were there before it.
 */
export class FileLedger implements Ledger {
  readonly #options: FileLedgerOptions;
  readonly #disk: Disk;
  readonly #folder: string | undefined;
  #file: LedgerFile | undefined;
  /** Files of this process that could not be written any further. */
  readonly #left: Link[] = [];
  #links: readonly Link[] = [];
  readonly #queue: WritingQueue;
  /** Changes without an end, by what `begin` returned. */
  readonly #open = new Map<string, Written & { withSecrets: boolean }>();
  /** Changes whose tasks run, by UPID. */
  readonly #tasks = new Map<string, Written>();

  constructor(options: FileLedgerOptions) {
    this.#options = options;
    this.#disk = options.disk ?? realDisk;
    this.#folder = options.stateDir === undefined ? undefined : join(options.stateDir, 'ledger');
    this.#queue = new WritingQueue(options.clock, (items) => this.#commit(items));
  }

  async begin(entry: LedgerEntry): Promise<string> {
    const words = beginWords(entry);
    const result = await this.#queue.write(() => words, false);
    if ('error' in result) throw result.error;
    const id = `${result.file}:${result.n}`;
    this.#open.set(id, { ...result, withSecrets: hasSecrets(entry) });
    return id;
  }

  async ended(entry: string, outcome: Outcome): Promise<void> {
    const begun = this.#open.get(entry);
    if (begun === undefined) return;
    this.#open.delete(entry);
    if (outcome.upid !== undefined) this.#remember(outcome.upid, begun);
    await this.#queue.write((file) => endWords(begun, outcome, file), true);
  }

  async taskEnded(upid: string, exitstatus: string): Promise<void> {
    const begun = this.#tasks.get(upid);
    if (begun === undefined) return;
    this.#tasks.delete(upid);
    await this.#queue.write((file) => taskWords(begun, upid, exitstatus, file), true);
  }

  /** Whether there is a folder to write to; makes it where it can be made. */
  async hasFolder(): Promise<boolean> {
    if (this.#folder === undefined) return false;
    return makeFolder(this.#folder, this.#disk).then(
      () => true,
      () => false,
    );
  }

  /** Waits for what is being written. Ends that a full disk has kept from it are lost then. */
  async close(): Promise<void> {
    await this.#queue.idle();
    await this.#file?.close();
    this.#file = undefined;
  }

  #remember(upid: string, begun: Written): void {
    this.#tasks.set(upid, begun);
    const [oldest] = this.#tasks.keys();
    if (this.#tasks.size > MOST_TASKS) this.#tasks.delete(oldest as string);
  }

  async #commit(items: readonly Item[]): Promise<void> {
    const folder = this.#folder;
    if (folder === undefined) throw noFolder();
    try {
      this.#file ??= await this.#create(folder, items[0]?.time ?? '');
      await this.#append(this.#file, items);
    } catch (error) {
      throw diskTrouble(folder, error);
    }
  }

  async #append(file: LedgerFile, items: readonly Item[]): Promise<void> {
    const { lines, numbers, at } = this.#seal(file, items);
    try {
      await file.append(lines.join(''), at);
    } catch (error) {
      if (file.isLeft) this.#file = undefined;
      if (file.isLeft && file.at.n > 0) this.#left.push(file.end);
      throw error;
    }
    for (const [index, { settle }] of items.entries())
      settle({ file: file.name, n: numbers[index] as number });
  }

  #seal(file: LedgerFile, items: readonly Item[]): { lines: string[]; numbers: number[]; at: Position } {
    const lines: string[] = [];
    let { at } = file;
    const add = (words: Words, time: string) => {
      const line = seal(words, time, at);
      lines.push(line.text);
      at = line.at;
      return at.n;
    };
    if (at.n === 0) add(this.#head(file.name), items[0]?.time ?? '');
    const numbers = items.map(({ words, time }) => add(words(file.name), time));
    return { lines, numbers, at };
  }

  /** What a new file would stand beside is checked first: nothing may be added to a broken ledger. */
  async #create(folder: string, time: string): Promise<LedgerFile> {
    await makeFolder(folder, this.#disk);
    const { problems, ends } = await verifyFolder(folder, this.#disk, this.#left);
    if (problems.length > 0) throw broken(folder, problems);
    for (const { file } of ends) await syncFile(join(folder, file), this.#disk);
    this.#links = ends;
    const name = `${time.slice(0, 19).replaceAll(':', '-')}Z-${randomBytes(3).toString('hex')}.jsonl`;
    return LedgerFile.create(folder, name, this.#disk);
  }

  #head(file: string): Head {
    const { version, server, login } = this.#options;
    return { kind: 'head', file, version, server, login, links: this.#links };
  }
}
