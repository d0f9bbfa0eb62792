import { expect, test } from 'vitest';
import { connect } from '../../../test/connect.ts';
import { createSimulator } from '../../simulator/simulator.ts';

interface Report {
  guests: { vmid: number; filtered: string; bareNics: string[] }[];
  places: { where: string; enabled?: boolean }[];
  calls: number;
  unseen: string[];
}

test('says what is open to everybody, which guest only seems guarded, and who has no firewall', async () => {
  const { call, simulator } = await connect({ seed: 'demo' });
  const { text, data } = await call('firewall_report', {});
  expect(text).toMatch(/^Datacenter firewall on; 2 of \d+ guests filtered: 1 critical, /);
  expect(text).toContain(
    'CRITICAL the firewall of 103 mail is on and filters NOTHING: net0 lacks firewall=1',
  );
  expect(text).toContain('configure_guest 103 net={"net0":"firewall=1"}');
  expect(text).toMatch(
    /WARNING every node lets anybody in to SSH \(22\) \(rule 1: IN ACCEPT SSH from anywhere\)/,
  );
  expect(text).toMatch(/WARNING guest 102 db1 lets anybody in to PostgreSQL \(5432\)/);
  expect(text).not.toMatch(/guest 101 web2 lets anybody/);
  expect(text).toMatch(/WARNING \d+ running guests without a firewall .*100 web1/);
  expect(text).toContain('NOTE rules that are switched off and do nothing (1 of 102 db1)');
  expect(text).toContain('NOTE no rule that counts refers to set old-partners');
  const { guests, calls } = data as unknown as Report;
  expect(guests[0]).toMatchObject({ vmid: 103, filtered: 'no', bareNics: ['net0'] });
  expect(guests.find(({ vmid }) => vmid === 101)).toMatchObject({ filtered: 'yes', bareNics: [] });
  const sent = simulator.received.filter(({ path }) => /firewall|\/config|cluster\/resources/.test(path));
  expect(calls).toBe(sent.length);
});

test('the datacenter off: nothing is filtered, whatever the guests say', async () => {
  const { call, cluster } = await connect({ seed: 'demo' });
  cluster.firewalls.of('/').options.enable = 0;
  const { text } = await call('firewall_report', {});
  expect(text).toMatch(/^Datacenter firewall OFF; 0 of \d+ guests filtered/);
  expect(text).toMatch(
    /CRITICAL the firewall of the datacenter is off: NOTHING is filtered, though 3 guests have theirs on \(101 web2/,
  );
});

test('one guest by its name, and one that is not there', async () => {
  const { call } = await connect({ seed: 'demo' });
  const { text, data } = await call('firewall_report', { guest: 'db1' });
  expect((data as unknown as Report).guests.map(({ vmid }) => vmid)).toEqual([102]);
  expect(text).not.toContain('without a firewall');
  const unknown = await call('firewall_report', { guest: 999 });
  expect(unknown.isError).toBe(true);
  expect(unknown.text).toContain('There is no guest 999');
});

test('a node that is offline is not asked, and said to be unseen with its guests', async () => {
  const { call, cluster, simulator } = await connect({ seed: 'demo' });
  cluster.setOnline('pve2', false);
  const { text, isError } = await call('firewall_report', {});
  expect(isError).toBe(false);
  expect(text).toMatch(
    /Not seen: \d+ guests, firewall of pve2: (?:their|the) node is offline|Not seen: \d+ guests: their node is offline/,
  );
  expect(text).not.toContain('no rule that counts refers to');
  expect(simulator.received.filter(({ path }) => path.includes('/nodes/pve2/'))).toEqual([]);
});

test('an auditor sees it; a login that sees one part is told what it lacks', async () => {
  const { call } = await connect({ seed: 'demo', token: 'monitor@pve!ro' });
  expect((await call('firewall_report', {})).text).toMatch(/^Datacenter firewall on; 2 of/);
  const house = await connect({ seed: 'demo', token: 'monitor@pve!ro' });
  house.cluster.access.acl.revoke('/', 'token', 'monitor@pve!ro', 'PVEAuditor');
  house.cluster.access.grant('/vms', 'token', 'monitor@pve!ro', 'PVEAuditor');
  const part = await house.call('firewall_report', {});
  expect(part.isError).toBe(false);
  expect(part.text).toMatch(/^Datacenter firewall unknown; /);
  expect(part.text).toContain('Not seen: ');
});

test('a thousand guests: the budget holds, and what was not looked into is said', async () => {
  const { call } = await connect({ simulator: createSimulator({ seed: 'demo', scale: 1000 }) });
  const { text, data } = await call('firewall_report', {});
  expect(text.length).toBeLessThanOrEqual(8_000);
  expect(JSON.stringify(data).length).toBeLessThanOrEqual(8_000);
  expect(text).toContain('Not seen: 850 guests: 150 are looked into at once, running ones first');
});
