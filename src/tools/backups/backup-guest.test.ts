import { expect, test, vi } from 'vitest';
import { changesAt } from '../../../test/approval/house.ts';
import { connect } from '../../../test/connect.ts';
import { createSimulator } from '../../simulator/simulator.ts';

test('a guest is backed up where the jobs put their backups, and the answer says where it landed', async () => {
  const { call, cluster } = await connect({ seed: 'demo' });
  const told: string[] = [];
  const { text, data } = await call(
    'backup_guest',
    { guests: 'proxy', notes: 'before\nthe change', protected: 'yes' },
    (message) => told.push(message),
  );
  const [head, whom] = text.split('\n');
  expect(head).toBe('Backup to nas, the storage that the backup jobs use: 1 done');
  expect(whom).toMatch(
    /^204 proxy on pve1: nas:backup\/vzdump-lxc-204-[\d_-]+\.tar\.zst, 492 MiB, took \S+, protected$/,
  );
  const [guest] = (data?.guests ?? []) as { volid: string; size: number }[];
  const volume = cluster.storages.get('nas')?.get('pve1', guest?.volid ?? '');
  expect(volume).toMatchObject({ vmid: 204, size: guest?.size, protected: true });
  expect(told.length).toBeGreaterThan(0);
});

test('a VM: percentages as its log tells them; many on several nodes: a task for each node', async () => {
  const { call, simulator } = await connect({ seed: 'demo' });
  const told: string[] = [];
  const { text } = await call('backup_guest', { guests: '100,101,200', storage: 'nas' }, (message) =>
    told.push(message),
  );
  expect(text.split('\n')[0]).toBe('Backup to nas: 3 done');
  expect(text.match(/nas:backup\/vzdump-(qemu-100|qemu-101|lxc-200)-/g)).toHaveLength(3);
  expect(changesAt(simulator)).toEqual(['POST /nodes/pve1/vzdump', 'POST /nodes/pve2/vzdump']);
  expect(told.some((message) => /\d+% \(.* of 32/.test(message))).toBe(true);
});

test('a storage that is full: which guest failed and why, and how much is free', async () => {
  const { call, cluster } = await connect({ seed: 'demo' });
  const nas = cluster.storages.get('nas');
  if (nas) nas.full = true;
  const alone = await call('backup_guest', { guests: '200' });
  expect(alone.text).toMatch(
    /^Error \(task_failed\): No backup was made on nas\.\n<untrusted source="said">\n200 dns: job failed with err -28 - No space left on device\n<\/untrusted>\nWhat to do: The storage is full: .* nas has 0 B free\./,
  );
});

test('a locked guest among others: the others are done', async () => {
  const { call, cluster } = await connect({ seed: 'demo' });
  cluster.guests.get(100)?.set({ lock: 'migrate' });
  const { text, isError } = await call('backup_guest', { guests: '100,200' });
  expect(isError).toBe(false);
  expect(text).toMatch(/^Backup to nas, .*: 1 done, 1 FAILED$/m);
  expect(text).toContain('100: VM is locked (migrate)');
  expect(text).toMatch(/What to do: A job holds this lock/);
});

test('without jobs: the only storage that takes backups; a node that is away is said', async () => {
  const { call } = await connect();
  const { text } = await call('backup_guest', { guests: '100,102' });
  expect(text.split('\n')[0]).toBe(
    'Backup to local, the only storage there that takes backups: 1 done, 1 FAILED',
  );
  expect(text).toContain('102: its node pve2 is offline');
  expect((await call('backup_guest', { guests: '102' })).text).toMatch(/^Error \(node_unreachable\)/);
});

test.each([
  [{ storage: 'tape' }, /There is no storage tape .*\n.*These do: local, nas/],
  [{ storage: 'local-lvm' }, /Storage local-lvm takes no backups/],
  [{ mode: 'magic' }, /mode must be one of: snapshot, suspend, stop/],
  [{ guests: 'nobody' }, /There is no guest nobody/],
])('%o is refused in a plain sentence, before anything is done', async (args, words) => {
  const { call, simulator } = await connect({ seed: 'demo' });
  const { text, isError } = await call('backup_guest', { guests: '100', ...args });
  expect([isError, words.test(text)], text).toEqual([true, true]);
  expect(changesAt(simulator)).toEqual([]);
});

test('several storages and no job: which one?', async () => {
  const { call, cluster } = await connect({ seed: 'demo' });
  cluster.backupJobs.clear();
  const { text } = await call('backup_guest', { guests: '100' });
  expect(text).toMatch(/Several storages take backups.*\n.*Give storage: local \(.* free\), nas \(/);
});

test('a long backup is handed back when the time is up', async () => {
  const { call } = await connect({ seed: 'demo' });
  const { text, data } = await call('backup_guest', { guests: '105' });
  expect(text).toMatch(
    /^Backup to nas, .*: 1 STILL RUNNING\n105 build on pve3: STILL RUNNING\nFollow it with get_task upid=UPID:pve3:/,
  );
  expect(data).toMatchObject({ guests: [{ vmid: 105, state: 'running' }] });
});

test('who may only look makes none', async () => {
  const { call } = await connect({ seed: 'demo', token: 'monitor@pve!ro' });
  const { text, isError } = await call('backup_guest', { guests: '100', storage: 'nas' });
  expect([isError, /^Error \((?:forbidden|not_found)\)/.test(text)], text).toEqual([true, true]);
});

test('a call that is cancelled stops the backup', async () => {
  const { client, cluster } = await connect({ seed: 'demo' });
  const stop = new AbortController();
  const call = client.callTool({ name: 'backup_guest', arguments: { guests: '105' } }, {
    signal: stop.signal,
    onprogress: () => stop.abort(),
  } as never);
  await expect(call).rejects.toThrow();
  await vi.waitFor(() => {
    const task = cluster.tasks.of('pve3').find(({ type, id }) => type === 'vzdump' && id === '105');
    expect(task?.exitstatus).toMatch(/interrupt|unexpected status/);
  });
  expect(cluster.guests.get(105)?.lock).toBeUndefined();
});

test('a node that refuses does not hide what the others do', async () => {
  const faults = [{ name: '595', on: 'POST /nodes/pve2/vzdump' }] as const;
  const { call } = await connect({ simulator: createSimulator({ seed: 'demo', faults: [...faults] }) });
  const { text, isError } = await call('backup_guest', { guests: '200,101' });
  expect(isError).toBe(false);
  expect(text).toMatch(/1 done, 1 FAILED/);
  expect(text).toMatch(/101: Node pve2 can't be reached/);
  expect(text).toMatch(/200 dns on pve1: nas:backup\/vzdump-lxc-200-/);
});
