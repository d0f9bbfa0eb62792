import { path } from '../../api/path.ts';
import { Failure } from '../../failure.ts';
import { rows, text } from '../../pve/read.ts';
import { line } from '../../render/untrusted.ts';
import type { ToolContext } from '../tool.ts';

/**
 * What a network card of a new guest hangs on: `bridge=vmbr0,tag=20` from `vmbr0,tag=20`; where nothing was asked for, the
 * node's first bridge. Undefined for a node without one.
 *
 * @throws Failure `not_found` for a bridge that the node does not have
 */
export async function bridgeFor(
  node: string,
  wanted: string | undefined,
  context: ToolContext,
): Promise<string | undefined> {
  const bridges = await bridgesOf(node, context);
  if (wanted === undefined) {
    const first = bridges?.includes('vmbr0') !== false ? 'vmbr0' : bridges[0];
    return first === undefined || bridges?.length === 0 ? undefined : `bridge=${first},firewall=1`;
  }
  const [head = '', ...rest] = wanted.trim().split(',');
  const bridge = head.replace(/^bridge=/, '');
  if (bridges !== undefined && bridges.length > 0 && !bridges.includes(bridge))
    throw new Failure(
      'not_found',
      `${node} has no bridge ${line(bridge, 40)}.`,
      `It has: ${bridges.map((each) => line(each, 40)).join(', ')}. Write network as vmbr0, or with more as vmbr0,tag=20.`,
    );
  const options = rest.some((part) => part.startsWith('firewall=')) ? rest : [...rest, 'firewall=1'];
  return [`bridge=${bridge}`, ...options].join(',');
}

/** By name; undefined where they can't be read. A login sees those that it may use. */
async function bridgesOf(node: string, { pve, signal }: ToolContext): Promise<string[] | undefined> {
  try {
    const found = rows(await pve.api.get(path`/nodes/${node}/network`, { type: 'any_bridge' }, { signal }));
    return found.flatMap(({ iface }) => text(iface) ?? []).sort();
  } catch (error) {
    if (error instanceof Failure && (error.code === 'forbidden' || error.code === 'invalid_parameter'))
      return undefined;
    throw error;
  }
}

/** `ip=dhcp`, or `ip=192.0.2.9/24,gw=192.0.2.1`, as both kinds of guests take it. */
export function addressConfig(ip: string, gateway: string | undefined): string {
  const text = ip.trim().replace(/^ip=/, '');
  const [address = '', ...rest] = text.split(',');
  if (address !== 'dhcp' && address !== 'manual' && !/^[\d.]+\/\d{1,2}$/.test(address))
    throw new Failure(
      'invalid_argument',
      `The ip ${line(text, 60)} is neither dhcp nor an address with its prefix.`,
      'Write ip as dhcp, or as 192.0.2.9/24 and gateway as 192.0.2.1.',
    );
  return [`ip=${address}`, ...rest, ...(gateway === undefined ? [] : [`gw=${gateway.trim()}`])].join(',');
}

/** The address that a config like that fixes. */
export function fixedAddress(config: string | undefined): string | undefined {
  return /(?:^|,)ip=([\d.]+)\/\d/.exec(config ?? '')?.[1];
}
