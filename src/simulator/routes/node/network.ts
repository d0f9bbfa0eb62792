import { type Call, parameterErrors, Reply, type Routes } from '../../call.ts';
import type { Interface } from '../../world/interfaces.ts';
import type { Work } from '../../world/tasks.ts';
import { no, nodeOf, startTask } from '../find.ts';

const base = '/nodes/{node}/network';

const refuse = (name: string, text: string) => parameterErrors({ [name]: text });

const words = (text: unknown) =>
  String(text ?? '')
    .split(/[,;\s]+/)
    .filter(Boolean);

const isBridge = (type: unknown) => type === 'bridge' || type === 'OVSBridge';

function list(call: Call): Reply {
  const { params, principal } = call;
  const { interfaces } = nodeOf(call);
  const wanted = ({ type }: Interface) => {
    const filter = params.type as string | undefined;
    if (filter === undefined || filter === 'include_sdn' || filter === type) return true;
    return isBridge(type) && /^any(?:_local)?_bridge$/.test(filter);
  };
  const sees = (name: string) => {
    const path = `/sdn/zones/localnetwork/${name}`;
    return principal.may(path, 'SDN.Audit') || principal.may(path, 'SDN.Use');
  };
  const rows = [...interfaces.all]
    .filter(([name, config]) => wanted(config) && (!isBridge(config.type) || sees(name)))
    .map(([iface, config]) => ({ ...config, iface }));
  // Beside the rows stands what waits to be applied, as a text.
  return new Reply(rows, interfaces.hasChanges ? { changes: `${interfaces.difference().join('\n')}\n` } : {});
}

/** Takes `cidr` apart, fills in the address families and methods, and refuses what cannot be. */
function configOf(call: Call, old: Interface, iface: string): Interface {
  const { params } = call;
  const { interfaces } = nodeOf(call);
  const given: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(params)) {
    if (!['node', 'iface', 'delete'].includes(name)) given[name] = value;
  }
  const others = [...interfaces.all].filter(([name]) => name !== iface);
  for (const [key, name] of [
    ['gateway', 'Default gateway'],
    ['gateway6', 'Default ipv6 gateway'],
  ] as const) {
    const other = given[key] === undefined ? undefined : others.find(([, config]) => config[key])?.[0];
    if (other !== undefined) throw refuse(key, `${name} already exists on interface '${other}'.`);
  }
  for (const key of ['bridge_ports', 'ovs_ports', 'slaves', 'ovs_bonds'] as const) {
    for (const port of words(given[key])) {
      const user = others.find(([, config]) =>
        words(`${config.bridge_ports ?? ''} ${config.slaves ?? ''}`).includes(port),
      );
      if (user) throw refuse(key, `${port} is already used on interface '${user[0]}'.`);
    }
  }
  for (const six of ['', '6'] as const) {
    const cidr = given[`cidr${six}`];
    if (cidr === undefined) continue;
    for (const part of [`address${six}`, `netmask${six}`])
      if (given[part] !== undefined) throw refuse(part, `${part} conflicts with cidr${six}`);
    const [address = '', mask = ''] = String(cidr).split('/');
    Object.assign(given, { [`address${six}`]: address, [`netmask${six}`]: mask });
  }
  const config: Interface = { ...old, ...given };
  for (const name of words(params.delete)) {
    delete config[name];
    const six = /^cidr(6?)$/.exec(name)?.[1];
    if (six === undefined) continue;
    delete config[`address${six}`];
    delete config[`netmask${six}`];
  }
  const families = [...(config.address ? ['inet'] : []), ...(config.address6 ? ['inet6'] : [])];
  if (/^OVS/.test(String(config.type)))
    throw no("Open VSwitch is not installed (need package 'openvswitch-switch')");
  const bridge = { bridge_ports: '', bridge_stp: 'off', bridge_fd: '0' };
  return {
    ...{ priority: interfaces.all.size + 3, ...(config.type === 'bridge' ? bridge : {}), ...config },
    families: families.length === 0 ? ['inet'] : families,
    ...{ method: config.address ? 'static' : 'manual', method6: config.address6 ? 'static' : 'manual' },
  };
}

function existing(call: Call): Interface {
  const found = nodeOf(call).interfaces.all.get(call.params.iface);
  if (!found) throw refuse('iface', 'interface does not exist');
  return found;
}

/** `PUT /nodes/{node}/network`: what waits becomes real. */
function reload(call: Call): string {
  const node = nodeOf(call);
  return startTask(call, node, 'srvreload', 'networking', function* (): Work {
    yield 800;
    node.interfaces.apply();
    return undefined;
  });
}

/** The interfaces of a node; a change waits until it is applied. */
export const nodeNetworkRoutes: Routes = {
  [`GET ${base}`]: list,
  [`POST ${base}`]: (call) => {
    const { interfaces } = nodeOf(call);
    const { iface } = call.params;
    if (interfaces.all.has(iface)) throw refuse('iface', 'interface already exists');
    interfaces.set(iface, configOf(call, {}, iface));
    return null;
  },
  [`PUT ${base}`]: reload,
  [`DELETE ${base}`]: (call) => {
    nodeOf(call).interfaces.revert();
    return null;
  },
  [`GET ${base}/{iface}`]: existing,
  [`PUT ${base}/{iface}`]: (call) => {
    const { iface } = call.params;
    nodeOf(call).interfaces.set(iface, configOf(call, existing(call), iface));
    return null;
  },
  [`DELETE ${base}/{iface}`]: (call) => {
    existing(call);
    nodeOf(call).interfaces.set(call.params.iface, undefined);
    return null;
  },
};
