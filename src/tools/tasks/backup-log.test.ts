import { expect, test } from 'vitest';
import { backupOf, backupsIn } from './backup-log.ts';

const log = [
  'INFO: starting new backup job: vzdump 100 101 102 --storage nas',
  'INFO: Starting Backup of VM 100 (qemu)',
  'INFO: Finished Backup of VM 100 (00:04:11)',
  "ERROR: Backup of VM 101 failed - unable to find VM '101'",
  'INFO: Starting Backup of VM 102 (lxc)',
  'ERROR: Backup of VM 102 failed - command failed: exit code 2',
  'INFO: Failed at 2026-11-22 02:10:00',
  'INFO: Backup job finished with errors',
  'TASK ERROR: job errors',
];

test('tells for each guest what became of it', () => {
  expect(backupsIn(log).map(({ vmid, state, error }) => [vmid, state, error])).toEqual([
    [100, 'ok', undefined],
    [101, 'failed', "unable to find VM '101'"],
    [102, 'failed', 'command failed: exit code 2'],
  ]);
  expect(backupOf(log, 102)?.lines).toEqual(log.slice(4, 7));
  expect(backupOf(log, 100)?.took).toBe('00:04:11');
});

test('a guest whose backup goes on, or was cut off, is unfinished', () => {
  expect(backupsIn(log.slice(0, 2))).toMatchObject([{ vmid: 100, state: 'unfinished' }]);
  expect(backupsIn([])).toEqual([]);
});
