import { expect, test } from 'vitest';
import type { Method } from '../src/schema/method.ts';
import { rightsTo } from '../src/schema/privileges.ts';
import { pveCatalog } from '../src/schema/pve-catalog.ts';
import { createSimulator } from '../src/simulator/simulator.ts';
import { permissionDenied } from '../src/simulator/wire/check-permissions.ts';

/** Logins that hold this and that, some with gaps below what they were given. */
function someLogins() {
  const { access } = createSimulator({ seed: 'demo' }).world;
  const grants: [user: string, path: string, role: string, propagate: 0 | 1][] = [
    ['all@pve', '/', 'Administrator', 1],
    ['look@pve', '/', 'PVEAuditor', 1],
    ['vms@pve', '/vms', 'PVEVMAdmin', 1],
    ['one@pve', '/vms/100', 'PVEVMAdmin', 1],
    ['top@pve', '/vms', 'PVEVMAdmin', 0],
    ['gap@pve', '/', 'Administrator', 1],
    ['gap@pve', '/vms/100', 'PVEAuditor', 1],
    ['gap@pve', '/storage', 'PVEAuditor', 0],
    ['pool@pve', '/pool/dev', 'PVEPoolAdmin', 1],
    ['pool@pve', '/pool/dev', 'PVEVMAdmin', 1],
    ['net@pve', '/sdn/zones', 'PVESDNAdmin', 1],
    ['store@pve', '/storage/local', 'PVEDatastoreAdmin', 1],
    ['users@pve', '/access', 'PVEUserAdmin', 1],
    ['mapping@pve', '/mapping', 'PVEMappingAdmin', 1],
    ['nothing@pve', '/access/realm/pam', 'PVEUserAdmin', 0],
  ];
  for (const [user, path, role, propagate] of grants) {
    if (!access.users.has(user)) access.addUser(user);
    access.grant(path, 'user', user, role, propagate);
  }
  const users = [...new Set(grants.map(([user]) => user))];
  for (const user of users) access.addToken(user, 'same', { privsep: 0 });
  const names = users.flatMap((user) => [user, `${user}!same`]);
  return { access, names: [...names, 'root@pam', 'root@pam!full', 'monitor@pve!ro'] };
}

const NAMED: Record<string, unknown> = {
  node: 'pve1',
  vmid: 100,
  newid: 999,
  storage: 'local',
  userid: 'look@pve',
  poolid: 'dev',
  zone: 'localnetwork',
  path: '/vms/100',
};

function paramsOf({ parameters, path }: Method): Record<string, unknown> {
  const params: Record<string, unknown> = {};
  for (const [name, { optional }] of Object.entries(parameters)) {
    if (!optional || path.includes(`{${name}}`)) params[name] = NAMED[name] ?? 'x1';
  }
  return params;
}

test('what is said of a login beforehand is what the server then says, for every method', () => {
  const { access, names } = someLogins();
  const helds = new Map(names.map((name) => [name, access.effectivePermissions(name)]));
  const wrong: string[] = [];
  const answers = { yes: 0, no: 0, unknown: 0 };
  // What needs no login is asked for before anybody looks at who it is.
  const methods = pveCatalog().methods.filter(({ permissions }) => permissions?.user !== 'world');
  for (const method of methods) {
    const params = paramsOf(method);
    for (const name of names) {
      const held = helds.get(name);
      const kind = name.includes('!') ? 'token' : 'password';
      const { answer } = rightsTo(method, { who: { kind, name }, held, params, complete: true });
      answers[answer]++;
      const denied =
        permissionDenied(access, method.permissions, name, params) !== undefined ||
        (method.allowtoken === 0 && kind === 'token');
      // A no may also be of what the server checks later, a yes never.
      const laterNo = answer === 'no' && method.permissions?.user === 'all';
      if (answer !== 'unknown' && (answer === 'yes') === denied && !laterNo)
        wrong.push(`${method.method} ${method.path} for ${name}: ${answer}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(answers.unknown).toBeLessThan((answers.yes + answers.no) / 20);
});
