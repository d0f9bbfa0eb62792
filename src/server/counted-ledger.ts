import type { Ledger } from '../api/gate/ledger.ts';
import type { Metrics } from './metrics.ts';

/** Counts the changes that pass through a ledger, and how the tasks ended that they began. */
export function countedLedger(ledger: Ledger, metrics: Pick<Metrics, 'count'>): Ledger {
  return {
    begin: (entry) => ledger.begin(entry),
    ended(entry, outcome) {
      metrics.count('changes_total', { code: outcome.failure?.code ?? 'ok' });
      return ledger.ended(entry, outcome);
    },
    taskEnded(upid, exitstatus) {
      const result = exitstatus === 'OK' ? 'ok' : exitstatus.startsWith('WARNINGS') ? 'warnings' : 'failed';
      metrics.count('tasks_total', { result });
      return ledger.taskEnded(upid, exitstatus);
    },
  };
}
