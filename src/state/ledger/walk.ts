import type { Disk } from './disk.ts';
import { check, LONGEST_LINE, type Position, START } from './line.ts';

/** Most files are a few lines long, some very many; in bytes. */
const FIRST_CHUNK = 8 * 1024;
const CHUNK = 256 * 1024;
const LINE_FEED = 10;
const NOTHING: Buffer = Buffer.alloc(0);

const joined = (one: Buffer, other: Buffer) => (one.length === 0 ? other : Buffer.concat([one, other]));

/** Some lines of a file, without their line feeds. */
export interface Lines {
  lines: Buffer[];
  /** What stands after the last line feed; only with the last lines of a file. */
  rest?: Buffer;
}

/** Reads a file of any size line by line. What has no end within `LONGEST_LINE` is handed out as the rest. */
export async function* rawLines(path: string, disk: Disk): AsyncGenerator<Lines> {
  const handle = await disk.open(path, 'r');
  try {
    let rest = NOTHING;
    for (let size = FIRST_CHUNK; ; size = CHUNK) {
      // A new buffer each time: the lines handed out are parts of it.
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(size), 0, size, null);
      if (bytesRead === 0 || rest.length > LONGEST_LINE) break;
      const read = buffer.subarray(0, bytesRead);
      const lines: Buffer[] = [];
      let from = 0;
      for (let end = read.indexOf(LINE_FEED); end !== -1; end = read.indexOf(LINE_FEED, from)) {
        lines.push(joined(rest, read.subarray(from, end)));
        rest = NOTHING;
        from = end + 1;
      }
      rest = joined(rest, read.subarray(from));
      yield { lines };
    }
    yield { lines: [], rest };
  } finally {
    await handle.close();
  }
}

/** What was found in one file. */
export interface Walked {
  /** Its last line that fits the chain. */
  at: Position;
  /** It ends within a line: a crash or a full disk cut the last write. */
  cut: boolean;
  problem?: { line: number; text: string };
}

/** Checks the chain of a file up to the first break; `each` sees every good line and where it leads, and may object. */
export async function walk(
  path: string,
  disk: Disk,
  each: (at: Position, line: Buffer) => string | undefined = () => undefined,
): Promise<Walked> {
  let at = START;
  for await (const { lines, rest } of rawLines(path, disk)) {
    for (const line of lines) {
      const found = check(line, at);
      const text = found.problem ?? each(found.at, line);
      if (text !== undefined) return { at, cut: false, problem: { line: found.at.n, text } };
      at = found.at;
    }
    if (rest !== undefined && rest.length > LONGEST_LINE)
      return { at, cut: false, problem: { line: at.n + 1, text: 'is no line of a ledger' } };
    if (rest !== undefined && rest.length > 0) return { at, cut: true };
  }
  return { at, cut: false };
}
