import { path } from '../../api/path.ts';
import type { GuestConfig } from '../../pve/guest-config.ts';
import { nicsOf } from '../../pve/guest-config.ts';
import type { Guest } from '../../pve/guests.ts';
import { number, type Row, row, rows, text } from '../../pve/read.ts';
import { Sight } from '../../pve/sight.ts';
import type { ToolContext } from '../tool.ts';

export interface Address {
  /** The interface as the guest names it, or the key of its network card. */
  nic: string;
  /** CIDR; `dhcp` where the configuration leaves it to the network. */
  ip: string;
}

export interface Addresses {
  /** Who says so: the guest itself, or only its configuration. */
  from: 'guest' | 'config';
  addresses: Address[];
  /** Why the guest itself could not be asked. */
  why?: string;
}

/**
 * What the guest itself says its addresses are: a VM through its agent, a container through its node. Loopback and
 * link-local ones are left out.
 */
export async function askAddresses(
  { vmid, node, type, status }: Guest,
  { pve, signal }: Pick<ToolContext, 'pve' | 'signal'>,
): Promise<Addresses> {
  if (status !== 'running') return { from: 'guest', addresses: [], why: 'it is not running' };
  const to =
    type === 'qemu'
      ? path`/nodes/${node}/qemu/${vmid}/agent/network-get-interfaces`
      : path`/nodes/${node}/lxc/${vmid}/interfaces`;
  const sight = new Sight();
  const data = await sight.of('agent', pve.api.get<unknown>(to, {}, { signal }));
  const [why] = sight.unseen;
  if (why !== undefined) return { from: 'guest', addresses: [], why: why.replace(/^agent: /, '') };
  return { from: 'guest', addresses: rows(type === 'qemu' ? row(data).result : data).flatMap(ofInterface) };
}

/** What the configuration gives its cards, for when the guest can't be asked. */
export function orOfConfig(asked: Addresses, config: GuestConfig): Addresses {
  if (asked.addresses.length > 0) return asked;
  const addresses = nicsOf(config).flatMap(({ key, ips }) => ips.map((ip) => ({ nic: key, ip })));
  return { ...asked, from: 'config', addresses };
}

function ofInterface(each: Row): Address[] {
  const nic = text(each.name) ?? '?';
  return rows(each['ip-addresses']).flatMap((one): Address[] => {
    const ip = text(one['ip-address']);
    if (ip === undefined || /^(?:127\.|::1$|fe80:)/i.test(ip)) return [];
    const prefix = number(one.prefix);
    return [{ nic, ip: prefix === undefined ? ip : `${ip}/${prefix}` }];
  });
}
