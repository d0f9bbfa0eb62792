import type { Call, Routes } from '../../call.ts';
import { digestOf, type Section } from '../../world/sections.ts';
import { no } from '../find.ts';
import { assertUnchanged, changeSection, optionsOf, requireOptions, saying } from '../section-config.ts';
import { checkLockToken, maySee, seen, shownDigest } from './objects.ts';

/** Something that zones make use of: a controller, a DNS server, a manager of addresses. */
interface Helper {
  kind: 'controllers' | 'dns' | 'ipams';
  id: 'controller' | 'dns' | 'ipam';
  required: Record<string, readonly string[]>;
  /** What is there without being made. */
  builtIn?: Record<string, Section>;
}

function routesOf({ kind, id, required, builtIn = {} }: Helper): Routes {
  const base = `/cluster/sdn/${kind}`;
  const config = (call: Call): Map<string, Section> =>
    kind === 'controllers' ? call.world.sdn.config(kind) : call.world.sections.of(`sdn/${kind}`);
  const visible = (call: Call): ReadonlyMap<string, Section> =>
    new Map([...Object.entries(builtIn), ...(kind === 'controllers' ? seen(call, kind) : config(call))]);
  const digest = (call: Call) => (kind === 'controllers' ? shownDigest(call, kind) : digestOf(config(call)));
  const view = (call: Call, name: string, section: Section) => ({
    ...{ ...section, [id]: name, digest: digest(call) },
  });
  const find = (sections: ReadonlyMap<string, Section>, name: string): Section => {
    const found = sections.get(name);
    if (!found) throw no(`sdn '${name}' does not exist`);
    return found;
  };
  return {
    [`GET ${base}`]: (call) =>
      [...visible(call)]
        .filter(([name]) => maySee(call, `/sdn/${kind}/${name}`))
        .map(([name, section]) => view(call, name, section))
        .filter((row: Section) => call.params.type === undefined || row.type === call.params.type),
    [`POST ${base}`]: (call) => {
      const { type, [id]: name } = call.params;
      const given = optionsOf(call, id);
      requireOptions(given, ...(required[type] ?? []));
      return saying(`create sdn ${id} object failed`, () => {
        checkLockToken(call, 291);
        if (visible(call).has(name)) throw no(`sdn ${id} object ID '${name}' already defined`);
        config(call).set(name, { type, ...given });
        return null;
      });
    },
    [`GET ${base}/{${id}}`]: (call) => view(call, call.params[id], find(visible(call), call.params[id])),
    [`PUT ${base}/{${id}}`]: (call) =>
      saying(`update sdn ${id} object failed`, () => {
        checkLockToken(call, 291);
        assertUnchanged(String(digest(call)), call.params.digest);
        const section = find(visible(call), call.params[id]);
        changeSection(section, call, { ids: [id], required: required[String(section.type)] ?? [] });
        return null;
      }),
    [`DELETE ${base}/{${id}}`]: (call) =>
      // The text for an IPAM says "zone", too (as in PVE's own source).
      saying(`delete sdn ${kind === 'ipams' ? 'zone' : id} object failed`, () => {
        checkLockToken(call, 291);
        find(visible(call), call.params[id]);
        config(call).delete(call.params[id]);
        return null;
      }),
  };
}

/** Controllers, DNS servers and managers of addresses: they are kept, and nobody speaks to them. */
export const sdnHelperRoutes: Routes = {
  ...routesOf({
    ...{ kind: 'controllers', id: 'controller' },
    required: {
      ...{ evpn: ['asn'], bgp: ['node', 'asn', 'peers'] },
      isis: ['isis-domain', 'isis-net', 'isis-ifaces', 'node'],
    },
  }),
  ...routesOf({ kind: 'dns', id: 'dns', required: { powerdns: ['url', 'key'] } }),
  ...routesOf({
    ...{ kind: 'ipams', id: 'ipam', builtIn: { pve: { type: 'pve' } } },
    required: { netbox: ['url', 'token'], phpipam: ['url', 'token', 'section'] },
  }),
  // No address is ever given out.
  'GET /cluster/sdn/ipams/{ipam}/status': (call) => {
    if (call.params.ipam === 'pve') return [];
    const where = 'at /usr/share/perl5/PVE/API2/Network/SDN/Ipams.pm line 319.';
    throw no(`Currently only PVE IPAM is supported! ${where}`);
  },
};
