import { expect, test } from 'vitest';
import { connect } from '../../../test/connect.ts';

interface Report {
  login: string;
  users: { user: string; power?: string; tfa?: boolean }[];
  unseen: string[];
}

test('says who may too much, which token ends, what is left over, and that this login is too wide', async () => {
  const { call, simulator } = await connect({ seed: 'demo' });
  const { text, data } = await call('access_report', {});
  expect(text).toContain('CRITICAL bob@pve may do everything and has no second factor (Administrator on /)');
  expect(text).toContain('pveum acl delete / --users bob@pve --roles Administrator');
  expect(text).toContain('<untrusted source="said">\ncontractor, network\n</untrusted>');
  expect(text).toContain('WARNING this server logs in as root@pam!full and may do everything');
  expect(text).toContain('WARNING root@pam has no second factor');
  expect(text).toContain('WARNING token ci@pve!deploy expires in 5d');
  expect(text).toContain('NOTE dora@pve is disabled and still has 1 token and PVEVMAdmin on /pool/office');
  expect(text).not.toContain('Not seen');
  expect(text.indexOf('CRITICAL')).toBeLessThan(text.indexOf('WARNING'));
  const { users, login } = data as unknown as Report;
  expect(login).toBe('root@pam!full');
  expect(users.find(({ user }) => user === 'bob@pve')).toMatchObject({ power: 'all', tfa: false });
  expect(users.find(({ user }) => user === 'monitor@pve')?.power).toBeUndefined();
  expect(simulator.received.filter(({ path }) => path.includes('/access/'))).toHaveLength(7);
});

test('an auditor sees all of it, and is not called too wide', async () => {
  const { call } = await connect({ seed: 'demo', token: 'monitor@pve!ro' });
  const { text } = await call('access_report', {});
  expect(text).toContain('CRITICAL bob@pve');
  expect(text).not.toContain('this server logs in');
  expect(text).not.toContain('Not seen');
});

test('a login that may not look is told what Proxmox left out in silence', async () => {
  const { call, cluster } = await connect({ seed: 'demo', token: 'monitor@pve!ro' });
  cluster.access.acl.revoke('/', 'token', 'monitor@pve!ro', 'PVEAuditor');
  cluster.access.grant('/vms', 'token', 'monitor@pve!ro', 'PVEVMUser');
  const { text, data, isError } = await call('access_report', {});
  expect(isError).toBe(false);
  expect(text).toContain(
    'Not seen: other users, tokens, second factors: that takes Sys.Audit on /access/groups',
  );
  expect(text).toContain('Not seen: ACLs of others: that takes Sys.Audit on /access');
  expect((data as unknown as Report).unseen).toHaveLength(2);
});

test('a thousand users stay within the budget', async () => {
  const { call, cluster } = await connect({ seed: 'demo' });
  for (let number = 0; number < 1000; number++) {
    cluster.access.addUser(`user${number}@pve`, { comment: 'x'.repeat(80) });
    cluster.access.grant('/', 'user', `user${number}@pve`, 'PVEVMAdmin');
  }
  const { text, data } = await call('access_report', {});
  expect(text.length).toBeLessThanOrEqual(8_000);
  expect(JSON.stringify(data).length).toBeLessThanOrEqual(8_000);
  expect(text).toContain('more (detail: full)');
});
