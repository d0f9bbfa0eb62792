import { expect, test } from 'vitest';
import { connect } from '../../../test/connect.ts';
import { createSimulator } from '../../simulator/simulator.ts';

interface Task {
  type: string;
  id: string;
}

test('says which of the last tasks failed, why, and what that means', async () => {
  const { call } = await connect({ seed: 'demo' });
  const { text, data } = await call('list_tasks', {});
  const [headline, ...lines] = text.split('\n');
  expect(headline).toMatch(/^6 tasks, 2 FAILED, 1 with warnings, from 2026-11-21 16:30:00 UTC/);
  expect(lines).toContain(
    'FAILED vzdump on pve1 -> The storage is full: free space there, or choose another storage.',
  );
  expect(lines).toContain('vzdump on pve1: 102: job failed with err -28 - No space left on device');
  expect(text).toContain("start failed: QEMU exited with code 1: kvm: cannot set up guest memory 'pc.ram'");
  expect(text).toContain('-> The node has too little free memory');
  expect(data?.more).toBe(false);
});

test('a word stands for its types of Proxmox, and who and where narrow the list', async () => {
  const { call } = await connect({ seed: 'demo' });
  const ids = async (args: object) =>
    ((await call('list_tasks', { since: '60d', ...args })).data as { tasks: Task[] }).tasks.map(
      ({ type, id }) => `${type} ${id}`.trim(),
    );
  expect(await ids({ type: 'Backups', node: 'PVE3' })).toEqual(['vzdump']);
  expect(await ids({ type: 'start' })).toEqual(['qmstart 106', 'qmstart 105']);
  expect(await ids({ type: 'qmsnapshot' })).toEqual(['qmsnapshot 100']);
  expect(await ids({ user: 'alice' })).toEqual(['vncproxy 100']);
  expect(await ids({ user: 'root@pam!full', limit: '1' })).toEqual(['qmstart 106']);
  expect(await ids({ state: 'warnings' })).toEqual(['aptupdate']);
  expect(await ids({ until: '2026-11-12' })).toEqual(['qmsnapshot 100']);
});

test('the tasks of a guest include the backup jobs that cover it, with what became of it there', async () => {
  const { call } = await connect({ seed: 'demo' });
  const good = await call('list_tasks', { guest: 'web1', type: 'backup' });
  expect(good.text).toContain('ok for this guest (job errors)');
  expect(good.data?.tasks).toMatchObject([{ type: 'vzdump', id: '', state: 'ok' }]);
  const bad = await call('list_tasks', { guest: 102, state: 'failed' });
  expect(bad.data?.tasks).toMatchObject([
    { state: 'failed', error: 'job failed with err -28 - No space left on device' },
  ]);
  const none = await call('list_tasks', { guest: 204 });
  expect(none.text).toMatch(/^No tasks, of guest 204 proxy/);
});

test('what runs is found however long ago it began, and told to be running', async () => {
  const { call, cluster } = await connect({ seed: 'demo' });
  const node = cluster.nodes.get('pve1');
  const owner = { userid: 'root@pam', tokenid: 'full', authid: 'root@pam!full' };
  if (node)
    cluster.tasks.start(node, owner, 'qmigrate', 100, function* () {
      yield 10_000_000;
      return undefined;
    });
  const { text, data } = await call('list_tasks', { state: 'running' });
  expect(text).toMatch(/^1 task, 1 running, now/);
  expect(text).toContain('RUNNING');
  expect(data?.tasks).toMatchObject([{ type: 'qmigrate', id: '100', state: 'running' }]);
});

test('an offline node is not asked, and what it hides is said', async () => {
  const { call, cluster, simulator } = await connect({ seed: 'demo' });
  const pve2 = cluster.nodes.get('pve2');
  if (pve2) pve2.online = false;
  const { text, data } = await call('list_tasks', { type: 'backup' });
  expect(text).toContain(
    'Not seen: task log of pve2: the node is offline: only what it told the others last can be here',
  );
  expect(data?.unseen).toHaveLength(1);
  expect(simulator.received.some((one) => one.path.includes('/nodes/pve2/'))).toBe(false);
});

test('a list with more than its limit says so', async () => {
  const { call } = await connect({ seed: 'demo' });
  const { text, data } = await call('list_tasks', { limit: 2 });
  expect(text).toMatch(/^The newest 2 tasks/);
  expect(text).toContain('There are more: narrow with type, guest, state or until, or raise limit (2).');
  expect(data).toMatchObject({ more: true, tasks: [{ type: 'aptupdate' }, { type: 'qmstart' }] });
});

test('where Proxmox cannot look for all that is asked, it is said how far the log was searched', async () => {
  const { call, cluster } = await connect({ seed: 'demo' });
  const node = cluster.nodes.get('pve1');
  const owner = { userid: 'root@pam', tokenid: undefined, authid: 'root@pam' };
  const now = cluster.seconds();
  for (let number = 0; node && number < 700; number++) {
    const starttime = now - 100 - number;
    cluster.tasks.record(node, owner, {
      ...{ type: 'srvreload', id: 'sshd', starttime, endtime: starttime, exitstatus: 'OK', log: [] },
    });
  }
  const { text } = await call('list_tasks', { type: 'start', node: 'pve1' });
  expect(text).toMatch(/^No tasks/);
  expect(text).toMatch(/Not searched: the 20\d oldest of 70\d tasks of pve1/);
});

test('a login that may only look sees the same', async () => {
  const { call } = await connect({ seed: 'demo', token: 'monitor@pve!ro' });
  expect((await call('list_tasks', { type: 'backup' })).text).toMatch(/^2 tasks, 1 FAILED/);
});

test('bad input is told in a sentence', async () => {
  const { call } = await connect({ seed: 'demo' });
  const refused = async (args: object) => {
    const { text, isError } = await call('list_tasks', { ...args });
    expect(isError).toBe(true);
    return text;
  };
  expect(await refused({ since: '1h', until: '2d' })).toContain('upside down');
  expect(await refused({ guest: 'nobody' })).toContain('There is no guest nobody');
  expect(await refused({ node: 'pve7' })).toContain('The nodes are: pve1, pve2, pve3.');
  expect(await refused({ type: 'make coffee' })).toContain('There is no task type');
  expect(await refused({ state: 'angry' })).toContain('state must be one of: running, failed, ok, warnings');
});

test('a guest that is gone still has its tasks', async () => {
  const { call } = await connect({ seed: 'demo' });
  const { text } = await call('list_tasks', { guest: 777 });
  expect(text).toMatch(/^No tasks, of guest 777 \(no guest of that VMID now\)/);
});

test('a thousand guests fit, and each node is asked once', async () => {
  const simulator = createSimulator({ seed: 'demo', scale: 1000 });
  const { call } = await connect({ simulator });
  const owner = { userid: 'root@pam', tokenid: undefined, authid: 'root@pam' };
  for (const node of simulator.world.nodes.values())
    for (let number = 0; number < 30; number++) {
      const starttime = simulator.world.seconds() - 60 * number - 60;
      const exitstatus = 'unable to activate storage '.repeat(20);
      simulator.world.tasks.record(node, owner, {
        ...{ type: 'qmstart', id: '100', starttime, endtime: starttime, exitstatus, log: [] },
      });
    }
  const { text, data } = await call('list_tasks', {});
  expect(text.length).toBeLessThanOrEqual(8_000);
  expect(JSON.stringify(data).length).toBeLessThanOrEqual(8_000);
  const asked = simulator.received.filter(({ path }) => /\/tasks$/.test(path));
  expect(asked).toHaveLength(1 + simulator.world.nodes.size);
});
