/*
 * A backup job is one task for many guests, and its end says no more than `job errors`: what became of each guest
 * stands in its log. The lines are as recorded on PVE 9.2 (`INFO: Starting Backup of VM 200 (lxc)`); that of a guest
 * which failed begins with `ERROR: Backup of VM`.
 */

/** What the log of a backup says about one guest. */
export interface GuestBackup {
  vmid: number;
  state: 'ok' | 'failed' | 'unfinished';
  /** Where it failed: why, in Proxmox's words. */
  error?: string;
  /** `HH:MM:SS`, as the log has it. */
  took?: string;
  /** Its lines in the log. */
  lines: string[];
}

/** What became of each guest, in the order of the log. */
export function backupsIn(log: readonly string[]): GuestBackup[] {
  const all: GuestBackup[] = [];
  let at: GuestBackup | undefined;
  for (const line of log) {
    const begun = number(/^INFO: Starting Backup of VM (\d+)\b/.exec(line)?.[1]);
    const [, failed, error] = /^ERROR: Backup of VM (\d+) failed(?: - (.*))?$/.exec(line) ?? [];
    const [, done, took] = /^INFO: Finished Backup of VM (\d+)(?: \(([\d:]+)\))?/.exec(line) ?? [];
    if (begun !== undefined) {
      at = { vmid: begun, state: 'unfinished', lines: [] };
      all.push(at);
    } else if (failed !== undefined && at?.vmid !== Number(failed)) {
      // A guest that is not there fails before it starts.
      at = { vmid: Number(failed), state: 'failed', lines: [] };
      all.push(at);
    } else if (/^INFO: Backup job finished|^TASK |^INFO: starting new backup job/.test(line)) at = undefined;
    at?.lines.push(line);
    if (at === undefined) continue;
    if (failed !== undefined) {
      at.state = 'failed';
      at.error = error ?? line;
    }
    if (done !== undefined) {
      at.state = 'ok';
      if (took !== undefined) at.took = took;
    }
  }
  return all;
}

/** What the log says of this guest. */
export function backupOf(log: readonly string[], vmid: number): GuestBackup | undefined {
  return backupsIn(log).findLast((each) => each.vmid === vmid);
}

function number(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
