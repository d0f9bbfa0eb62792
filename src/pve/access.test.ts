import { expect, test } from 'vitest';
import { Api } from '../api/api.ts';
import type { Send } from '../api/wire.ts';
import { pveCatalog } from '../schema/pve-catalog.ts';
import { createSimulator } from '../simulator/simulator.ts';
import { Access } from './access.ts';

function login(tokenId: 'root@pam!full' | 'monitor@pve!ro', between?: (send: Send) => Send) {
  const simulator = createSimulator({ seed: 'tiny' });
  const [user = '', tokenName = ''] = tokenId.split('!');
  const secret = simulator.logins[tokenId] ?? '';
  const asked: string[] = [];
  const send: Send = (request) => {
    asked.push(request.path);
    return (between?.(simulator.fetch) ?? simulator.fetch)(request);
  };
  const api = new Api({ send, login: { kind: 'token', user, tokenName, secret }, clock: simulator.clock });
  return { access: new Access(api, simulator.clock), simulator, asked };
}

const start = '/nodes/pve1/qemu/100/status/start';

function method(verb: string, path: string) {
  const found = pveCatalog().find(verb, path);
  if (!found) throw new Error(`no ${verb} ${path}`);
  return found;
}

test('says who is logged in, and what that login may do', async () => {
  const { access } = login('monitor@pve!ro');
  const { method: starting, pathParams } = method('POST', start);
  expect(access.who).toEqual({ kind: 'token', name: 'monitor@pve!ro' });
  expect(await access.rightsTo(starting, pathParams)).toEqual({
    answer: 'no',
    missing: ['VM.PowerMgmt on /vms/100'],
  });
  expect((await login('root@pam!full').access.rightsTo(starting, pathParams)).answer).toBe('yes');
});

test('asks once a minute, or when it must know', async () => {
  const { access, simulator, asked } = login('monitor@pve!ro');
  await Promise.all([access.permissions(), access.permissions()]);
  expect(asked).toEqual(['/api2/json/access/permissions']);
  await simulator.clock.sleep(59_000);
  await access.permissions();
  expect(asked).toHaveLength(1);
  await access.permissions({ anew: true });
  expect(asked).toHaveLength(2);
  await simulator.clock.sleep(60_000);
  await access.permissions();
  expect(asked).toHaveLength(3);
});

test('where it cannot be read nobody can say, and the next one asks again', async () => {
  let broken = true;
  const { access, asked } = login('root@pam!full', (send) => (request) => {
    if (broken) return Promise.resolve({ status: 403, reason: 'no', headers: {}, body: '' });
    return send(request);
  });
  const { method: starting, pathParams } = method('POST', start);
  expect(await access.permissions()).toBeUndefined();
  expect((await access.rightsTo(starting, pathParams)).answer).toBe('unknown');
  broken = false;
  expect((await access.rightsTo(starting, pathParams)).answer).toBe('yes');
  expect(asked).toHaveLength(3);
});
