import { describe, expect, test } from 'vitest';
import { lab } from '../lab.ts';

// Words of PVE's HA manager; the shape of a resource was recorded on PVE 9.2.
const resources = '/cluster/ha/resources';
const rules = '/cluster/ha/rules';

describe('resources', () => {
  test.each([
    ['POST', '', { sid: '999' }, 'unable to detect SID from VMID - VM/CT 999 does not exist'],
    ['POST', '', { sid: 'vm:999' }, "resource 'vm:999' does not exist in cluster"],
    ['POST', '', { sid: 'ct:100' }, "resource 'ct:100' - guest with ID 100 is not a container"],
    ['POST', '', { sid: 'vm:103' }, "create resource failed: resource ID 'vm:103' already defined"],
    ...[
      [
        'POST',
        '',
        { sid: 'vm:100', group: 'grp' },
        "invalid parameter 'group': ha groups have been migrated to rules",
      ],
    ],
    ['GET', '/vm:100', undefined, "no such resource 'vm:100'"],
    ['PUT', '/vm:100', { comment: 'x' }, "update resources config failed: no such resource 'vm:100'"],
    ['DELETE', '/vm:100', undefined, "cannot delete service 'vm:100', not HA managed!"],
    ['POST', '/vm:100/migrate', { node: 'pve2' }, "resource 'vm:100' is not HA managed"],
  ] as const)('%s %s %o is refused', async (verb, path, form, words) => {
    const { refusal } = lab('demo');
    expect(await refusal(`${verb} ${resources}${path}`, form)).toEqual([500, words]);
  });

  test('a bare VMID means the guest of that kind', async () => {
    const { data } = lab('demo');
    await data(`POST ${resources}`, { sid: '200' });
    expect(await data(`GET ${resources}/200`)).toMatchObject({ sid: 'ct:200', type: 'ct', state: 'started' });
  });

  test('only the type that is asked for is listed', async () => {
    const { data } = lab('demo');
    expect(await data(`GET ${resources}?type=ct`)).toEqual([]);
    expect(await data(`GET ${resources}?type=vm`)).toMatchObject([{ sid: 'vm:103' }]);
  });

  test('one that goes takes its place in the rules with it', async () => {
    const { data } = lab('demo');
    await data(`POST ${resources}`, { sid: 'vm:100' });
    const own = { type: 'node-affinity', nodes: 'pve2' };
    await data(`POST ${rules}`, { rule: 'both', resources: 'vm:100,vm:103', ...own });
    await data(`POST ${rules}`, { rule: 'alone', resources: 'vm:100', ...own });
    await data(`DELETE ${resources}/vm:100`);
    expect(await data(`GET ${rules}`)).toMatchObject([{ rule: 'both', resources: 'vm:103' }]);
  });
});

describe('rules', () => {
  const rule = { rule: 'r1', type: 'node-affinity', resources: 'vm:103', nodes: 'pve2:5' };

  test.each([
    [{ ...rule, resources: 'vm:100' }, 'create ha rule failed: cannot use unmanaged resource(s) vm:100.'],
    [{ ...rule, nodes: 'pve9' }, 'create ha rule failed: cannot use non-existent node(s) pve9.'],
  ])('%o is refused', async (form, words) => {
    const { refusal } = lab('demo');
    expect(await refusal(`POST ${rules}`, form)).toEqual([500, words]);
  });

  test('one is made, read, changed and gone', async () => {
    const { data, refusal } = lab('demo');
    await data(`POST ${rules}`, rule);
    const read = await data(`GET ${rules}/r1`);
    expect(read).toMatchObject({ rule: 'r1', nodes: 'pve2:5', strict: 0, order: 1 });
    await data(`PUT ${rules}/r1`, { type: 'node-affinity', strict: 1, digest: read.digest });
    expect((await refusal(`PUT ${rules}/r1`, { type: 'node-affinity', digest: read.digest }))[1]).toMatch(
      /^update HA rules failed: detected modified configuration/,
    );
    await data(`DELETE ${rules}/r1`);
    expect(await refusal(`GET ${rules}/r1`)).toEqual([500, "no such ha rule 'r1'"]);
  });
});

test.each([
  ['GET', '', undefined, 'index groups'],
  ['GET', '/grp', undefined, 'read group'],
  ['POST', '', { group: 'grp', nodes: 'pve1' }, 'create group'],
  ['PUT', '/grp', { nodes: 'pve1' }, 'update group'],
  ['DELETE', '/grp', undefined, 'delete group'],
] as const)('groups are no more: %s %s', async (verb, path, form, what) => {
  const { refusal } = lab('demo');
  expect(await refusal(`${verb} /cluster/ha/groups${path}`, form)).toEqual([
    ...[500, `cannot ${what}: ha groups have been migrated to rules`],
  ]);
});

test('the state tells of quorum, master, fencing, every node and every resource', async () => {
  const { data } = lab('demo');
  const rows: { id: string }[] = await data('GET /cluster/ha/status/current');
  expect(rows.map(({ id }) => id)).toEqual([
    ...['quorum', 'master', 'fencing', 'lrm:pve1', 'lrm:pve2', 'lrm:pve3', 'service:vm:103'],
  ]);
  expect(rows[0]).toMatchObject({ status: 'OK', quorate: 1 });
  expect(rows.at(-1)).toMatchObject({
    node: 'pve2',
    request_state: 'started',
    status: 'vm:103 (pve2, started)',
  });
});

test('disarmed, HA lets go of its watchdogs; armed again, it takes them back', async () => {
  const { data, sleep } = lab('demo');
  const fencing = async () =>
    (await data('GET /cluster/ha/status/current')).find(({ type }: { type: string }) => type === 'fencing');
  expect(await fencing()).toMatchObject({ 'armed-state': 'armed', status: 'armed (CRM watchdog active)' });
  await data('POST /cluster/ha/status/disarm-ha', { 'resource-mode': 'freeze' });
  await sleep(15_000);
  expect(await fencing()).toMatchObject({ 'armed-state': 'disarming', resource_mode: 'freeze' });
  await sleep(10_000);
  expect(await fencing()).toMatchObject({
    ...{ 'armed-state': 'disarmed', status: 'disarmed, resource mode: freeze (CRM watchdog released)' },
  });
  await data('POST /cluster/ha/status/arm-ha', {});
  await sleep(15_000);
  expect(await fencing()).toMatchObject({ 'armed-state': 'armed' });
});
