import type { Call, Routes } from '../../call.ts';
import type { Section } from '../../world/sections.ts';
import { no } from '../find.ts';
import {
  assertUnchanged,
  changeSection,
  optionsOf,
  refuse,
  requireOptions,
  saying,
} from '../section-config.ts';
import { checkLockToken, maySee, seen, shownDigest } from './objects.ts';

const base = '/cluster/sdn/zones';

/** What each type of zone cannot do without. */
const required: Record<string, readonly string[]> = {
  ...{ simple: [], vlan: ['bridge'], qinq: ['tag', 'bridge'], vxlan: [], evpn: ['vrf-vxlan', 'controller'] },
};

const config = ({ world }: Call) => world.sdn.config('zones');

function view(call: Call, zone: string, section: Section): Section {
  return { ...section, zone, digest: shownDigest(call, 'zones') };
}

/** A zone by name, or PVE's word that there is none. */
export function zoneOf(sections: ReadonlyMap<string, Section>, zone: string): Section {
  const found = sections.get(zone);
  if (!found) throw no(`sdn '${zone}' does not exist`);
  return found;
}

function checkReferences({ world }: Call, given: Section): void {
  const dns = world.sections.of('sdn/dns');
  for (const name of ['dns', 'reversedns'] as const) {
    const server = given[name] as string | undefined;
    if (server !== undefined && !dns.has(server)) refuse(name, `${server} don't exist`);
  }
  if (given.dnszone !== undefined && given.dns === undefined) refuse('dnszone', 'missing dns server');
  const ipam = given.ipam as string | undefined;
  if (ipam !== undefined && ipam !== 'pve' && !world.sections.of('sdn/ipams').has(ipam))
    refuse('ipam', `${ipam} not existing`);
}

function create(call: Call): null {
  const { zone, type } = call.params;
  const given = optionsOf(call, 'zone');
  requireOptions(given, ...(required[type] ?? []));
  return saying('create sdn zone object failed', () => {
    checkLockToken(call, 291);
    if (config(call).has(zone)) throw no(`sdn zone object ID '${zone}' already defined`);
    checkReferences(call, given);
    config(call).set(zone, { type, ...given });
    return null;
  });
}

function update(call: Call): null {
  return saying('update sdn zone object failed', () => {
    checkLockToken(call, 291);
    assertUnchanged(String(shownDigest(call, 'zones')), call.params.digest);
    const section = zoneOf(config(call), call.params.zone);
    checkReferences(call, optionsOf(call, 'zone'));
    changeSection(section, call, { ids: ['zone'], required: required[String(section.type)] ?? [] });
    return null;
  });
}

function remove(call: Call): null {
  const { zone } = call.params;
  return saying('delete sdn zone object failed', () => {
    checkLockToken(call, 291);
    zoneOf(config(call), zone);
    const user = [...call.world.sdn.config('vnets')].find(([, vnet]) => vnet.zone === zone)?.[0];
    const where = 'at /usr/share/perl5/PVE/Network/SDN/Zones/Plugin.pm line 148.';
    if (user !== undefined) throw no(`zone ${zone} is used by vnet ${user} ${where}`);
    config(call).delete(zone);
    return null;
  });
}

/** Zones: what kind of network the virtual ones in them are. */
export const zoneRoutes: Routes = {
  [`GET ${base}`]: (call) =>
    [...seen(call, 'zones')]
      .filter(([zone]) => maySee(call, `/sdn/zones/${zone}`))
      .map(([zone, section]) => view(call, zone, section))
      .filter(({ type }) => call.params.type === undefined || call.params.type === type),
  [`POST ${base}`]: create,
  [`GET ${base}/{zone}`]: (call) => {
    const { zone } = call.params;
    return view(call, zone, zoneOf(seen(call, 'zones'), zone));
  },
  [`PUT ${base}/{zone}`]: update,
  [`DELETE ${base}/{zone}`]: remove,
};
