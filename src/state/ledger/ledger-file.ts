import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Disk, syncFolder } from './disk.ts';
import { type Link, type Position, START } from './line.ts';
import { broken } from './trouble.ts';
import { walk } from './walk.ts';

/** How a file looked after we wrote to it. */
interface Looks {
  dev: bigint;
  ino: bigint;
  size: bigint;
  mtimeNs: bigint;
}

/** The one file that this process writes, from its first line to its last. */
export class LedgerFile {
  readonly name: string;
  readonly #path: string;
  readonly #disk: Disk;
  #handle: FileHandle;
  #at: Position = START;
  #looks: Looks | undefined;

  private constructor(folder: string, name: string, disk: Disk, handle: FileHandle) {
    this.name = name;
    this.#path = join(folder, name);
    this.#disk = disk;
    this.#handle = handle;
  }

  /** Makes an empty file, for its user alone. It stays on the disk once something is appended. */
  static async create(folder: string, name: string, disk: Disk): Promise<LedgerFile> {
    return new LedgerFile(folder, name, disk, await disk.open(join(folder, name), 'ax', 0o600));
  }

  /** Where its chain ends. */
  get at(): Position {
    return this.#at;
  }

  /** Its last line, as another file remembers it. */
  get end(): Link {
    return { file: this.name, ...this.#at };
  }

  /**
   * Appends lines that lead to `at`; returns when they are on the disk.
   *
   * @throws Failure `ledger` when the file was touched by somebody else; otherwise the disk's error. Nothing is appended
   *   then, unless `isLeft` says that a part could not be taken back.
   */
  async append(text: string, at: Position): Promise<void> {
    if (this.#looks !== undefined) await this.#untouched();
    const size = Number(this.#looks?.size ?? 0);
    try {
      await this.#write(Buffer.from(text));
      await this.#handle.datasync();
      // The name of a new file is on the disk when its folder is.
      if (this.#at.n === 0) await syncFolder(dirname(this.#path), this.#disk);
      this.#looks = await this.#handle.stat({ bigint: true });
    } catch (error) {
      await this.#takeBack(size);
      throw error;
    }
    this.#at = at;
  }

  /** True when part of a failed append had to stay: nothing may follow it, and a new file has to be begun. */
  isLeft = false;

  async close(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
  }

  /** A full disk takes a part of a write, and says so at the next one. */
  async #write(bytes: Buffer): Promise<void> {
    for (let from = 0; from < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, from);
      from += bytesWritten;
    }
  }

  async #takeBack(size: number): Promise<void> {
    try {
      if (this.#at.n === 0) await this.#disk.unlink(this.#path);
      else {
        await this.#handle.truncate(size);
        await this.#handle.datasync();
        this.#looks = await this.#handle.stat({ bigint: true });
      }
      this.isLeft = this.#at.n === 0;
    } catch {
      this.isLeft = true;
    }
    if (this.isLeft) await this.close();
  }

  /** Nobody else writes here. If somebody did, or put another file in its place, it must at least hold the same lines. */
  async #untouched(): Promise<void> {
    const gone = { file: this.name, text: 'is gone; put it back' };
    const now = await this.#disk.stat(this.#path, { bigint: true }).catch((error) => {
      throw error.code === 'ENOENT' ? broken(dirname(this.#path), [gone]) : error;
    });
    const then = this.#looks;
    if (
      now.ino === then?.ino &&
      now.dev === then.dev &&
      now.size === then.size &&
      now.mtimeNs === then.mtimeNs
    ) {
      return;
    }
    const { problem, cut, at } = await walk(this.#path, this.#disk);
    if (problem !== undefined) throw broken(dirname(this.#path), [{ file: this.name, ...problem }]);
    if (cut || at.hash !== this.#at.hash) {
      const text = `ends at line ${at.n}${cut ? ' and a part' : ''}, but this server wrote ${this.#at.n}`;
      throw broken(dirname(this.#path), [{ file: this.name, text }]);
    }
    const handle = await this.#disk.open(this.#path, constants.O_WRONLY | constants.O_APPEND);
    await this.close();
    this.#handle = handle;
    this.#looks = now;
  }
}
