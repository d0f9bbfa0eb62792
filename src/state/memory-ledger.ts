import type { Outcome } from '../api/gate/door.ts';
import type { Ledger, LedgerEntry } from '../api/gate/ledger.ts';

/** A ledger that ends with the process: for tests, and where nothing is to be kept. */
export class MemoryLedger implements Ledger {
  readonly entries: (LedgerEntry & { outcome?: Outcome; exitstatus?: string })[] = [];

  async begin(entry: LedgerEntry): Promise<string> {
    this.entries.push({ ...entry });
    return String(this.entries.length - 1);
  }

  async ended(entry: string, outcome: Outcome): Promise<void> {
    Object.assign(this.entries[Number(entry)] ?? {}, { outcome });
  }

  async taskEnded(upid: string, exitstatus: string): Promise<void> {
    const entry = this.entries.find(({ outcome }) => outcome?.upid === upid);
    if (entry) entry.exitstatus = exitstatus;
  }
}
