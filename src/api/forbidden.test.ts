import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type CallFacts, explain } from './explain.ts';
import { products } from './products.ts';

const token: CallFacts['who'] = { kind: 'token', name: 'mcp@pve!assistant' };
const user: CallFacts['who'] = { kind: 'password', name: 'ann@pve' };

function hint(said: string, facts: Partial<CallFacts>): string {
  const call: CallFacts = { verb: 'GET', path: '/nodes', ...facts };
  const reason = `Permission check failed (${said})`;
  const body = JSON.stringify({ data: null, message: `${reason}\n` });
  const failure = explain({ status: 403, reason, headers: {}, body }, call);
  expect(failure.code).toBe('forbidden');
  return failure.hint;
}

describe('a missing privilege comes with the whole command', () => {
  test('for a user', () => {
    const text = hint('/vms/100, VM.PowerMgmt', { who: user });
    expect(text).toContain('ann@pve needs VM.PowerMgmt on /vms/100.');
    expect(text).toContain('`pveum role add only-VM.PowerMgmt --privs VM.PowerMgmt`');
    expect(text).toContain('`pveum acl modify /vms/100 --roles only-VM.PowerMgmt --users ann@pve`');
    expect(text).toContain('(The built-in role PVEVMUser has it too, and more.)');
    expect(text).not.toContain('--tokens');
  });

  test('for a token: its user and itself, since both are asked', () => {
    const text = hint('/storage/local, Datastore.AllocateSpace', { who: token });
    expect(text).toContain('`pveum acl modify /storage/local --roles PVEDatastoreUser --users mcp@pve`');
    expect(text).toContain(
      "`pveum acl modify /storage/local --roles PVEDatastoreUser --tokens 'mcp@pve!assistant'` as well",
    );
  });

  test('for a token of root@pam: itself alone, since root@pam may do everything', () => {
    const text = hint('/vms/100, VM.Audit', { who: { kind: 'token', name: 'root@pam!lab' } });
    expect(text).toContain("`pveum acl modify /vms/100 --roles PVEAuditor --tokens 'root@pam!lab'`");
    expect(text).not.toContain('--users');
  });

  test('any one of several privileges is enough', () => {
    const text = hint('/nodes/pve1, Sys.Modify|Sys.Audit', { who: user });
    expect(text).toContain('needs Sys.Modify or Sys.Audit on /nodes/pve1');
    expect(text).toContain('--roles PVEAuditor ');
  });

  test('a privilege that no built-in role has alone gets a role of its own', () => {
    const text = hint('/nodes/pve1, Sys.Modify', { who: user });
    expect(text).toContain('`pveum role add only-Sys.Modify --privs Sys.Modify`');
    expect(text).toContain('`pveum acl modify /nodes/pve1 --roles only-Sys.Modify --users ann@pve`');
  });

  test('what a server or a user may have put in runs nothing in a shell', () => {
    const text = hint("/vms/$(id)';id, VM.Audit", { who: { kind: 'password', name: 'a;b@pve' } });
    expect(text).toContain("modify '/vms/$(id)'\\'';id' --roles PVEAuditor --users 'a;b@pve'`");
  });

  test('but not for products that have no pveum', () => {
    expect(hint('/system, Sys.Audit', { who: user, product: products.pmg })).not.toContain('pveum');
  });
});

test('what no token may ever call: the login to use instead, and no privilege', () => {
  const text = hint("URI '/access/password' not available with API token, need proper ticket.\n", {
    who: token,
  });
  expect(text).toContain('PROXMOX_USER with PROXMOX_PASSWORD and without PROXMOX_TOKEN_ID');
  expect(text).not.toMatch(/needs|pveum/);
});

describe('the role for a privilege, by the roles recorded on PVE 9.2', () => {
  const recordings = new URL('../../test/recordings/pve-9.2.jsonl', import.meta.url);
  const line = readFileSync(recordings, 'utf8')
    .split('\n')
    .find((text) => text.startsWith('{"name":"roles",')) as string;
  const listed: { roleid: string; privs: string; special: 0 | 1 }[] = JSON.parse(line).response.json.data;
  const held = new Map(
    listed.filter(({ special }) => special).map(({ roleid, privs }) => [roleid, privs.split(',')]),
  );

  test.each(held.get('Administrator') as string[])('%s', (privilege) => {
    const role = /acl modify \/ --roles (\S+)/.exec(hint(`/, ${privilege}`, { who: user }))?.[1] as string;
    const having = [...held].filter(([, privileges]) => privileges.includes(privilege));
    if (role === `only-${privilege}`) {
      // Whatever has it gives more than looking beside it.
      for (const [, privileges] of having)
        expect(privileges.filter((one) => one !== privilege && !one.endsWith('.Audit'))).not.toEqual([]);
      return;
    }
    expect(having.map(([name]) => name)).toContain(role);
    // Nothing comes with it but looking.
    for (const other of held.get(role) ?? [])
      expect([privilege, other]).toContain(other.endsWith('.Audit') ? other : privilege);
  });
});
