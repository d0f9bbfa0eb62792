import type { Call, Routes } from '../../call.ts';
import type { Section } from '../../world/sections.ts';
import { no } from '../find.ts';
import { assertUnchanged, changeSection, optionsOf, refuse, saying } from '../section-config.ts';
import { checkLockToken, seen, shownDigest } from './objects.ts';
import { demandVnet, subnetsOf } from './vnets.ts';

const base = '/cluster/sdn/vnets/{vnet}/subnets';
const ids = ['vnet', 'subnet'];

const config = ({ world }: Call) => world.sdn.config('subnets');

/** A subnet's id says where it is: `z1-10.0.0.0-24`. */
function view(call: Call, id: string, section: Section): Section {
  const [zone, network, mask] = id.split('-');
  return {
    ...{ 'dhcp-range': [], ...section, id, subnet: id, zone, network, mask, cidr: `${network}/${mask}` },
    digest: shownDigest(call, 'subnets'),
  };
}

function subnetOf(sections: ReadonlyMap<string, Section>, id: string): Section {
  const found = sections.get(id);
  if (!found) throw no(`sdn subnet '${id}' does not exist`);
  return found;
}

const asNumber = (address: string) =>
  address.split('.').reduce((number, part) => number * 256 + Number(part), 0);

function checkGateway(id: string, { gateway }: Section): void {
  const [, network = '', mask = ''] = id.split('-');
  if (typeof gateway !== 'string' || gateway.includes(':') || mask === '32') return;
  const size = 2 ** (32 - Number(mask));
  const first = Math.floor(asNumber(network) / size);
  if (Math.floor(asNumber(gateway) / size) !== first)
    refuse('gateway', `${gateway} is not in subnet ${network}/${mask}`);
}

function create(call: Call): null {
  const { vnet, subnet } = call.params;
  const parent = demandVnet(call, 'SDN.Allocate');
  return saying('create sdn subnet object failed', () => {
    checkLockToken(call, 291);
    const id = `${parent.zone}-${String(subnet).replace('/', '-')}`;
    if (config(call).has(id)) throw no(`sdn subnet object ID '${id}' already defined`);
    const section: Section = { type: 'subnet', vnet, ...optionsOf(call, ...ids) };
    if (parent.vlanaware) refuse('vnet', "you can't add a subnet on a vlanaware vnet");
    checkGateway(id, section);
    config(call).set(id, section);
    return null;
  });
}

function update(call: Call): null {
  const { subnet } = call.params;
  demandVnet(call, 'SDN.Allocate');
  return saying('update sdn subnet object failed', () => {
    checkLockToken(call, 291);
    const section = { ...subnetOf(config(call), subnet) };
    assertUnchanged(String(shownDigest(call, 'subnets')), call.params.digest);
    changeSection(section, call, { ids, required: ['vnet'] });
    checkGateway(subnet, section);
    config(call).set(subnet, section);
    return null;
  });
}

/** The subnets of a virtual network. */
export const subnetRoutes: Routes = {
  [`GET ${base}`]: (call) => {
    demandVnet(call, 'SDN.Audit', 'SDN.Allocate');
    return call.params.pending || call.params.running
      ? [...seen(call, 'subnets')]
          .filter(([, { vnet }]) => vnet === call.params.vnet)
          .map(([id, section]) => view(call, id, section))
      : subnetsOf(call, call.params.vnet).map(([id, section]) => view(call, id, section));
  },
  [`POST ${base}`]: create,
  [`GET ${base}/{subnet}`]: (call) => {
    demandVnet(call, 'SDN.Audit', 'SDN.Allocate');
    const { vnet, subnet } = call.params;
    const section = subnetOf(seen(call, 'subnets'), subnet);
    if (section.vnet !== vnet) refuse('vnet', 'wrong vnet');
    return view(call, subnet, section);
  },
  [`PUT ${base}/{subnet}`]: update,
  // Deleting one that is not there is no error.
  [`DELETE ${base}/{subnet}`]: (call) => {
    demandVnet(call, 'SDN.Allocate');
    return saying('delete sdn subnet object failed', () => {
      checkLockToken(call, 291);
      config(call).delete(call.params.subnet);
      return null;
    });
  },
};
