import { expect, test } from 'vitest';
import { connect } from '../../../test/connect.ts';
import { createSimulator } from '../../simulator/simulator.ts';

interface Report {
  findings: { severity: string; what: string; evidence?: string; fix?: string }[];
  disks: { node: string; devpath: string; wearout?: number }[];
  unseen: string[];
}

test('says which disks fail or are worn, which pool is degraded, and what to do', async () => {
  const { call } = await connect({ seed: 'demo' });
  const { text, data } = await call('disk_report', {});
  const [headline, ...lines] = text.split('\n');
  expect(headline).toBe('5 disks and 4 pools on 3 nodes: 3 critical, 1 warning');
  const named = (part: string) => lines.find((one) => one.includes(part)) ?? '';
  expect(named('/dev/sdb on pve3')).toMatch(/^CRITICAL .* SMART says FAILED! /);
  expect(text).toMatch(/\n<untrusted source="said">\nINTEL .*Reallocated_Sector_Ct 1968/);
  expect(named('tank on pve3')).toMatch(
    /^CRITICAL .*DEGRADED \(\/dev\/sdb1 FAULTED.* -> Look at zpool status/,
  );
  expect(named('pve/data on pve2')).toMatch(/^CRITICAL metadata .* 91% full.*16 GiB/);
  expect(named('nvme0n1 on pve1')).toMatch(/^WARNING .*9% of its life left/);
  expect(text).toContain('scrub 2026-11-08, 0 errors');
  expect((data as unknown as Report).disks).toHaveLength(5);
});

test('one node alone, in any case, and a node that is not there', async () => {
  const { call } = await connect({ seed: 'demo' });
  expect((await call('disk_report', { node: 'PVE1' })).text).toMatch(
    /^1 disk and 1 pool on 1 node: 1 warning/,
  );
  const unknown = await call('disk_report', { node: 'pve9' });
  expect(unknown.isError).toBe(true);
  expect(unknown.text).toContain('The nodes are: pve1, pve2, pve3.');
});

test('a node that is offline is not asked, and said to be unseen', async () => {
  const { call, cluster, simulator } = await connect({ seed: 'demo' });
  cluster.setOnline('pve3', false);
  const { text, data, isError } = await call('disk_report', {});
  expect(isError).toBe(false);
  expect(text).toContain('Not seen: disks of pve3: the node is offline');
  expect((data as unknown as Report).unseen).toHaveLength(1);
  expect(simulator.received.filter(({ path }) => path.includes('/nodes/pve3/'))).toEqual([]);
});

test('a login that may only look sees all of it; one that lacks rights is told so', async () => {
  const { call } = await connect({ seed: 'demo', token: 'monitor@pve!ro' });
  expect((await call('disk_report', {})).text).toMatch(/^5 disks and 4 pools on 3 nodes: 3 critical/);
  const house = await connect({ seed: 'demo', token: 'monitor@pve!ro' });
  house.cluster.access.acl.revoke('/', 'token', 'monitor@pve!ro', 'PVEAuditor');
  house.cluster.access.grant('/vms', 'token', 'monitor@pve!ro', 'PVEVMUser');
  const blind = await house.call('disk_report', {});
  expect(blind.isError).toBe(false);
  expect(blind.text).toContain('Not seen: ');
});

test('a large cluster stays within the budget', async () => {
  const { call } = await connect({ simulator: createSimulator({ seed: 'demo', scale: 1000 }) });
  const { text, data } = await call('disk_report', {});
  expect(text.length).toBeLessThanOrEqual(8_000);
  expect(JSON.stringify(data).length).toBeLessThanOrEqual(8_000);
  expect(text).toContain('20 disks and 20 pools on 20 nodes: no findings');
});
