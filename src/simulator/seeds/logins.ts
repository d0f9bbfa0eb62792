import type { World } from '../world/world.ts';

/** Passwords of the seeds' users and secrets of their tokens: made up, the same every time, and no secret at all. */
export const demoLogins = {
  root: { userid: 'root@pam', password: 'proxmox' },
  alice: { userid: 'alice@pve', password: 'wonderland' },
  /** Holds every privilege of root@pam that a token can hold. */
  full: { tokenid: 'root@pam!full', secret: 'f0110000-0000-4000-a000-000000000001' },
  /** May look at everything and change nothing. */
  readOnly: { tokenid: 'monitor@pve!ro', secret: '0e400000-0000-4000-a000-000000000002' },
} as const;

/** Adds root's password and token, the read-only token and an ordinary user with a role on one path. */
export function addLogins(world: World, alice: { path: string; role: string }): void {
  const { access } = world;
  const { root, full, readOnly, alice: ordinary } = demoLogins;
  access.addUser(root.userid, { password: root.password, comment: 'the administrator' });
  access.addToken('root@pam', 'full', { privsep: 0, secret: full.secret, comment: 'automation' });
  access.addUser('monitor@pve', { comment: 'monitoring' });
  access.addToken('monitor@pve', 'ro', {
    privsep: 1,
    secret: readOnly.secret,
    comment: 'reads, never writes',
  });
  access.grant('/', 'user', 'monitor@pve', 'PVEAuditor');
  access.grant('/', 'token', 'monitor@pve!ro', 'PVEAuditor');
  access.addUser(ordinary.userid, {
    password: ordinary.password,
    firstname: 'Alice',
    email: 'alice@lab.example',
  });
  access.grant(alice.path, 'user', ordinary.userid, alice.role);
}

/** The recorded machine's logins; the values are made up, as those of the other seeds. */
export function addLabLogins(world: World): void {
  const { access } = world;
  access.addUser('root@pam', { password: 'proxmox' });
  access.addToken('root@pam', 'lab', { privsep: 0, comment: 'full token' });
  access.addToken('root@pam', 'priv', { privsep: 1 });
  access.addUser('alice@pve', { password: 'wonderland' });
  access.grant('/nodes/pve', 'token', 'root@pam!priv', 'PVEAuditor');
  access.grant('/vms/100', 'user', 'alice@pve', 'PVEVMUser');
  access.grant('/storage/local', 'user', 'alice@pve', 'PVEDatastoreUser');
  access.grant('/storage/local', 'user', 'alice@pve', 'PVEAuditor');
}
