import { expect, test } from 'vitest';
import type { Method } from '../src/schema/method.ts';
import { createSimulator } from '../src/simulator/simulator.ts';
import { connect } from './connect.ts';

const weather: Method = {
  ...{
    path: '/cluster/weather',
    method: 'GET',
    name: 'weather',
    description: 'Tell the weather over the cluster.',
  },
  ...{ permissions: { user: 'all' }, protected: 0, allowtoken: 1 },
  parameters: { city: { type: 'string', description: 'Where to look out of the window.', maxLength: 20 } },
};
const newer = { version: '9.3.1', methods: [weather] };

test('a method that only the connected server knows is found, described, checked and called', async () => {
  const simulator = createSimulator({ seed: 'tiny', newer });
  const { call } = await connect({ simulator });

  const found = await call('api_search', { query: 'weather' });
  expect(found.text).toContain('GET /cluster/weather');
  const described = await call('api_describe', { path: '/cluster/weather' });
  expect(described.text).toContain('city');

  const refused = await call('proxmox_api_call', {
    method: 'GET',
    path: '/cluster/weather',
    data: { town: 'x' },
  });
  expect(refused).toMatchObject({ isError: true });
  expect(refused.text).toContain('city');
  expect(simulator.received.some(({ path }) => path.endsWith('/cluster/weather'))).toBe(false);

  const called = await call('proxmox_api_call', {
    method: 'GET',
    path: '/cluster/weather',
    data: { city: 'Vienna' },
  });
  expect(called).toMatchObject({ isError: true });
  expect(called.text).toMatch(/not implemented/i);
  expect(simulator.received.at(-1)).toMatchObject({
    path: '/api2/json/cluster/weather',
    query: 'city=Vienna',
  });
});

test('where the description can not be read, the one that comes along serves', async () => {
  const simulator = createSimulator({ seed: 'tiny', faults: [{ name: 'apidoc-hostile' }] });
  const { call, mistakes } = await connect({ simulator });
  expect((await call('api_describe', { path: '/version' })).text).toContain('/version');
  expect(await call('proxmox_api_call', { method: 'GET', path: '/version' })).toMatchObject({
    isError: false,
  });
  expect(mistakes).toEqual([]);
});

test('a refusal says what is missing, and for whom', async () => {
  const { call } = await connect({ token: 'monitor@pve!ro' });
  const { text } = await call('proxmox_api_call', {
    method: 'POST',
    path: '/nodes/pve1/lxc/101/status/start',
  });
  expect(text).toContain('VM.PowerMgmt on /vms/101');
  expect(text).toContain('its user monitor@pve lacks it too');
  expect(text).toContain("--tokens 'monitor@pve!ro'");
});
