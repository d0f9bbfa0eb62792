import { read, START } from '../ledger/line.ts';
import type { MergedLine } from '../ledger/merged.ts';
import type { LedgerReader } from '../ledger/reader.ts';
import { checkEntry, entriesAfter, follow, lastEntry } from './chain.ts';
import type { RedisConnection } from './connection.ts';
import { LEDGER } from './keys.ts';

/** The ledger in Redis. */
export function streamReader(connection: RedisConnection): LedgerReader {
  return {
    place: connection.place,
    isEmpty: async () => (await lastEntry(connection)) === undefined,
    verify: async () => {
      const { at, problem } = await follow(connection, START);
      const file = {
        name: LEDGER,
        at,
        cut: false,
        ...(problem && { problem: { line: at.n + 1, ...problem } }),
      };
      return { files: [file], problems: problem === undefined ? [] : [problem] };
    },
    lines: (onBroken) => lines(connection, onBroken),
    limits:
      'Lines at its end may be missing unnoticed where no server that wrote them runs any more, and so may the whole of it. ' +
      'Against that, ship the lines elsewhere as they come.',
    anew: `RENAME ${LEDGER} ${LEDGER}:broken in Redis, and restart the servers`,
  };
}

async function* lines(
  connection: RedisConnection,
  onBroken: (file: string) => void,
): AsyncGenerator<MergedLine> {
  let at = START;
  let broken = false;
  for await (const page of entriesAfter(connection, 0)) {
    for (const entry of page) {
      const found = checkEntry(entry, at);
      at = found.at;
      const line = read(Buffer.from(entry.line));
      if ((found.problem !== undefined || line === undefined) && !broken) {
        broken = true;
        onBroken(LEDGER);
      }
      if (line !== undefined) yield { file: LEDGER, line, text: entry.line };
    }
  }
}
