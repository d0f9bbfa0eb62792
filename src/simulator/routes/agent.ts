import type { Call, Handler, Routes } from '../call.ts';
import type { Guest, Inside } from '../world/guest.ts';
import { readProperties } from '../world/property-string.ts';
import { type Agent, agentOf } from './agent-of.ts';
import { guestOf } from './find.ts';
import { live } from './guest-views.ts';

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

function staticAddress({ config }: Guest): string | undefined {
  const { ip } = readProperties(String(config.ipconfig0 ?? ''), 'ip');
  return ip?.includes('/') ? ip : undefined;
}

function interfaces(call: Call, guest: Guest, inside: Inside) {
  const mac = macOfNet(String(guest.config.net0 ?? ''));
  const now = live(call.world, guest);
  const name = String(guest.config.ostype ?? '').startsWith('win') ? 'Ethernet' : 'eth0';
  const address = (type: 'ipv4' | 'ipv6', text: string, length: number) => ({
    ...{ 'ip-address-type': type, 'ip-address': text, prefix: length },
  });
  const loopback = {
    ...{ name: 'lo', 'hardware-address': '00:00:00:00:00:00', statistics: counted(0, 0) },
    'ip-addresses': [address('ipv4', '127.0.0.1', 8), address('ipv6', '::1', 128)],
  };
  if (mac === '') return [loopback];
  // cloud-init gives it the address of its config.
  const [ip = '', bits = '24'] = (staticAddress(guest) ?? inside.ip).split('/');
  const prefix = Number(bits);
  const card = {
    ...{ name, 'hardware-address': mac, statistics: counted(now.netin, now.netout) },
    'ip-addresses': [address('ipv4', ip, prefix), address('ipv6', linkLocal(mac), 64)],
  };
  return [loopback, card];
}

type Answer = (call: Call, agent: Agent) => unknown;

/** Whatever QEMU's agent answers; its booleans stay such (recorded for `proxmox-support`). */
const answers: Record<string, Answer> = {
  ping: () => ({}),
  info: () => ({
    version: '10.0.13',
    supported_commands: [
      ...Object.keys(answers),
      'exec',
      'exec-status',
      'file-open',
      'set-user-password',
    ].map((name) => ({
      name: `guest-${name}`,
      enabled: true,
      'success-response': !/^suspend|^shutdown/.test(name),
    })),
  }),
  'get-osinfo': (_call, { inside }) => inside.osinfo,
  'get-host-name': (_call, { guest }) => ({ 'host-name': guest.name }),
  'get-time': (call) => call.world.now() * 1_000_000,
  'get-timezone': () => ({ zone: 'UTC', offset: 0 }),
  'get-users': () => [],
  'get-vcpus': (_call, { guest }) =>
    Array.from({ length: guest.facts.cpus ?? 1 }, (_, id) => ({
      ...{ 'logical-id': id, online: true, 'can-offline': id > 0 },
    })),
  'get-fsinfo': (_call, { guest }) => fileSystems(guest),
  'get-memory-blocks': (_call, { guest }) =>
    Array.from({ length: Math.max(1, guest.facts.maxmem / memoryBlock) }, (_, index) => ({
      ...{ 'phys-index': index, online: true, 'can-offline': true },
    })),
  'get-memory-block-info': () => ({ size: memoryBlock }),
  'fsfreeze-status': (_call, { system }) => (system.frozen ? 'frozen' : 'thawed'),
  'fsfreeze-freeze': (_call, { guest, system }) => {
    system.frozen = true;
    return fileSystems(guest).length;
  },
  'fsfreeze-thaw': (_call, { guest, system }) => {
    const thawed = system.frozen ? fileSystems(guest).length : 0;
    system.frozen = false;
    return thawed;
  },
  fstrim: (_call, { guest }) => ({
    paths: fileSystems(guest).map(({ mountpoint }) => ({ path: mountpoint, trimmed: 0, minimum: 0 })),
  }),
  'network-get-interfaces': (call, { guest, inside }) => interfaces(call, guest, inside),
  shutdown: (call, { guest }) => {
    const { world } = call;
    world.timeline.after(4000, () => guest.power('stopped', world.now()));
    return {};
  },
  'suspend-ram': unsupported,
  'suspend-disk': unsupported,
  'suspend-hybrid': unsupported,
};

const memoryBlock = 128 * 1024 ** 2;

/** The root file system on the first disk; a VM without disks runs from its image. */
function fileSystems(guest: Guest) {
  const size = guest.facts.maxdisk;
  if (size === 0) return [];
  const used = Math.floor(size * guest.load.disk);
  const disk = { serial: 'drive-scsi0', dev: '/dev/sda1', 'bus-type': 'scsi', bus: 0, target: 0, unit: 0 };
  return [
    {
      ...{ name: 'sda1', mountpoint: '/', type: 'ext4', 'total-bytes': size, 'used-bytes': used },
      disk: [{ ...disk, 'pci-controller': { domain: 0, bus: 0, slot: 5, function: 0 } }],
    },
  ];
}

/** A system that cannot sleep says so in the result: the call itself is a success. */
function unsupported() {
  return { error: { class: 'GenericError', desc: 'no suspend mode is supported by the guest' } };
}

const asked = (name: string): Handler => {
  return async (call) => {
    const agent = await agentOf(call);
    return { result: (answers[name] as Answer)(call, agent) };
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

const changing = /^(?:ping|fs|shutdown|suspend)/;

/** What the agent can be asked, each by a path of its own and all of it by the old one. */
export const agentRoutes: Routes = {
  [`GET ${base}`]: () =>
    [...Object.keys(answers), 'exec', 'exec-status', 'file-read', 'file-write', 'set-user-password']
      .sort()
      .map((name) => ({ name })),
  [`POST ${base}`]: (call) => asked(call.params.command)(call),
  ...Object.fromEntries(
    Object.keys(answers).map((name) => [
      `${changing.test(name) ? 'POST' : 'GET'} ${base}/${name}`,
      asked(name),
    ]),
  ),
  'GET /nodes/{node}/lxc/{vmid}/interfaces': lxcInterfaces,
};
