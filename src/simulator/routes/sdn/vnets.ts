import type { Call, Routes } from '../../call.ts';
import type { Section } from '../../world/sections.ts';
import { no } from '../find.ts';
import { assertUnchanged, changeSection, optionsOf, refuse, saying } from '../section-config.ts';
import { checkLockToken, demandAny, maySee, seen, shownDigest } from './objects.ts';

const base = '/cluster/sdn/vnets';

const config = ({ world }: Call) => world.sdn.config('vnets');

/** A virtual network by name, or PVE's word that there is none. */
export function vnetOf(sections: ReadonlyMap<string, Section>, vnet: string): Section {
  const found = sections.get(vnet);
  if (!found) throw no(`sdn vnet '${vnet}' does not exist`);
  return found;
}

/** Demands a privilege on the virtual network of the call, which must be there. */
export function demandVnet(call: Call, ...privileges: string[]): Section {
  const { vnet } = call.params;
  const section = vnetOf(config(call), vnet);
  demandAny(call, `/sdn/zones/${section.zone}/${vnet}`, ...privileges);
  return section;
}

const view = (call: Call, vnet: string, section: Section) => ({
  ...{ ...section, vnet, digest: shownDigest(call, 'vnets') },
});

/** Subnets of a virtual network. */
export function subnetsOf(call: Call, vnet: string): [string, Section][] {
  return [...call.world.sdn.config('subnets')].filter(([, subnet]) => subnet.vnet === vnet);
}

/** What the zone's type allows. */
function checkZone(call: Call, vnet: string, section: Section): void {
  const zone = call.world.sdn.config('zones').get(String(section.zone));
  if (!zone) throw no(`unknown section type ''`);
  const { type } = zone;
  if (type === 'simple' && section.tag !== undefined) refuse('tag', 'vlan tag is not allowed on simple zone');
  if (type === 'vlan' && section.tag === undefined) refuse('tag', 'missing vlan tag');
  if (type === 'qinq' && section.tag === undefined) refuse('tag', 'missing vlan tag');
  if ((type === 'vxlan' || type === 'evpn') && section.tag === undefined) refuse('tag', 'missing vxlan tag');
  if (section.vlanaware && subnetsOf(call, vnet).length > 0)
    refuse('vlanaware', 'vlanaware vnet is not compatible with subnets');
}

function create(call: Call): null {
  const { vnet } = call.params;
  return saying('create sdn vnet object failed', () => {
    checkLockToken(call, 291);
    if (config(call).has(vnet)) throw no(`sdn vnet object ID '${vnet}' already defined`);
    const section: Section = { type: 'vnet', ...optionsOf(call, 'vnet') };
    checkZone(call, vnet, section);
    config(call).set(vnet, section);
    return null;
  });
}

function update(call: Call): null {
  const { vnet, zone } = call.params;
  demandVnet(call, 'SDN.Allocate');
  return saying('update sdn vnet object failed', () => {
    checkLockToken(call, 291);
    assertUnchanged(String(shownDigest(call, 'vnets')), call.params.digest);
    const old = vnetOf(config(call), vnet);
    if (zone !== undefined && zone !== old.zone && subnetsOf(call, vnet).length > 0)
      refuse('zone', "can't change zone if subnets exist");
    const section = { ...old };
    changeSection(section, call, { ids: ['vnet'], required: ['zone'] });
    checkZone(call, vnet, section);
    config(call).set(vnet, section);
    return null;
  });
}

function remove(call: Call): null {
  const { vnet } = call.params;
  demandVnet(call, 'SDN.Allocate');
  return saying('delete sdn vnet object failed', () => {
    checkLockToken(call, 291);
    if (subnetsOf(call, vnet).length > 0) refuse('vnet', "Can't delete vnet if subnets exists");
    config(call).delete(vnet);
    call.world.firewalls.forget(`/sdn/${vnet}`);
    return null;
  });
}

/** Virtual networks. */
export const vnetRoutes: Routes = {
  [`GET ${base}`]: (call) =>
    [...seen(call, 'vnets')]
      .filter(([vnet, section]) => {
        const pending = section.pending as Section | undefined;
        return maySee(call, `/sdn/zones/${section.zone ?? pending?.zone}/${vnet}`);
      })
      .map(([vnet, section]) => view(call, vnet, section)),
  [`POST ${base}`]: create,
  [`GET ${base}/{vnet}`]: (call) => {
    demandVnet(call, 'SDN.Audit', 'SDN.Allocate');
    return view(call, call.params.vnet, vnetOf(seen(call, 'vnets'), call.params.vnet));
  },
  [`PUT ${base}/{vnet}`]: update,
  [`DELETE ${base}/{vnet}`]: remove,
};
