import { createHash } from 'node:crypto';

/** A file that was uploaded and not yet moved to its storage. Only what is asked of it later is kept. */
export interface TemporaryFile {
  /** Bytes. */
  size: number;
  /** Lower-case hex, by the algorithm that came with it. */
  checksum: string | undefined;
}

/** What lies in `/var/tmp` of the node that took the upload. */
export class TemporaryFiles {
  readonly #files = new Map<string, TemporaryFile>();
  #count = 0;

  /** Keeps a file; returns its path. */
  add(file: TemporaryFile, now: number): string {
    this.#count++;
    const name = createHash('md5').update(`${this.#count} ${now}`).digest('hex');
    const path = `/var/tmp/pveupload-${name}`;
    this.#files.set(path, file);
    return path;
  }

  get(path: string): TemporaryFile | undefined {
    return this.#files.get(path);
  }

  remove(path: string): void {
    this.#files.delete(path);
  }
}
