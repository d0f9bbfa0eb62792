import type { Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Failure } from '../failure.ts';

/** What to upload: the path of a file, or anything that gives bytes, with how many it will give. */
export type UploadSource = string | { stream: AsyncIterable<Uint8Array | string>; size: number };

/** A source that has been looked at: something is there, and its size is known. */
export interface OpenSource {
  /** The file's own name; absent for a stream. */
  name: string | undefined;
  /** Bytes; `chunks` gives exactly as many, or fails. */
  size: number;
  /** Each piece is good until the next one is asked for. */
  chunks: AsyncIterable<Uint8Array>;
  /** To be called when it is not read any more. */
  close(): Promise<void>;
}

/** How much of a file is read at once, in bytes. */
const PIECE = 256 * 1024;

/**
 * Looks at a source before anything is sent.
 *
 * @throws Failure `invalid_argument` for a file that is missing, empty or none; while it is read, `wrong_state` when it
 *   turns out shorter, longer or other than it was
 */
export async function openSource(source: UploadSource): Promise<OpenSource> {
  if (typeof source === 'string') return openFile(source);
  const { stream, size } = source;
  if (!Number.isSafeInteger(size) || size <= 0) {
    throw new Failure(
      'invalid_argument',
      size === 0
        ? 'The stream to upload is empty.'
        : 'The size of the stream to upload is no number of bytes.',
      'Give the exact number of bytes it will give: Proxmox takes no upload of unknown length.',
    );
  }
  return { name: undefined, size, chunks: countedStream(stream, size), close: async () => {} };
}

async function openFile(path: string): Promise<OpenSource> {
  // Opening a pipe would wait for somebody to write to it, so the kind is asked first.
  const found = await stat(path).catch((error) => {
    throw unreadable(path, error);
  });
  if (!found.isFile()) {
    throw new Failure(
      'invalid_argument',
      `${path} is ${found.isDirectory() ? 'a folder' : 'no regular file'}.`,
      'Give the path of one file.',
    );
  }
  const file = await open(path, 'r').catch((error) => {
    throw unreadable(path, error);
  });
  const before = await file.stat();
  if (before.size > 0) {
    const chunks = readFile(file, path, before);
    return { name: basename(path), size: before.size, chunks, close: () => file.close() };
  }
  await file.close();
  throw new Failure(
    'invalid_argument',
    `${path} is empty.`,
    'Nothing was sent. Was it written or downloaded to its end?',
  );
}

async function* readFile(file: FileHandle, path: string, before: Stats): AsyncIterable<Uint8Array> {
  // Taken in turns: fresh memory for every piece would pile up until the garbage collector thinks of it.
  let [next, last] = [Buffer.allocUnsafeSlow(PIECE), Buffer.allocUnsafeSlow(PIECE)];
  let position = 0;
  while (position < before.size) {
    const { bytesRead } = await file.read(next, 0, Math.min(PIECE, before.size - position), position);
    if (bytesRead === 0) throw changed(`${path} shrank from ${before.size} to ${position} bytes`);
    position += bytesRead;
    yield next.subarray(0, bytesRead);
    [next, last] = [last, next];
  }
  const after = await file.stat();
  if (after.size > before.size) throw changed(`${path} grew from ${before.size} to ${after.size} bytes`);
  if (after.size < before.size) throw changed(`${path} shrank from ${before.size} to ${after.size} bytes`);
  if (after.mtimeMs !== before.mtimeMs) throw changed(`${path} was written to`);
}

async function* countedStream(
  stream: AsyncIterable<Uint8Array | string>,
  size: number,
): AsyncIterable<Uint8Array> {
  let count = 0;
  for await (const piece of stream) {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    count += bytes.length;
    if (count > size) throw changed(`The stream gave more than its ${size} bytes`);
    yield bytes;
  }
  if (count < size) throw changed(`The stream ended after ${count} of ${size} bytes`);
}

function changed(what: string): Failure {
  return new Failure(
    'wrong_state',
    `${what} while it was uploaded.`,
    'Upload it again when nobody writes to it any more.',
  );
}

function unreadable(path: string, error: unknown): Failure {
  const { code } = Object(error) as { code?: unknown };
  const missing = code === 'ENOENT' || code === 'ENOTDIR';
  return new Failure(
    'invalid_argument',
    missing ? `There is no file ${path}.` : `${path} can't be read (${String(code)}).`,
    missing ? 'Check the path; a relative one counts from the working directory.' : 'Check its permissions.',
  );
}
