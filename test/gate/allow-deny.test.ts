import { expect, test } from 'vitest';
import type { Params } from '../../src/api/form.ts';
import { parseCallPattern, parseProtection } from '../../src/api/gate/policy.ts';
import { changesSent, gated } from './gated.ts';

const STOP = 'POST /nodes/*/qemu/*/status/stop';

test.each<[string, string, Params?]>([
  [STOP, 'POST /nodes/pve1/qemu/100/status/stop'],
  ['POST /nodes/{node}/qemu/{vmid}/status/stop', 'POST /nodes/pve1/qemu/100/status/stop'],
  ['post|put /api2/json/nodes/**', 'POST /nodes/pve1/qemu/100/status/stop'],
  ['/nodes/**/stop', 'POST /nodes/pve1/qemu/100/status/stop'],
  ['* /nodes/**', 'GET /nodes/pve1/qemu'],
  ['/nodes/**', 'GET /nodes'],
  ['/version', 'GET /api2/json/version/'],
  // In every spelling that means the same.
  [STOP, 'POST /api2/json/nodes/pve1/qemu/100/status/stop/'],
  [STOP, 'POST nodes/pve1/qemu/100/status/sto%70'],
  ['POST /nodes/pve1/**', 'POST /nodes/localhost/qemu/100/status/start'],
  ['POST /nodes/PVE1/**', 'POST /nodes/pve1/qemu/100/status/start'],
  ['DELETE /nodes/*/storage/nas/content/nas:iso/**', 'DELETE /nodes/pve1/storage/nas/content/iso/a.iso'],
  ['DELETE /nodes/*/storage/nas/content/iso/**', 'DELETE /nodes/pve1/storage/nas/content/nas:iso%2Fa.iso'],
  ['POST /nodes/*/qemu/*/agent/shutdown', 'POST /nodes/pve1/qemu/100/agent', { command: 'shutdown' }],
  ['GET /nodes/*/qemu/*/agent/get-users', 'POST /nodes/pve1/qemu/100/agent?', { command: 'get-users' }],
  ['DELETE /cluster/ha/resources/vm:100', 'DELETE /cluster/ha/resources/100'],
  ['DELETE /cluster/ha/resources/100', 'DELETE /cluster/ha/resources/vm:100'],
  ['PUT /pools/shop', 'PUT /pools', { poolid: 'shop', comment: 'x' }],
  ['DELETE /pools/shop', 'DELETE /pools?poolid=shop'],
  ['DELETE /pools', 'DELETE /pools/shop'],
  ['PUT /nodes/*/qemu/*/config', 'POST /nodes/pve1/qemu/100/config', { cores: 2 }],
  ['POST /nodes/*/stopall', 'POST /cluster/bulk-action/guest/shutdown'],
  ['POST /cluster/bulk-action/**', 'POST /nodes/pve1/startall'],
  [STOP, 'POST /nodes/pve1/qemu/100/status/shutdown', { forceStop: 1 }],
  [STOP, 'PUT /cluster/ha/resources/vm:100', { state: 'disabled' }],
  ['POST /nodes/*/qemu/100/migrate', 'POST /cluster/ha/resources/100/migrate', { node: 'pve2' }],
  ['PUT /nodes/*/qemu/*/unlink', 'POST /nodes/pve1/qemu/100/config', { delete: 'description,unused0' }],
  ['PUT /nodes/*/qemu/*/config', 'PUT /nodes/pve1/qemu/100/unlink', { idlist: 'unused0' }],
  ['DELETE /nodes/*/storage/*/content/**', 'DELETE /nodes/pve1/storage/nas/prunebackups'],
  // What is done later, by a job.
  ['POST /nodes/*/vzdump', 'POST /cluster/backup', { vmid: '100', schedule: 'daily' }],
  ['POST /access/domains/**', 'POST /cluster/jobs/realm-sync/a', { realm: 'ldap', schedule: 'daily' }],
  // And in bulk.
  [STOP, 'POST /nodes/pve1/stopall'],
  ['POST /nodes/pve1/qemu/100/status/*', 'POST /nodes/pve1/stopall', { vms: '100' }],
  ['POST /nodes/pve1/qemu/100/status/*', 'POST /nodes/localhost/startall'],
  ['POST /nodes/*/lxc/*/migrate', 'POST /cluster/bulk-action/guest/migrate', { target: 'pve2' }],
])('MCP_DENY=%s stops %s %j', async (pattern, call, params) => {
  const house = gated({ deny: [pattern] });
  const failure = await house.call(call, params);
  expect(failure).toMatchObject({ code: 'not_allowed' });
  expect(failure?.message).toContain(`MCP_DENY refuses it: ${pattern}.`);
  expect(house.sent).toEqual([]);
});

test.each<[string, string, Params?]>([
  [STOP, 'POST /nodes/pve1/qemu/100/status/shutdown'],
  [STOP, 'POST /nodes/pve1/startall'],
  ['POST /nodes/*/*/*/status/*', 'PUT /cluster/ha/resources/vm:103', { comment: 'x' }],
  ['DELETE /**', 'GET /version'],
  ['PUT /nodes/*/qemu/*/unlink', 'PUT /nodes/pve1/qemu/100/config', { delete: 'description' }],
  ['POST /nodes/pve2/**', 'POST /nodes/pve1/qemu/100/status/start'],
  ['POST /nodes/pve1/qemu/102/**', 'POST /nodes/pve1/stopall', { vms: '100' }],
])('MCP_DENY=%s lets %s %j be', async (pattern, call, params) => {
  const house = gated({ deny: [pattern] });
  expect((await house.call(call, params))?.code).not.toBe('not_allowed');
  expect(house.sent).toHaveLength(1);
});

test('MCP_ALLOW lets through what it has, and what the tools need to know; MCP_DENY wins', async () => {
  const house = gated({
    allow: ['GET /nodes/**', 'POST /nodes/pve1/qemu/*/status/**'],
    deny: ['/**/status/stop'],
  });
  expect(await house.call('POST /nodes/pve1/qemu/100/status/shutdown')).toBeUndefined();
  expect(await house.call('GET /cluster/resources')).toBeUndefined();
  const refusedCalls = [
    'POST /nodes/pve1/qemu/100/status/stop',
    'POST /nodes/localhost/qemu/100/status/start',
    'POST /nodes/%2A/qemu/100/status/start',
    'GET /access/users',
    'DELETE /nodes/pve1/qemu/100',
  ];
  for (const call of refusedCalls)
    expect([call, (await house.call(call))?.code]).toEqual([call, 'not_allowed']);
  const failure = await house.call('GET /access/users');
  expect(failure?.message).toContain('MCP_ALLOW has only GET /nodes/**, POST /nodes/pve1/qemu/*/status/**.');
  expect(changesSent(house)).toEqual(['POST /api2/json/nodes/pve1/qemu/100/status/shutdown']);
  expect((await gated({ deny: ['GET /cluster/**'] }).call('GET /cluster/resources'))?.code).toBe(
    'not_allowed',
  );
});

test('MCP_READ_ONLY wins over everything', async () => {
  const house = gated({ readOnly: true, allow: ['/**'] });
  const calls = [
    'POST /nodes/pve1/qemu/100/status/start',
    'PUT /nodes/pve1/qemu/100/config?description=x',
    'DELETE /nodes/pve1/network',
    'GET /nodes/pve1/vncwebsocket',
    'POST /nodes/pve1/unheard-of',
    'GET /nodes/pve1/unheard-of',
  ];
  for (const call of calls) expect([call, (await house.call(call))?.code]).toEqual([call, 'not_allowed']);
  expect(house.sent).toEqual([]);
  expect(await house.call('POST /nodes/pve1/qemu/100/agent/ping')).toBeUndefined();
  expect(await house.call('GET /nodes/pve1/qemu/100/config')).toBeUndefined();
});

test('what would carry calls past the gate is never sent', async () => {
  const house = gated({});
  const commands = '[{"method":"DELETE","path":"qemu/100"}]';
  const failure = await house.call('POST /nodes/pve1/execute', { commands });
  expect(failure).toMatchObject({ code: 'not_allowed', hint: 'Make each call by itself.' });
  expect(house.sent).toEqual([]);
});

test.each([
  ['', 'is no pattern'],
  ['DELETE', 'is no pattern'],
  ['DELETE nodes/pve1', 'is no pattern'],
  ['DELETE /nodes /pve1', 'is no pattern'],
  ['PATCH /nodes', 'a method that Proxmox does not have'],
  ['GET|* /nodes', 'a method that Proxmox does not have'],
  ['GET /', 'names no path'],
  ['GET /Nodes/pve1', 'no path begins with'],
  ['GET /nodes/pve*', 'inside a word'],
  ['GET /nodes/../x', 'without codes'],
  ['GET /nodes/a%2Fb', 'without codes'],
  ['GET /nodes?type=x', 'no path begins with'],
  ['GET /nodes/x?type=x', 'without codes'],
  ['GET /nodes/{node/x', 'without codes'],
  ['GET /nodes/*/qemu|/x', 'empty choice'],
])('a pattern that would fit nothing is a mistake in the settings: %j', (text, problem) => {
  expect(parseCallPattern(text)).toEqual({ problem: expect.stringContaining(problem) });
});

test.each(['', '1-', '200-100', 'tag:', 'tag:a b', 'pool:a/b/c/d', 'node:a_b', 'vm:100', '100,101', 'Tag:x'])(
  'a protection that would protect nothing is a mistake in the settings: %j',
  (text) => {
    expect(parseProtection(text)).toEqual({ problem: expect.any(String) });
  },
);
