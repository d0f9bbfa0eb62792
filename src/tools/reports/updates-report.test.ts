import { expect, test } from 'vitest';
import { connect } from '../../../test/connect.ts';
import { createSimulator } from '../../simulator/simulator.ts';

test('names what waits, who needs a reboot, what differs, and a repository that only subscribers may use', async () => {
  const { call } = await connect({ seed: 'demo' });
  const { text } = await call('updates_report', {});
  const [headline, ...lines] = text.split('\n');
  expect(headline).toBe('3 nodes, 3 updates wait, 1 to be rebooted: 4 warnings');
  const named = (part: string) => lines.find((one) => one.includes(part)) ?? '';
  expect(named('pve1 needs a reboot')).toContain('runs 6.17.2-1-pve, installed 6.17.4-1-pve');
  expect(named('3 updates wait on pve2')).toContain(
    'kernel: proxmox-kernel-6.17 6.17.4-1; Proxmox: qemu-server 9.2.7; Debian stable fixes: openssl 3.5.4-1~deb13u2',
  );
  expect(named('lists of pve3')).toContain('last refreshed 8d 23h ago');
  expect(text).toContain("said\">\ncommand 'apt-get update' failed: exit code 100\n</untrusted>");
  expect(named('enterprise')).toContain('pve3 asks the enterprise repository but has no valid subscription');
  expect(lines).toContain('DIFFERS qemu-server: 9.2.7 on pve1; 9.2.6 on pve2, pve3');
});

test('a login that may only look is told what it lacks, and sees what the versions tell', async () => {
  const { call } = await connect({ seed: 'demo', token: 'monitor@pve!ro' });
  const { text, data, isError } = await call('updates_report', { node: 'pve2' });
  expect(isError).toBe(false);
  expect(text).toMatch(/^1 node, at least 1 update waits/);
  expect(text).toMatch(/Not seen: updates of pve2: .*Sys\.Modify/);
  expect(data?.nodes).toMatchObject([{ node: 'pve2', complete: false, packages: [{ name: 'qemu-server' }] }]);
});

test('a node that is offline is not asked, and said to be unseen', async () => {
  const { call, cluster, simulator } = await connect({ seed: 'demo' });
  cluster.setOnline('pve2', false);
  const { text } = await call('updates_report', {});
  expect(text).toContain('Not seen: packages of pve2: the node is offline');
  expect(text).toMatch(/^2 nodes, 0 updates wait/);
  expect(simulator.received.filter(({ path }) => path.includes('/nodes/pve2/'))).toEqual([]);
  expect((await call('updates_report', { node: 'nope' })).text).toContain('The nodes are: pve1, pve2, pve3.');
});

test('a large cluster stays within the budget', async () => {
  const { call } = await connect({ simulator: createSimulator({ seed: 'demo', scale: 1000 }) });
  const { text, data } = await call('updates_report', {});
  expect(text.length).toBeLessThanOrEqual(8_000);
  expect(JSON.stringify(data).length).toBeLessThanOrEqual(8_000);
});
