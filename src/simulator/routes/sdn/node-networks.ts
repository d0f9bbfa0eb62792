import { type Call, parameterErrors, type Routes } from '../../call.ts';
import type { Guest } from '../../world/guest.ts';
import type { Section } from '../../world/sections.ts';
import { nodeOf } from '../find.ts';
import { maySee } from './objects.ts';
import { demandVnet } from './vnets.ts';

const base = '/nodes/{node}/sdn';

const words = (text: unknown) =>
  String(text ?? '')
    .split(/[,;\s]+/)
    .filter(Boolean);

/** The zones that run on the call's node: each, unless it is for other nodes alone. */
function zonesHere({ world, params }: Call): [string, Section][] {
  const isHere = ({ nodes }: Section) => nodes === undefined || words(nodes).includes(params.node);
  return [...world.sdn.running('zones')].filter(([, zone]) => isHere(zone));
}

const vnetsOf = ({ world }: Call, zone: string) =>
  [...world.sdn.running('vnets')].filter(([, vnet]) => vnet.zone === zone).map(([vnet]) => vnet);

function content(call: Call) {
  const { zone } = call.params;
  if (!zonesHere(call).some(([name]) => name === zone)) return [];
  return vnetsOf(call, zone).map((vnet) => ({ vnet, status: 'available' }));
}

/** Where a running guest is plugged into a bridge. */
function portsOf(guest: Guest, bridge: string) {
  return Object.entries(guest.config).flatMap(([key, value]) => {
    const index = /^net(\d+)$/.exec(key)?.[1];
    if (index === undefined || !String(value).split(',').includes(`bridge=${bridge}`)) return [];
    const behind = String(value).split(',').includes('firewall=1');
    const kind = guest.kind === 'qemu' ? 'tap' : 'veth';
    const name = behind ? `fwpr${guest.vmid}p${index}` : `${kind}${guest.vmid}i${index}`;
    return [{ name, vmid: String(guest.vmid), index: key }];
  });
}

/** `GET …/bridges`: the bridges of a zone and what is plugged into them; `localnetwork` is every plain bridge. */
function bridges(call: Call) {
  const { zone } = call.params;
  const node = nodeOf(call);
  const plain = [...node.interfaces.all].filter(([, { type }]) => type === 'bridge');
  if (zone !== 'localnetwork' && !call.world.sdn.running('zones').has(zone))
    throw parameterErrors({ zone: 'zone does not exist' });
  const names = zone === 'localnetwork' ? plain.map(([name]) => name) : vnetsOf(call, zone);
  return names
    .filter((name) => maySee(call, `/sdn/zones/${zone}/${name}`))
    .map((name) => ({
      name,
      vlan_filtering: node.interfaces.all.get(name)?.bridge_vlan_aware ? 1 : 0,
      ports: [
        ...words(node.interfaces.all.get(name)?.bridge_ports).map((port) => ({ name: port })),
        ...call.world.guestsOn(node.name).flatMap((guest) => (guest.running ? portsOf(guest, name) : [])),
      ],
    }));
}

function demandEvpn(zone: Section | undefined, what: string): void {
  if (zone?.type !== 'evpn') throw parameterErrors({ zone: what });
}

/** What a node sees of the software-defined networks. No route is ever learned on them. */
export const nodeNetworkViewRoutes: Routes = {
  [`GET ${base}`]: () => ['fabrics', 'vnets', 'zones'].map((name) => ({ name })),
  [`GET ${base}/zones`]: (call) => zonesHere(call).map(([zone]) => ({ zone, status: 'available' })),
  [`GET ${base}/zones/{zone}`]: () => ['content', 'bridges', 'ip-vrf'].map((subdir) => ({ subdir })),
  [`GET ${base}/zones/{zone}/content`]: content,
  [`GET ${base}/zones/{zone}/bridges`]: bridges,
  [`GET ${base}/zones/{zone}/ip-vrf`]: (call) => {
    const zone = call.world.sdn.running('zones').get(call.params.zone);
    if (!zone) throw parameterErrors({ zone: 'zone does not exist' });
    demandEvpn(zone, 'zone is not an EVPN zone');
    return [];
  },
  [`GET ${base}/vnets/{vnet}`]: (call) => {
    demandVnet(call, 'SDN.Audit');
    return [{ subdir: 'mac-vrf' }];
  },
  [`GET ${base}/vnets/{vnet}/mac-vrf`]: (call) => {
    demandVnet(call, 'SDN.Audit');
    const vnet = call.world.sdn.running('vnets').get(call.params.vnet);
    if (!vnet) throw parameterErrors({ vnet: 'vnet does not exist' });
    const zone = call.world.sdn.running('zones').get(String(vnet.zone));
    if (!zone) throw parameterErrors({ zone: `zone ${vnet.zone} does not exist` });
    demandEvpn(zone, `zone ${vnet.zone} is not an EVPN zone.`);
    return [];
  },
  // No fabric can be made here, so there is none.
  'GET /cluster/sdn/fabrics': () => ['fabric', 'node', 'all'].map((subdir) => ({ subdir })),
  'GET /cluster/sdn/fabrics/all': () => ({ fabrics: [], nodes: [] }),
  'GET /cluster/sdn/fabrics/fabric': () => [],
  'GET /cluster/sdn/fabrics/node': () => [],
};
