import { type Call, parameterErrors, type Routes } from '../../call.ts';
import type { SimNode } from '../../world/node.ts';
import { sha1, uuidOf } from '../../world/random.ts';
import { no, nodeOf } from '../find.ts';
import { live } from '../guest-views.ts';
import { assertUnchanged } from '../section-config.ts';

const base = '/nodes/{node}';

const words = (text: unknown) =>
  String(text ?? '')
    .split(/[,;\s]+/)
    .filter(Boolean);

/** `PUT …/dns`: what is not given is no more there, as in the file that is written anew. */
function setDns(call: Call): null {
  const { search, dns1, dns2, dns3 } = call.params;
  const node = nodeOf(call);
  node.dns = {
    search,
    dns1: dns1 ?? node.dns.dns1,
    ...(dns2 && { dns2 }),
    ...(dns3 && { dns3 }),
  };
  return null;
}

function setTimezone(call: Call): null {
  const { timezone } = call.params;
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
  } catch {
    throw parameterErrors({ timezone: 'No such timezone.' });
  }
  nodeOf(call).timezone = timezone;
  return null;
}

const hosts = (call: Call) => {
  const data = nodeOf(call).hosts;
  return { data, digest: sha1(data) };
};

function setHosts(call: Call): null {
  assertUnchanged(hosts(call).digest, call.params.digest);
  nodeOf(call).hosts = call.params.data;
  return null;
}

const configDigest = ({ config }: SimNode) =>
  sha1(Object.keys(config).length === 0 ? '' : JSON.stringify(config));

function readConfig(call: Call) {
  const node = nodeOf(call);
  const { config } = node;
  const { property } = call.params;
  if (property === undefined) return { ...config, digest: configDigest(node) };
  return config[property] === undefined ? {} : { [property]: config[property] };
}

function setConfig(call: Call): null {
  const { node: _node, delete: gone, digest, ...given } = call.params;
  const node = nodeOf(call);
  const { config } = node;
  assertUnchanged(configDigest(node), digest);
  Object.assign(config, given);
  for (const name of words(gone)) delete config[name];
  return null;
}

const pricing = 'https://www.proxmox.com/en/proxmox-virtual-environment/pricing';

/** Nobody has bought one here. The machine's own number is for auditors alone. */
function subscription(call: Call) {
  const none = { status: 'notfound', message: 'There is no subscription key', url: pricing };
  if (!call.principal.may(`/nodes/${call.params.node}`, 'Sys.Audit')) return none;
  const serverid = uuidOf(`server ${call.params.node}`).replaceAll('-', '').toUpperCase();
  return { ...none, serverid };
}

/** `GET …/netstat`: what the guests' network cards have moved. */
function netstat(call: Call) {
  return call.world.guestsOn(call.params.node).flatMap((guest) => {
    if (!guest.running) return [];
    const now = live(call.world, guest);
    return Object.keys(guest.config)
      .filter((key) => /^net\d+$/.test(key))
      .map((dev) => ({ vmid: String(guest.vmid), dev, in: String(now.netin), out: String(now.netout) }));
  });
}

/** Wakes another node; its address must have been configured. */
function wake({ world, params }: Call): string {
  const node = world.nodes.get(params.node);
  const [first] = world.nodes.keys();
  if (params.node === 'localhost' || params.node === first)
    throw no(`'${params.node}' is local node, cannot wake my self!`);
  if (!node) throw no(`no such cluster node '${params.node}'`);
  const mac = /(?:^|mac=)([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5})/.exec(
    String(node.config.wakeonlan ?? ''),
  )?.[1];
  if (mac === undefined) throw no(`No wake on LAN MAC address defined for '${params.node}'!`);
  return mac;
}

/** What can be set on a node and is kept: its names, time, notes. Nothing follows from it. */
export const nodeSettingRoutes: Routes = {
  [`PUT ${base}/dns`]: setDns,
  [`PUT ${base}/time`]: setTimezone,
  [`GET ${base}/hosts`]: hosts,
  [`POST ${base}/hosts`]: setHosts,
  [`GET ${base}/config`]: readConfig,
  [`PUT ${base}/config`]: setConfig,
  [`GET ${base}/subscription`]: subscription,
  [`POST ${base}/subscription`]: () => null,
  [`PUT ${base}/subscription`]: ({ params }) => {
    if (!/^pve(?:[1248])[cbsp]-[0-9a-f]{10}$/.test(String(params.key).trim()))
      throw no('Wrong subscription key format');
    // The shop is asked next, and nothing here reaches out.
    throw no("Can't connect to shop.proxmox.com:443 (Connection refused)");
  },
  [`DELETE ${base}/subscription`]: () => null,
  [`GET ${base}/netstat`]: netstat,
  [`POST ${base}/wakeonlan`]: wake,
  [`GET ${base}/report`]: (call) => {
    const node = nodeOf(call);
    return `\n==== general system info ====\n\n# hostname\n${node.name}\n\n# cat /etc/hosts\n${node.hosts}\n`;
  },
};
