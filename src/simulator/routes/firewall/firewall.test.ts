import { describe, expect, test } from 'vitest';
import { lab } from '../lab.ts';

// Texts and shapes recorded on PVE 9.2, or as its firewall documents them.
const cluster = '/cluster/firewall';
const guest = '/nodes/pve1/qemu/100/firewall';
const EMPTY = 'da39a3ee5e6b4b0d3255bfef95601890afd80709';

describe('rules', () => {
  test('the newest comes first, and each knows its position', async () => {
    const { data } = lab();
    await data(`POST ${cluster}/rules`, { type: 'in', action: 'ACCEPT', proto: 'tcp', dport: 22, enable: 1 });
    await data(`POST ${cluster}/rules`, { type: 'in', action: 'DROP', source: '10.0.0.0/8' });
    const rows = await data(`GET ${cluster}/rules`);
    expect(rows.map(({ pos, action, enable }: Record<string, unknown>) => [pos, action, enable])).toEqual([
      [0, 'DROP', 0],
      [1, 'ACCEPT', 1],
    ]);
    await data(`PUT ${cluster}/rules/0`, { moveto: 2 });
    expect((await data(`GET ${cluster}/rules`))[1].action).toBe('DROP');
  });

  test('one that is not there', async () => {
    const { data, refusal } = lab();
    expect((await refusal(`DELETE ${cluster}/rules/7`))[1]).toMatch(
      /^Can't use an undefined value as an ARRAY/,
    );
    expect(await refusal(`GET ${cluster}/rules/7`)).toEqual([500, 'no rule at position 7']);
    await data(`POST ${cluster}/rules`, { type: 'in', action: 'ACCEPT' });
    expect(await refusal(`DELETE ${cluster}/rules/7`)).toEqual([500, 'no rule at position 7']);
  });

  test.each([
    [{ action: 'EXPLODE' }, { action: "unknown action 'EXPLODE'" }],
    [{ dport: '22' }, { proto: "missing property - 'dport' requires this property" }],
    [{ proto: 'gre', dport: '22' }, { dport: "protocol 'gre' does not support ports" }],
    [{ macro: 'Nope' }, { macro: "unknown macro 'Nope'" }],
    [{ source: '+nope' }, { source: "no such ipset 'nope'" }],
    [{ source: 'nope' }, { source: "no such alias 'nope'" }],
  ])('%o is refused', async (fields, errors) => {
    const { refusal } = lab();
    const rule = { type: 'in', action: 'ACCEPT', ...(fields as Record<string, string>) };
    expect(await refusal(`POST ${cluster}/rules`, rule)).toEqual([400, errors]);
  });

  test("a guest's are its own, and go with it", async () => {
    const { data, task } = lab();
    await data('POST /nodes/pve1/lxc/101/firewall/rules', { type: 'in', action: 'ACCEPT', iface: 'net0' });
    expect(await data(`GET ${cluster}/rules`)).toEqual([]);
    expect(await data('GET /nodes/pve1/lxc/101/firewall/rules')).toHaveLength(1);
    await task('DELETE /nodes/pve1/lxc/101');
    expect(await data('GET /nodes/pve1/lxc/101/firewall/rules')).toEqual([]);
  });
});

test('options start as nothing; a digest guards them', async () => {
  const { data, refusal } = lab();
  expect(await data(`GET ${guest}/options`)).toEqual({ digest: EMPTY });
  await data(`PUT ${guest}/options`, { enable: 1, policy_in: 'DROP' });
  expect(await data(`GET ${guest}/options`)).toMatchObject({ enable: 1, policy_in: 'DROP' });
  expect(await refusal(`PUT ${guest}/options`, { enable: 0, digest: EMPTY })).toEqual([
    ...[500, 'detected modified configuration - file changed by other user? Try again.'],
  ]);
  expect(await refusal(`PUT ${guest}/options`, { delete: 'nope' })).toEqual([
    ...[400, { delete: "no such option 'nope'" }],
  ]);
});

test('aliases: found in any case, refused where they are taken or missing', async () => {
  const { data, refusal } = lab();
  await data(`POST ${cluster}/aliases`, { name: 'Web', cidr: '192.0.2.1/32' });
  expect(await data(`GET ${cluster}/aliases/web`)).toEqual({ name: 'Web', cidr: '192.0.2.1', ipversion: 4 });
  expect(await refusal(`POST ${cluster}/aliases`, { name: 'web', cidr: '192.0.2.2' })).toEqual([
    ...[400, { name: "alias 'web' already exists" }],
  ]);
  expect(await refusal(`GET ${cluster}/aliases/nope`)).toEqual([400, { name: 'no such alias' }]);
  expect(await refusal(`PUT ${cluster}/aliases/nope`, { cidr: '192.0.2.2' })).toEqual([
    ...[400, { name: 'no such alias' }],
  ]);
  expect(await refusal(`DELETE ${cluster}/aliases/nope`)).toEqual([200, 'OK']);
  expect(await data(`GET ${guest}/refs`)).toEqual([{ type: 'alias', name: 'web', ref: 'web', scope: 'dc' }]);
});

test('ipsets: entries once each, and no set goes while it has some', async () => {
  const { data, refusal } = lab();
  await data(`POST ${cluster}/ipset`, { name: 'set1' });
  await data(`POST ${cluster}/ipset/set1`, { cidr: '10.0.0.0/8' });
  expect(await data(`GET ${cluster}/ipset/set1`)).toMatchObject([{ cidr: '10.0.0.0/8' }]);
  expect(await refusal(`POST ${cluster}/ipset/set1`, { cidr: '10.0.0.0/8' })).toEqual([
    ...[400, { cidr: "address '10.0.0.0/8' already exists" }],
  ]);
  expect(await refusal(`GET ${cluster}/ipset/nope`)).toEqual([500, "no such IPSet 'nope'"]);
  expect(await refusal(`DELETE ${cluster}/ipset/set1`)).toEqual([500, "IPSet 'set1' is not empty"]);
  await data(`DELETE ${cluster}/ipset/set1/10.0.0.0/8`);
  expect(await refusal(`DELETE ${cluster}/ipset/set1`)).toEqual([200, 'OK']);
});

test('security groups hold rules and are refused while they do', async () => {
  const { data, refusal } = lab();
  await data(`POST ${cluster}/groups`, { group: 'web' });
  await data(`POST ${cluster}/groups/web`, { type: 'in', action: 'ACCEPT', macro: 'https' });
  expect(await data(`GET ${cluster}/groups/web`)).toMatchObject([{ macro: 'HTTPS', pos: 0 }]);
  expect(await refusal(`DELETE ${cluster}/groups/web`)).toEqual([500, "Security group 'web' is not empty"]);
  expect(await refusal(`GET ${cluster}/groups/nope`)).toEqual([500, "no such security group 'nope'"]);
  expect(await refusal(`POST ${cluster}/groups`, { group: 'web' })).toEqual([
    ...[400, { group: "Security group 'web' already exists" }],
  ]);
});
