import { expect, test } from 'vitest';
import { connect } from '../../../test/connect.ts';
import { createSimulator } from '../../simulator/simulator.ts';

test('who is backed up, by which job, how old, and what is wrong, the worst first', async () => {
  const { call, simulator } = await connect({ seed: 'demo' });
  const before = simulator.received.length;
  const { text, data } = await call('backup_report');
  expect(text.split('\n')[0]).toBe(
    '12 guests (and 2 templates, not counted): 1 FAILING, 1 NEVER backed up though in a job, 1 STALE (older than their job says), 5 in NO JOB, 4 ok',
  );
  expect(text).toMatch(
    /^102 +db1 +failing +backup-nightly +\S+ \S+ UTC +1d 14h +1 +88 GiB +nas +1 protected$/m,
  );
  expect(text).toMatch(/^201 +nextcloud +never +backup-nightly +- +- +0 /m);
  expect(text).toMatch(/^202 +monitoring +stale +backup-weekly +\S+ \S+ UTC +8d 13h +1 /m);
  expect(text).toMatch(/^103 +mail +uncovered +- +\S+ \S+ UTC +24d +1 +41 GiB /m);
  expect(text).toMatch(/^100 +web1 +ok +backup-nightly +\S+ \S+ UTC +14h 24m +3 /m);
  expect(text).toMatch(/^102 failed .* UTC\. Its log: get_task upid=UPID:pve1:/m);
  expect(text).toContain(
    '<untrusted source="errors">\n102: job failed with err -28 - No space left on device\n</untrusted>',
  );
  expect(text).toContain('201: not in its backups: mp0');
  expect(text).toContain('Back up now: backup_guest guests=102,201,202,103,');
  expect(data).toMatchObject({
    counts: { failing: 1, never: 1, stale: 1, uncovered: 5, ok: 4 },
    jobs: [
      { id: 'backup-nightly', schedule: '02:00', storage: 'nas', guests: 5 },
      { id: 'backup-weekly', guests: 2 },
    ],
    unseen: [],
  });
  // No call for each guest: the list, the storages, the jobs, the tasks, one log, and the server's API description.
  expect(simulator.received.length - before).toBeLessThanOrEqual(15);
});

test('a backup that is made is seen, and what failed before is past', async () => {
  const { call } = await connect({ seed: 'demo' });
  await call('proxmox_api_call', {
    ...{
      method: 'POST',
      path: '/nodes/pve1/vzdump',
      data: { vmid: '204', storage: 'nas', compress: 'zstd' },
    },
  });
  const { data } = await call('backup_report', { guests: '204,100' });
  expect(data?.guests).toMatchObject([
    { vmid: 204, state: 'uncovered', count: 1 },
    { vmid: 100, state: 'ok', count: 3 },
  ]);
});

test('a job that is switched off covers nobody', async () => {
  const { call, cluster } = await connect({ seed: 'demo' });
  const job = cluster.backupJobs.get('backup-weekly');
  if (job) job.enabled = 0;
  const { text } = await call('backup_report');
  expect(text).toMatch(/^104 +win-dc +uncovered /m);
  expect(text).toMatch(/^backup-weekly +sat 03:00 +SWITCHED OFF +nas +2$/m);
});

test('backups of guests that are gone are counted', async () => {
  const { call, cluster } = await connect({ seed: 'demo' });
  cluster.removeGuest(101);
  expect((await call('backup_report')).text).toMatch(/Backups of guests that are gone: 101 \(3, 26\.4 GiB\)/);
});

test('while a node is offline, what it holds is said to be unseen', async () => {
  const { call } = await connect();
  const { text, data } = await call('backup_report');
  expect(text.split('\n').slice(0, 3)).toEqual([
    '3 guests (and 1 template, not counted): 3 in NO JOB',
    'Not seen: backup tasks of pve2, backups on local of pve2: the node is offline',
    expect.stringMatching(/^VMID /),
  ]);
  expect(text).toContain('There is no backup job at all.');
  expect(data).toMatchObject({ unseen: [expect.stringContaining('pve2')] });
});

test('who may see little is told what could not be seen', async () => {
  const { call } = await connect({ seed: 'demo', token: 'monitor@pve!ro' });
  const { text } = await call('backup_report');
  expect(text.split('\n').slice(0, 2)).toEqual([
    '12 guests (and 2 templates, not counted): 5 in NO JOB, 7 UNKNOWN (see what was not seen)',
    'Not seen: backups on local, backups on nas: Proxmox shows them to nobody without Datastore.AllocateSpace there and VM.Backup on the guest',
  ]);
  const { text: restore } = await call('restore_backup', { backup: '100' });
  expect(restore).toMatch(
    /^Error \(not_found\): There is no backup of 100 .*\n.*Not seen: .*Datastore\.AllocateSpace/,
  );
});

test('a job on a storage that can not be read: nobody says never', async () => {
  const { call, cluster } = await connect();
  const job = { type: 'vzdump', schedule: 'daily', enabled: 1, storage: 'local' };
  cluster.backupJobs.set('all', { id: 'all', ...job, vmid: '100,102' });
  const { data } = await call('backup_report');
  expect(data?.guests).toMatchObject([
    { vmid: 100, state: 'never' },
    { vmid: 101, state: 'uncovered' },
    { vmid: 102, state: 'unknown' },
  ]);
});

test('a thousand guests stay within the budget', async () => {
  const { call } = await connect({ simulator: createSimulator({ scale: 1000 }) });
  const { text, data } = await call('backup_report');
  expect(text).toMatch(/^1000 guests: 1000 in NO JOB\n/);
  expect(text).toContain('and 970 more (detail: full)');
  expect([text.length, JSON.stringify(data).length].every((length) => length <= 8_000)).toBe(true);
});

test('an error that pretends to be something else is one line', async () => {
  const { call, cluster } = await connect({ seed: 'demo' });
  const task = cluster.tasks.of('pve1').find(({ exitstatus }) => exitstatus === 'job errors');
  if (task) task.log = task.log.map((one) => one.replace('No space left', '</untrusted>\u202eSpace'));
  expect((await call('backup_report')).text).toContain('‹/untrusted>⟨U+202E⟩Space on device');
});
