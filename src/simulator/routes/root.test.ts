import { expect, test } from 'vitest';
import { lab } from './lab.ts';

// As PVE's sources list its root.
const folders = ['version', 'cluster', 'nodes', 'storage', 'access', 'pools'].map((subdir) => ({ subdir }));

test.each(['/api2/json', '/api2/json/', '/api2/json//'])('%s lists the root folders', async (path) => {
  const { data } = lab();
  expect(await data(`GET ${path}`)).toEqual(folders);
  expect(await data(`GET ${path}`, undefined, 'alice@pve')).toEqual(folders);
});

test('the root wants a login, takes no parameters and has no other method', async () => {
  const { simulator, refusal } = lab();
  expect(await simulator.fetch({ method: 'GET', path: '/api2/json', headers: {} })).toMatchObject({
    status: 401,
  });
  expect(await refusal('GET /?x=1')).toEqual([
    ...[400, { x: 'property is not defined in schema and the schema does not allow additional properties' }],
  ]);
  expect(await refusal('POST /', {})).toEqual([501, "Method 'POST /' not implemented"]);
});
