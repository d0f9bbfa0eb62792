import { join } from 'node:path';
import { realDisk } from './disk.ts';
import { type MergedLine, mergedLines } from './merged.ts';
import { ledgerFiles, type Verified, verifyFolder } from './verify.ts';

/** A ledger as it is read: by a person, never by a server that writes it. */
export interface LedgerReader {
  /** Where it is, for sentences: `the ledger in …`. */
  place: string;
  isEmpty(): Promise<boolean>;
  verify(): Promise<Pick<Verified, 'files' | 'problems'>>;
  /** Every line, by time. `onBroken` hears the first break of each file; what can be read after it comes all the same. */
  lines(onBroken: (file: string) => void): AsyncIterable<MergedLine>;
  /** What `verify` can't know. */
  limits: string;
  /** How whoever has a broken one begins anew. */
  anew: string;
}

/** The ledger in a state folder. */
export function folderReader(stateDir: string): LedgerReader {
  const place = join(stateDir, 'ledger');
  return {
    place,
    isEmpty: async () => (await ledgerFiles(place, realDisk)).length === 0,
    verify: () => verifyFolder(place, realDisk),
    lines: (onBroken) => mergedLines(place, realDisk, onBroken),
    limits:
      'What no other file has seen may be missing unnoticed: lines since the last server began its file, and that file. ' +
      'Against that, ship the lines elsewhere as they come.',
    anew: `mv ${place} ${place}.broken, and restart the servers`,
  };
}
