import type { Ledger } from '../api/gate/ledger.ts';
import { taskEnd } from '../api/watch.ts';
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
      metrics.count('tasks_total', { result: taskEnd(exitstatus) });
      return ledger.taskEnded(upid, exitstatus);
    },
  };
}
