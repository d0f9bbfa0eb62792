import { ApiError, type Call, type Handler, type Routes } from '../call.ts';
import type { Guest, Inside } from '../world/guest.ts';
import { readProperties } from '../world/property-string.ts';
import { guestOf, no } from './find.ts';
import { live } from './guest-views.ts';

/** The agent of a VM, or the refusal: none configured, VM stopped, or no answer after 3 s (recorded on PVE 9.2). */
async function agentOf(call: Call): Promise<{ guest: Guest; inside: Inside }> {
  const guest = guestOf(call, 'qemu');
  if (!guest.facts.agent) throw no('No QEMU guest agent configured');
  if (!guest.running) throw no(`VM ${guest.vmid} is not running`);
  if (guest.inside?.agent && !guest.paused) return { guest, inside: guest.inside };
  await call.world.clock.sleep(3000);
  throw no('QEMU guest agent is not running');
}

const macOfNet = (value: string) => /([0-9A-F]{2}(?::[0-9A-F]{2}){5})/i.exec(value)?.[1]?.toLowerCase() ?? '';

const linkLocal = (mac: string) => {
  const bytes = mac.split(':');
  const head = ((Number.parseInt(bytes[0] ?? '0', 16) ^ 2) >>> 0).toString(16);
  return `fe80::${head}${bytes[1]}:${bytes[2]}ff:fe${bytes[3]}:${bytes[4]}${bytes[5]}`;
};

const counted = (received: number, sent: number) => ({
  ...{ 'rx-bytes': received, 'rx-packets': Math.ceil(received / 900), 'rx-errs': 0, 'rx-dropped': 0 },
  ...{ 'tx-bytes': sent, 'tx-packets': Math.ceil(sent / 700), 'tx-errs': 0, 'tx-dropped': 0 },
});

function interfaces(call: Call, guest: Guest, inside: Inside) {
  const mac = macOfNet(String(guest.config.net0 ?? ''));
  const now = live(call.world, guest);
  const name = String(guest.config.ostype ?? '').startsWith('win') ? 'Ethernet' : 'eth0';
  const address = (type: 'ipv4' | 'ipv6', text: string, prefix: number) => ({
    ...{ 'ip-address-type': type, 'ip-address': text, prefix },
  });
  const loopback = {
    ...{ name: 'lo', 'hardware-address': '00:00:00:00:00:00', statistics: counted(0, 0) },
    'ip-addresses': [address('ipv4', '127.0.0.1', 8), address('ipv6', '::1', 128)],
  };
  if (mac === '') return [loopback];
  const card = {
    ...{ name, 'hardware-address': mac, statistics: counted(now.netin, now.netout) },
    'ip-addresses': [address('ipv4', inside.ip, 24), address('ipv6', linkLocal(mac), 64)],
  };
  return [loopback, card];
}

type Answer = (call: Call, guest: Guest, inside: Inside) => unknown;

const answers: Record<string, Answer> = {
  ping: () => ({}),
  'get-osinfo': (_call, _guest, inside) => inside.osinfo,
  'get-host-name': (_call, guest) => ({ 'host-name': guest.name }),
  'get-time': (call) => call.world.now() * 1_000_000,
  'network-get-interfaces': interfaces,
};

const asked = (name: string): Handler => {
  return async (call) => {
    const { guest, inside } = await agentOf(call);
    return { result: (answers[name] as Answer)(call, guest, inside) };
  };
};

/** `GET /lxc/{vmid}/interfaces`; a stopped container has none. */
function lxcInterfaces(call: Call) {
  const guest = guestOf(call, 'lxc');
  if (!guest.running) return null;
  const rows = [
    {
      ...{
        name: 'lo',
        hwaddr: '00:00:00:00:00:00',
        'hardware-address': '00:00:00:00:00:00',
        inet: '127.0.0.1/8',
        inet6: '::1/128',
      },
      'ip-addresses': [
        { 'ip-address-type': 'inet', 'ip-address': '127.0.0.1', prefix: 8 },
        { 'ip-address-type': 'inet6', 'ip-address': '::1', prefix: 128 },
      ],
    },
  ];
  for (const [key, value] of Object.entries(guest.config)) {
    if (!/^net\d+$/.test(key)) continue;
    const { name = 'eth0', hwaddr = '', ip } = readProperties(String(value), 'name');
    const mac = hwaddr.toLowerCase();
    const inet = ip?.includes('/') ? ip : `${guest.inside?.ip}/24`;
    const [address = '', prefix] = inet.split('/');
    const inet6 = linkLocal(mac);
    rows.push({
      ...{ name, hwaddr: mac, 'hardware-address': mac, inet, inet6: `${inet6}/64` },
      'ip-addresses': [
        { 'ip-address-type': 'inet', 'ip-address': address, prefix: Number(prefix) },
        { 'ip-address-type': 'inet6', 'ip-address': inet6, prefix: 64 },
      ],
    });
  }
  return rows;
}

const base = '/nodes/{node}/qemu/{vmid}/agent';

/** What the simulated agent knows. Other commands are honestly not there. */
export const agentRoutes: Routes = {
  [`POST ${base}`]: (call) => {
    const { command, node, vmid } = call.params;
    if (answers[command]) return asked(command)(call);
    throw new ApiError(
      501,
      `Method 'POST /nodes/${node}/qemu/${vmid}/agent' not implemented for '${command}'`,
    );
  },
  [`POST ${base}/ping`]: asked('ping'),
  [`GET ${base}/get-osinfo`]: asked('get-osinfo'),
  [`GET ${base}/get-host-name`]: asked('get-host-name'),
  [`GET ${base}/get-time`]: asked('get-time'),
  [`GET ${base}/network-get-interfaces`]: asked('network-get-interfaces'),
  'GET /nodes/{node}/lxc/{vmid}/interfaces': lxcInterfaces,
};
