import { expect, test } from 'vitest';
import { connect } from '../../../test/connect.ts';
import { createSimulator } from '../../simulator/simulator.ts';

test('names what is wrong, the worst first, with what to do about it', async () => {
  const { call, simulator } = await connect({ seed: 'demo' });
  const { text, data } = await call('cluster_health', {});
  const [headline, ...lines] = text.split('\n');
  expect(headline).toBe('3 nodes online, 3 critical, 3 warnings, 1 note');
  expect(lines.flatMap((one) => /^[A-Z]\w+:?(?= )/.exec(one) ?? [])).toEqual([
    ...['CRITICAL', 'CRITICAL', 'CRITICAL', 'WARNING', 'WARNING', 'WARNING', 'NOTE', 'Checked:'],
  ]);
  const named = (part: string) => lines.find((one) => one.includes(part)) ?? '';
  expect(named('storage nas')).toContain('-> What takes it and what can go: storage_report');
  expect(named('tank on pve3 is DEGRADED')).toContain('disk_report node=pve3');
  expect(named('pveproxy-ssl.pem of pve2')).toMatch(/^WARNING .* expires in 9d/);
  expect(named('a backup failed: pve1')).toMatch(
    /last 14h 30m ago.*backup_report, or get_task upid=UPID:pve1:/,
  );
  expect(text).toMatch(
    /qmstart failed: 106 on pve2.*\n<untrusted source="said">\nstart failed: QEMU exited with code 1\n/,
  );
  expect(lines.at(-1)).toMatch(/^Checked: quorum, HA, Ceph \(not installed\), .*failed tasks of 24 h/);
  expect(data?.unseen).toEqual([]);
  expect(simulator.received.length).toBeLessThanOrEqual(30);
});

test('failed tasks of another time, and a time that is none', async () => {
  const { call } = await connect({ seed: 'demo' });
  expect((await call('cluster_health', { since: '1h' })).text).not.toContain('qmstart');
  expect((await call('cluster_health', { since: '3d' })).text).toContain('2 tasks aptupdate failed: pve3');
  const odd = await call('cluster_health', { since: 'lately' });
  expect([odd.isError, odd.text.includes("since can't be read as a moment")]).toEqual([true, true]);
});

test('a node that is offline is the first thing said, and is not asked', async () => {
  const { call, cluster, simulator } = await connect({ seed: 'demo' });
  cluster.setOnline('pve2', false);
  const { text, isError } = await call('cluster_health', {});
  expect(isError).toBe(false);
  const [headline, first] = text.split('\n');
  expect(headline).toMatch(/^2 of 3 nodes online, /);
  expect(first).toMatch(/^CRITICAL node pve2 is offline \(\d+ guests are on it\)/);
  expect(text).toContain('if one more node fails, quorum is lost');
  expect(text).toContain('Not seen: node pve2: it is offline');
  expect(simulator.received.filter(({ path }) => path.includes('/nodes/pve2/'))).toEqual([]);
});

test('a service that is down', async () => {
  const { call, cluster } = await connect({ seed: 'demo' });
  cluster.nodes.get('pve1')?.services.set('pvestatd', false);
  expect((await call('cluster_health', {})).text).toMatch(
    /WARNING service pvestatd on pve1 is down .*get_logs/,
  );
});

test('a login that may only look sees as much; one that may see little is told what it lacks', async () => {
  const { call } = await connect({ seed: 'demo', token: 'monitor@pve!ro' });
  expect((await call('cluster_health', {})).text).toMatch(/^3 nodes online, 3 critical, 3 warnings/);
  const house = await connect({ seed: 'demo', token: 'monitor@pve!ro' });
  house.cluster.access.acl.revoke('/', 'token', 'monitor@pve!ro', 'PVEAuditor');
  house.cluster.access.grant('/vms', 'token', 'monitor@pve!ro', 'PVEVMUser');
  const blind = await house.call('cluster_health', {});
  expect(blind.isError).toBe(false);
  expect(blind.text).toContain('Not seen: ');
  expect(blind.text).toContain('Sys.Audit');
  expect(blind.text).toMatch(/Checked: (?!.*services)/);
});

test('where all is well, one line says so and what was looked at; a large cluster stays within the budget', async () => {
  const { call } = await connect({ simulator: createSimulator({ seed: 'demo', scale: 1000 }) });
  const { text, data } = await call('cluster_health', {});
  expect(text.length).toBeLessThanOrEqual(8_000);
  expect(JSON.stringify(data).length).toBeLessThanOrEqual(8_000);
  expect(text).toMatch(/^All is well: 20 nodes online/);
});
