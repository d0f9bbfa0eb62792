import { expect, test } from 'vitest';
import { connect } from '../../../test/connect.ts';
import { filterLines } from './log-filter.ts';

test('the journal of a node over a window, newest last, fenced', async () => {
  const { call } = await connect({ seed: 'demo' });
  const { text, data } = await call('get_logs', { node: 'pve2', since: '24h' });
  expect(text).toMatch(/^journal of pve2: \d+ lines \(\d+ read\), newest last\nFrom 2026-11-21 16:30:00 UTC/);
  expect(text).toContain('<untrusted source="journal of pve2">');
  const lines = data?.lines as string[];
  expect(lines.at(-1)).toContain('end task UPID:pve2:');
  expect(lines.some((each) => each.startsWith('s='))).toBe(false);
});

test('a service, a text and a guest choose lines of it', async () => {
  const { call } = await connect({ seed: 'demo' });
  const lines = async (args: object) =>
    (await call('get_logs', { node: 'pve1', ...args })).data?.lines as string[];
  expect(await lines({ service: 'pve-cluster.service' })).toEqual([expect.stringContaining('pmxcfs[')]);
  expect(await lines({ text: 'JOB ERRORS' })).toEqual([expect.stringContaining('job errors')]);
  const named = (await call('get_logs', { guest: 106 })).data?.lines as string[];
  expect(named.length).toBeGreaterThan(0);
  expect(named.every((each) => each.includes(':qmstart:106:'))).toBe(true);
});

test('task logs bear their task; of a guest, only its part of a backup job', async () => {
  const { call } = await connect({ seed: 'demo' });
  const { text } = await call('get_logs', { source: 'tasks', guest: 'db1', text: 'error' });
  expect(text).toContain(
    '11-22 02:00 vzdump on pve1| ERROR: job failed with err -28 - No space left on device',
  );
  expect(text).not.toContain('TASK ERROR');
});

test('a firewall log that is empty says what writes it', async () => {
  const { call } = await connect({ seed: 'demo' });
  const { text, isError } = await call('get_logs', { source: 'firewall', guest: 100 });
  expect(isError).toBe(false);
  expect(text).toContain('firewall log of guest 100: 0 lines');
  expect(text).toContain('firewall_report');
});

test('bad input is told in a sentence', async () => {
  const { call } = await connect({ seed: 'demo' });
  const refused = async (args: object) => {
    const { text, isError } = await call('get_logs', { ...args });
    expect(isError).toBe(true);
    return text;
  };
  expect(await refused({})).toContain('Give node (pve1, pve2, pve3) or guest.');
  expect(await refused({ source: 'tasks', service: 'pveproxy' })).toContain('Only the journal has services');
  expect(await refused({ node: 'pve1', since: '1h', until: '3h' })).toContain('upside down');
});

test('of a node that is offline nothing can be read, and another one is named', async () => {
  const { call, cluster } = await connect({ seed: 'demo' });
  const pve3 = cluster.nodes.get('pve3');
  if (pve3) pve3.online = false;
  const { text, isError } = await call('get_logs', { guest: 104 });
  expect(isError).toBe(true);
  expect(text).toContain('pve3 is offline: its logs lie on it.');
});

test('a login without Sys.Syslog hears which privilege is missing', async () => {
  const { call } = await connect({ seed: 'demo', token: 'monitor@pve!ro' });
  const { text, isError } = await call('get_logs', { node: 'pve1', source: 'firewall', guest: 100 });
  expect(isError).toBe(true);
  expect(text).toContain('VM.Console');
});

test('long lines and many of them stay in the budget', async () => {
  const { call, cluster } = await connect({ seed: 'demo' });
  const node = cluster.nodes.get('pve1');
  const owner = { userid: 'root@pam', tokenid: undefined, authid: 'root@pam' };
  const starttime = cluster.seconds() - 60;
  const log = Array.from({ length: 900 }, (_, index) => `line ${index} ${'x'.repeat(400)}`);
  if (node)
    cluster.tasks.record(node, owner, {
      ...{ type: 'qmmove', id: '100', starttime, endtime: starttime + 9, exitstatus: 'OK', log },
    });
  const { text, data } = await call('get_logs', { source: 'tasks', node: 'pve1', since: '1h' });
  expect(text.length).toBeLessThanOrEqual(8_000);
  expect(JSON.stringify(data).length).toBeLessThanOrEqual(8_000);
  expect(text).toContain('For earlier ones');
});

test('a number is a guest only where it stands for one', () => {
  const lines = [
    'a VM 100 started',
    'b took 1001 ms',
    'c 192.0.2.100',
    'd tap100i0: up',
    'e UPID:pve1:0:0:0:qmstart:100:root@pam:',
  ];
  expect(filterLines(lines, { vmid: 100 }).map((each) => each[0])).toEqual(['a', 'd', 'e']);
});
