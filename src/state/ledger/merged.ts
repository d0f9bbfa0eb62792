import { join } from 'node:path';
import type { Disk } from './disk.ts';
import { check, type Line, read, START } from './line.ts';
import { begunAt, ledgerFiles } from './verify.ts';
import { rawLines } from './walk.ts';

/** A line, the file that it stands in, and how it stands there. */
export interface MergedLine {
  file: string;
  line: Line;
  text: string;
}

/**
 * Every line of the ledger, of all files, by time. Files are read line by line, and only those at once that were written at
 * the same time. `onBroken` hears the first break of each file; what can be read after it is handed out all the same.
 */
export async function* mergedLines(
  folder: string,
  disk: Disk,
  onBroken: (file: string) => void,
): AsyncGenerator<MergedLine> {
  const waiting = (await ledgerFiles(folder, disk)).filter(({ plain }) => plain).map(({ name }) => name);
  let reading: Reading[] = [];
  for (;;) {
    let first = earliest(reading);
    while (waiting[0] !== undefined && (first === undefined || begunAt(waiting[0]) <= timeOf(first.next))) {
      const name = waiting.shift() as string;
      const lines = linesOf(folder, name, disk, onBroken);
      const { value } = await lines.next();
      if (value) reading.push({ lines, next: value });
      first = earliest(reading);
    }
    if (first === undefined) return;
    yield first.next;
    const { value } = await first.lines.next();
    if (value) first.next = value;
    else reading = reading.filter((one) => one !== first);
  }
}

interface Reading {
  lines: AsyncGenerator<MergedLine, undefined>;
  next: MergedLine;
}

function timeOf({ line }: MergedLine): number {
  return Date.parse(line.time);
}

function earliest(reading: readonly Reading[]): Reading | undefined {
  let first = reading[0];
  for (const one of reading) if (first && timeOf(one.next) < timeOf(first.next)) first = one;
  return first;
}

async function* linesOf(
  folder: string,
  file: string,
  disk: Disk,
  onBroken: (file: string) => void,
): AsyncGenerator<MergedLine, undefined> {
  let at = START;
  let broken = false;
  for await (const { lines } of rawLines(join(folder, file), disk)) {
    for (const bytes of lines) {
      const found = check(bytes, at);
      at = found.at;
      const line = read(bytes);
      if ((found.problem !== undefined || line === undefined) && !broken) {
        broken = true;
        onBroken(file);
      }
      if (line !== undefined) yield { file, line, text: bytes.toString() };
    }
  }
  return undefined;
}
