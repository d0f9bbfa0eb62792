import { expect, test } from 'vitest';
import type { Method } from '../schema/method.ts';
import { type Fault, faultTexts, parseFault } from './faults.ts';
import { createSimulator } from './simulator.ts';
import { ask } from './testing.ts';

test.each<[string, Fault]>([
  ['597', { name: '597' }],
  ['596-after=POST /nodes/**', { name: '596-after', on: 'POST /nodes/**' }],
  [
    'stall-after=GET /version,skip=2,times=3,ms=500',
    { name: 'stall-after', on: 'GET /version', skip: 2, times: 3, ms: 500 },
  ],
  ['offline-node=pve2', { name: 'offline-node', node: 'pve2' }],
  ['locked-guest=100,on=POST|PUT /**,ms=9', { name: 'locked-guest', vmid: 100, on: 'POST|PUT /**', ms: 9 }],
  ['full-storage=local-lvm', { name: 'full-storage', storage: 'local-lvm' }],
])('%s is a fault', (text, fault) => {
  expect(parseFault(text)).toEqual(fault);
});

test.each([
  ['598', 'There is no fault 598; there are'],
  ['offline-node', 'offline-node needs a node.'],
  ['locked-guest=web1', 'locked-guest: vmid is missing or no number.'],
  ['597=', '597: on is missing or no number.'],
  ['597=times=two', '597: times is missing or no number.'],
  ['597=GET', 'No calls: GET. Write them as "POST /nodes/{node}/qemu/**" or "* /**".'],
])('%s is none: %s', (text, why) => {
  expect(() => parseFault(text)).toThrow(why);
});

test.each<[Fault, string]>([
  [{ name: 'offline-node', node: 'pve9' }, 'offline-node: pve9 is no node; it can be pve2.'],
  [{ name: 'offline-node', node: 'pve1' }, 'offline-node: pve1 is the node that answers; it can be pve2.'],
  [{ name: 'full-storage', storage: 'nas' }, 'full-storage: there is no storage nas.'],
  [{ name: '597', on: '/version' }, 'No calls: /version.'],
])('a fault that could never strike is refused: %o', (fault, why) => {
  expect(() => createSimulator({ seed: 'tiny', faults: [fault] })).toThrow(why);
});

/** The status of each of these calls, one after the other. */
async function statuses(faults: Fault[], ...lines: string[]): Promise<number[]> {
  const simulator = createSimulator({ seed: 'tiny', faults });
  const found: number[] = [];
  for (const line of lines) found.push((await ask(simulator, line, { as: 'root@pam!full' })).status);
  return found;
}

test('a fault strikes the calls it names, after those it skips, as often as it says', async () => {
  const version = 'GET /version';
  expect(await statuses([{ name: '597' }], version, version)).toEqual([597, 200]);
  expect(await statuses([{ name: '595', skip: 1, times: 2 }], version, version, version, version)).toEqual([
    200, 595, 595, 200,
  ]);
  const on = 'GET|PUT /nodes/{node}/qemu/{vmid}/config';
  const calls = [version, 'GET /nodes/pve1/qemu/100/status/current', 'GET /nodes/pve1/qemu/100/config'];
  expect(await statuses([{ name: '595', on }], ...calls)).toEqual([200, 200, 595]);
});

test('of two faults that mean the same call the first one strikes, and both have seen it', async () => {
  const faults: Fault[] = [{ name: '595' }, { name: '597', times: 2 }];
  expect(await statuses(faults, 'GET /version', 'GET /version', 'GET /version')).toEqual([595, 597, 200]);
});

test('a login is struck only where it is meant', async () => {
  const login = async (on?: string) => {
    const simulator = createSimulator({ seed: 'tiny', faults: [{ name: '595', ...(on && { on }) }] });
    const form = { username: 'root@pam', password: simulator.logins['root@pam'] ?? '' };
    return (await ask(simulator, 'POST /access/ticket', { form })).status;
  };
  expect(await login()).toBe(200);
  expect(await login('POST /access/ticket')).toBe(595);
});

test('what befalls a guest is over after its time, and a call that waits for it goes on', async () => {
  const faults: Fault[] = [{ name: 'config-lock', vmid: 100, ms: 4000 }];
  const simulator = createSimulator({ seed: 'tiny', faults });
  const put = () =>
    ask(simulator, 'PUT /nodes/pve1/qemu/100/config', { as: 'root@pam!full', form: { description: 'x' } });
  const first = await put();
  expect([first.status, first.took]).toEqual([200, 4000]);
  expect((await put()).took).toBe(0);
});

test('every fault has a sentence', () => {
  for (const text of Object.values(faultTexts)) expect(text).toMatch(/^\w.{20,}[^.]$/);
});

test('a fault of the API description spoils that file and no call', async () => {
  const page = 'GET /pve-docs/api-viewer/apidoc.js';
  for (const name of ['apidoc-missing', 'apidoc-truncated', 'apidoc-hostile'] as const) {
    const simulator = createSimulator({ seed: 'tiny', faults: [parseFault(name)] });
    const { status, body } = await ask(simulator, page);
    expect(status).toBe(name === 'apidoc-missing' ? 500 : 200);
    expect(body).not.toMatch(/\]\s*;\s*$/);
    expect((await ask(simulator, 'GET /version', { as: 'root@pam!full' })).status).toBe(200);
  }
});

test('a newer release says so, describes what it has, and does not claim to do it', async () => {
  const method: Method = {
    ...{ path: '/cluster/weather', method: 'GET', name: 'weather', permissions: { user: 'all' } },
    ...{ parameters: { city: { type: 'string' } }, protected: 0, allowtoken: 1 },
  };
  const simulator = createSimulator({ seed: 'tiny', newer: { version: '9.3.1', methods: [method] } });
  const call = (line: string) => ask(simulator, line, { as: 'root@pam!full' });
  expect((await call('GET /version')).json).toMatchObject({ data: { version: '9.3.1', release: '9.3' } });
  expect((await call('GET /pve-docs/api-viewer/apidoc.js')).body).toContain('/cluster/weather');
  expect((await call('GET /cluster/weather')).json).toMatchObject({
    errors: { city: expect.stringMatching(/missing/) },
  });
  expect((await call('GET /cluster/weather?city=Vienna')).status).toBe(501);
});
