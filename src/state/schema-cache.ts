import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SchemaCache } from '../api/live-schema.ts';

/** That of PVE 9.2 is kept in 1.1 MB. */
const LARGEST = 24 * 1024 * 1024;

/**
 * Keeps API descriptions as files, one for each product and host. It is a convenience: what can't be read is not there,
 * and what can't be written is read from the server again next time.
 */
export class FileSchemaCache implements SchemaCache {
  readonly #folder: string;

  /** `stateDir` is made where it is missing, for this user alone. */
  constructor(stateDir: string) {
    this.#folder = join(stateDir, 'schema');
  }

  async read(key: string): Promise<string | undefined> {
    const file = this.#file(key);
    try {
      const { size } = await stat(file);
      return size > LARGEST ? undefined : await readFile(file, 'utf8');
    } catch {
      return undefined;
    }
  }

  /** A reader never sees half of it: it takes its name once it is whole. */
  async write(key: string, text: string): Promise<void> {
    const file = this.#file(key);
    const part = `${file}.${randomBytes(6).toString('hex')}.part`;
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const handle = await open(part, 'wx', 0o600);
      try {
        await handle.writeFile(text);
      } finally {
        await handle.close();
      }
      await rename(part, file);
    } catch {
      await rm(part, { force: true }).catch(() => undefined);
    }
  }

  /** Readable, and different for different keys whatever is in them. */
  #file(key: string): string {
    const plain = key
      .replace(/^([a-z]+)-https:\/\//, '$1-')
      .replaceAll(/[^A-Za-z0-9.-]+/g, '_')
      .slice(0, 80);
    const mark = createHash('sha256').update(key).digest('hex').slice(0, 8);
    return join(this.#folder, `${plain}-${mark}.json`);
  }
}
