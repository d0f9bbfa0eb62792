import { describe, expect, test } from 'vitest';
import { lab } from '../lab.ts';

// As PVE's firewall documents and implements it.
const base = '/cluster/sdn/vnets/vn1/firewall';

async function network(applied = true) {
  const room = lab();
  await room.data('POST /cluster/sdn/zones', { zone: 'z1', type: 'simple' });
  await room.data('POST /cluster/sdn/vnets', { vnet: 'vn1', zone: 'z1' });
  if (applied) await room.task('PUT /cluster/sdn', {});
  return room;
}

describe("a virtual network's firewall", () => {
  test.each([
    ['GET', 'rules', 'SDN.Audit|SDN.Allocate'],
    ['GET', 'options', 'SDN.Allocate|SDN.Audit'],
    ['PUT', 'options', 'SDN.Allocate'],
    ['POST', 'rules', 'SDN.Allocate'],
    ['DELETE', 'rules/0', 'SDN.Allocate'],
  ])('%s %s asks for %s on the network', async (verb, path, privileges) => {
    const { refusal, call, world } = await network();
    const form = { POST: { type: 'forward', action: 'DROP' }, PUT: { enable: 1 } }[verb];
    const refused = [403, `Permission check failed (/sdn/zones/z1/vn1, ${privileges})`];
    expect(await refusal(`${verb} ${base}/${path}`, form, 'alice@pve')).toEqual(refused);
    world.access.grant('/sdn/zones/z1', 'user', 'alice@pve', 'PVESDNUser');
    expect((await call(`${verb} ${base}/${path}`, form, 'alice@pve')).status).toBe(
      verb === 'GET' ? 200 : 403,
    );
    world.access.grant('/sdn/zones/z1', 'user', 'alice@pve', 'PVESDNAdmin');
    expect((await call(`${verb} ${base}/${path}`, form, 'alice@pve')).status).toBe(
      verb === 'DELETE' ? 500 : 200,
    );
  });

  test('one that is not applied yet has none', async () => {
    const { refusal } = await network(false);
    expect((await refusal(`GET ${base}/rules`))[1]).toMatch(/^invalid vnet specified at /);
  });
});

test('the cluster firewall is switched on for a minute only, unless it is confirmed', async () => {
  const { data, sleep, world } = lab();
  await data('PUT /cluster/firewall/options', { enable: 2 });
  expect((await data('GET /cluster/firewall/options')).enable).toBe(world.seconds());
  await sleep(61_000);
  expect((await data('GET /cluster/firewall/options')).enable).toBe(0);
  await data('PUT /cluster/firewall/options', { enable: 2 });
  await sleep(5_000);
  await data('PUT /cluster/firewall/options', { enable: 1 });
  await sleep(120_000);
  expect((await data('GET /cluster/firewall/options')).enable).toBe(1);
});
