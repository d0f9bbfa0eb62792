import { expect, test } from 'vitest';
import { failureOf } from '../../test/failure-of.ts';
import { realClock } from '../clock.ts';
import { Api } from './api.ts';
import { parsePath } from './path.ts';
import { products } from './products.ts';
import type { Verb } from './wire.ts';

const word = 'property is not defined in schema and the schema does not allow additional properties';

/** The hint of a call whose parameters the server does not know, in the words recorded on PVE 9.2. */
async function hint(verb: Verb, target: string, names: string[], product = products.pve): Promise<string> {
  const errors = Object.fromEntries(names.map((name) => [name, word]));
  const body = JSON.stringify({ data: null, message: 'Parameter verification failed.\n', errors });
  const api = new Api({
    send: async () => ({ status: 400, reason: 'Parameter verification failed.', headers: {}, body }),
    login: { kind: 'token', user: 'root@pam', tokenName: 'lab', secret: 'made-up-secret' },
    clock: realClock,
    product,
  });
  const failure = await failureOf(api.request(verb, parsePath(target).path, { [names[0] as string]: '1' }));
  expect(failure.code).toBe('invalid_parameter');
  expect(failure.details).toMatchObject({ status: 400, errors });
  return failure.hint;
}

const config = '/nodes/pve1/qemu/100/config';

test.each([
  ['letters swapped', 'PUT', config, 'memroy', 'memory'],
  ['a letter too many', 'PUT', config, 'coress', 'cores'],
  ['a unit in the name', 'PUT', config, 'memory_mb', 'memory'],
  ['an underscore', 'POST', '/storage', 'prune_backups', 'prune-backups'],
  ['capitals', 'POST', '/nodes/pve1/qemu', 'CIUser', 'ciuser'],
  ['one of a family', 'PUT', config, 'nett1', 'net1'],
  ['an encoded path', 'PUT', '/access/users/root%40pam', 'coment', 'comment'],
] as const)('%s: the name that was meant', async (_, verb, target, wrong, right) => {
  expect(await hint(verb, target, [wrong])).toContain(`Did you mean ${right} instead of ${wrong}?`);
});

test('each unknown parameter gets its own', async () => {
  const text = await hint('PUT', config, ['memroy', 'core']);
  expect(text).toContain('Did you mean memory instead of memroy?');
  expect(text).toContain('Did you mean cores instead of core?');
});

test('where nothing is close, the few names that the call takes', async () => {
  expect(await hint('GET', '/cluster/nextid', ['frobnicate'])).toContain('This call takes: vmid.');
  expect(await hint('GET', '/version', ['foo'])).toContain('takes no parameters');
  expect(await hint('PUT', config, ['frobnicate'])).toContain('None of the names');
});

test('a member of a family with too high a number', async () => {
  expect(await hint('PUT', config, ['scsi99'])).toContain('scsi99 is too high a number');
});

test('names in the path and other products are left alone', async () => {
  expect(await hint('PUT', config, ['vmidd'])).not.toContain('mean vmid instead');
  expect(await hint('PUT', config, ['memroy'], products.pbs)).not.toContain('Did you mean');
});
