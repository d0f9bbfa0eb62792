import type { Ledger } from '../api/gate/ledger.ts';
import { realClock } from '../clock.ts';
import type { Config } from '../config/parse.ts';
import type { RedisStore } from '../state/redis/store.ts';
import { version } from './version.ts';

/** A ledger that is closed with the server. */
export type OpenLedger = Ledger & { close(): Promise<void> };

/**
 * Where changes are written down: in what replicas share, else in the state folder. The simulated cluster has nothing to lose, so where there is no
 * such folder its ledger is in memory, and the demo runs anywhere; a real Proxmox is not changed then.
 */
export async function openLedger(
  { proxmox, stateDir }: Pick<Config, 'proxmox' | 'stateDir'>,
  way: { server: string; login: string },
  store: RedisStore | undefined,
): Promise<OpenLedger> {
  if (store !== undefined) return store.ledger({ ...way, version });
  const { FileLedger } = await import('../state/ledger/file-ledger.ts');
  const ledger = new FileLedger({ ...way, stateDir, version, clock: realClock });
  if (proxmox !== undefined) return ledger;
  const { MemoryLedger } = await import('../state/memory-ledger.ts');
  let chosen: Promise<Ledger> | undefined;
  return {
    begin: async (entry) => {
      chosen ??= ledger.hasFolder().then((has) => (has ? ledger : new MemoryLedger()));
      return (await chosen).begin(entry);
    },
    ended: async (entry, outcome) => (await chosen)?.ended(entry, outcome),
    taskEnded: async (upid, exitstatus) => (await chosen)?.taskEnded(upid, exitstatus),
    close: () => ledger.close(),
  };
}
