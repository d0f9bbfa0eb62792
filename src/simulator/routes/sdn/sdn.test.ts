import { describe, expect, test } from 'vitest';
import { lab } from '../lab.ts';

// Refusals in the words of pve-network; digests of pending rows and shapes as recorded on PVE 9.2.
const sdn = '/cluster/sdn';

/** A simple zone with a virtual network in it, and a subnet on that, none of it applied. */
async function network() {
  const room = lab('demo');
  await room.data(`POST ${sdn}/zones`, { zone: 'z1', type: 'simple' });
  await room.data(`POST ${sdn}/vnets`, { vnet: 'vn1', zone: 'z1' });
  await room.data(`POST ${sdn}/vnets/vn1/subnets`, { subnet: '10.9.0.0/24', type: 'subnet' });
  return room;
}

describe('refused:', () => {
  test.each([
    ['GET zones/nope', undefined, "sdn 'nope' does not exist"],
    [
      'POST zones',
      { zone: 'z1', type: 'simple' },
      "create sdn zone object failed: sdn zone object ID 'z1' already defined",
    ],
    ['POST zones', { zone: 'z2', type: 'vlan' }, "missing value for required option 'bridge'"],
    [
      'POST zones',
      { zone: 'z2', type: 'simple', ipam: 'nope' },
      'create sdn zone object failed: 400 Parameter verification failed.',
    ],
    ['PUT zones/nope', { mtu: 1400 }, "update sdn zone object failed: sdn 'nope' does not exist"],
    ['GET vnets/nope', undefined, "sdn vnet 'nope' does not exist"],
    [
      'POST vnets',
      { vnet: 'vn1', zone: 'z1' },
      "create sdn vnet object failed: sdn vnet object ID 'vn1' already defined",
    ],
    [
      'POST vnets',
      { vnet: 'vn2', zone: 'z1', tag: 5 },
      'create sdn vnet object failed: 400 Parameter verification failed.',
    ],
    ['DELETE vnets/vn1', undefined, 'delete sdn vnet object failed: 400 Parameter verification failed.'],
    [
      'POST vnets/vn1/subnets',
      { subnet: '10.9.0.0/24', type: 'subnet' },
      "create sdn subnet object failed: sdn subnet object ID 'z1-10.9.0.0-24' already defined",
    ],
    [
      'POST vnets/vn1/subnets',
      { subnet: '10.8.0.0/24', type: 'subnet', gateway: '10.9.0.1' },
      'create sdn subnet object failed: 400 Parameter verification failed.',
    ],
    ['GET vnets/vn1/subnets/z1-10.8.0.0-24', undefined, "sdn subnet 'z1-10.8.0.0-24' does not exist"],
    ['GET controllers/nope', undefined, "sdn 'nope' does not exist"],
    ['POST controllers', { controller: 'evpn1', type: 'evpn' }, "missing value for required option 'asn'"],
    [
      'POST ipams',
      { ipam: 'pve', type: 'pve' },
      "create sdn ipam object failed: sdn ipam object ID 'pve' already defined",
    ],
    [
      'PUT zones/z1',
      { mtu: 1400, digest: 'f00' },
      'update sdn zone object failed: detected modified configuration - file changed by other user? Try again.',
    ],
  ] as [string, Record<string, string | number> | undefined, string][])(
    '%s %o',
    async (line, form, words) => {
      const { refusal } = await network();
      const [verb, path] = line.split(' ');
      expect(await refusal(`${verb} ${sdn}/${path}`, form)).toEqual([500, words]);
    },
  );

  test('a zone that somebody uses', async () => {
    const { refusal } = await network();
    expect((await refusal(`DELETE ${sdn}/zones/z1`))[1]).toMatch(
      /^delete sdn zone object failed: zone z1 is used by vnet vn1 at /,
    );
  });
});

test('what is configured runs once it is applied, and not before', async () => {
  const { data, task } = await network();
  const states = async () =>
    (await data(`GET ${sdn}/vnets?pending=1`)).map(({ state }: { state?: string }) => state);
  expect(await states()).toEqual(['new']);
  expect(await data(`GET ${sdn}/vnets?running=1`)).toEqual([]);
  expect(await task(`PUT ${sdn}`, {})).toMatchObject({ type: 'reloadnetworkall', exitstatus: 'OK' });
  expect(await states()).toEqual([undefined]);
  expect(await data(`GET ${sdn}/vnets?running=1`)).toMatchObject([{ vnet: 'vn1', zone: 'z1', digest: null }]);
  await data(`PUT ${sdn}/vnets/vn1`, { alias: 'office' });
  expect(await data(`GET ${sdn}/vnets?pending=1`)).toMatchObject([
    { vnet: 'vn1', state: 'changed', pending: { alias: 'office' } },
  ]);
  await data(`POST ${sdn}/rollback`, {});
  expect(await data(`GET ${sdn}/vnets/vn1`)).not.toHaveProperty('alias');
});

test('a subnet knows its zone and network; it stays while its network is asked for', async () => {
  const { data } = await network();
  expect(await data(`GET ${sdn}/vnets/vn1/subnets`)).toMatchObject([
    {
      subnet: 'z1-10.9.0.0-24',
      zone: 'z1',
      vnet: 'vn1',
      cidr: '10.9.0.0/24',
      network: '10.9.0.0',
      mask: '24',
    },
  ]);
});

test('while one holds the lock, a change needs its token', async () => {
  const { data, refusal } = await network();
  expect((await refusal(`POST ${sdn}/lock`, {}))[1]).toMatch(/configuration has pending changes/);
  const token = await data(`POST ${sdn}/lock`, { 'allow-pending': 1 });
  const change = { vnet: 'vn2', zone: 'z1' };
  expect((await refusal(`POST ${sdn}/vnets`, change))[1]).toMatch(/invalid lock token provided!/);
  await data(`POST ${sdn}/vnets`, { ...change, 'lock-token': token });
  expect((await refusal(`DELETE ${sdn}/lock?lock-token=wrong`))[1]).toMatch(/^could not release lock: /);
  expect(await refusal(`DELETE ${sdn}/lock?force=1`)).toEqual([200, 'OK']);
  expect(await refusal(`POST ${sdn}/vnets`, { vnet: 'vn3', zone: 'z1' })).toEqual([200, 'OK']);
});

test('only what the caller may see is listed', async () => {
  const { data, refusal, world } = await network();
  expect(await data(`GET ${sdn}/zones`, undefined, 'alice@pve')).toEqual([]);
  expect(await refusal(`GET ${sdn}/vnets/vn1`, undefined, 'alice@pve')).toEqual([
    ...[403, 'Permission check failed (/sdn/zones/z1/vn1, SDN.Audit|SDN.Allocate)'],
  ]);
  world.access.grant('/sdn/zones/z1', 'user', 'alice@pve', 'PVESDNUser');
  expect(await data(`GET ${sdn}/zones`, undefined, 'alice@pve')).toMatchObject([
    { zone: 'z1', type: 'simple' },
  ]);
});

test('a node sees what is applied, and what is plugged in where', async () => {
  const { data, task, refusal } = await network();
  const node = '/nodes/pve1/sdn';
  expect(await data(`GET ${node}/zones`)).toEqual([]);
  await task(`PUT ${sdn}`, {});
  expect(await data(`GET ${node}/zones`)).toEqual([{ zone: 'z1', status: 'available' }]);
  expect(await data(`GET ${node}/zones/z1/content`)).toEqual([{ vnet: 'vn1', status: 'available' }]);
  expect(await data(`GET ${node}/zones/z1/bridges`)).toEqual([{ name: 'vn1', vlan_filtering: 0, ports: [] }]);
  const [bridge] = await data(`GET ${node}/zones/localnetwork/bridges`);
  expect(bridge.ports).toEqual([
    { name: 'eno1' },
    { name: 'tap100i0', vmid: '100', index: 'net0' },
    { name: 'fwpr102p0', vmid: '102', index: 'net0' },
    { name: 'veth200i0', vmid: '200', index: 'net0' },
    { name: 'veth204i0', vmid: '204', index: 'net0' },
  ]);
  expect(await refusal(`GET ${node}/zones/z1/ip-vrf`)).toEqual([400, { zone: 'zone is not an EVPN zone' }]);
  expect(await refusal(`GET ${node}/vnets/nope`)).toEqual([500, "sdn vnet 'nope' does not exist"]);
});

test('there are no fabrics', async () => {
  const { data } = lab('demo');
  expect(await data(`GET ${sdn}/fabrics/all`)).toEqual({ fabrics: [], nodes: [] });
  expect(await data(`GET ${sdn}/fabrics/fabric`)).toEqual([]);
});
