import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** What a client sent, as it was before the proxies of ours. */
export interface Origin {
  /** Where it came from. */
  address: string;
  host: string | undefined;
  proto: 'http' | 'https';
}

/**
 * The proxies whose word counts (`X-Forwarded-For`, `-Host`, `-Proto`). Of several values the last is taken, which the
 * nearest proxy has added: those before it are anybody's word.
 */
export class Proxies {
  readonly #trusted = new BlockList();

  /** @param trusted addresses, and networks as `10.0.0.0/8` */
  constructor(trusted: readonly string[]) {
    for (const entry of trusted) {
      const [address = '', bits] = entry.split('/');
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      if (bits === undefined) this.#trusted.addAddress(address, family);
      else this.#trusted.addSubnet(address, Number(bits), family);
    }
  }

  originOf(request: IncomingMessage): Origin {
    const { headers } = request;
    let address = plain(request.socket.remoteAddress ?? '');
    if (!this.#trusts(address)) return { address, host: headers.host, proto: 'http' };
    const hops = words(headers['x-forwarded-for']).map(plain);
    for (let hop = hops.pop(); hop !== undefined && isIP(hop) !== 0; hop = hops.pop()) {
      address = hop;
      if (!this.#trusts(hop)) break;
    }
    const proto = words(headers['x-forwarded-proto']).at(-1) === 'https' ? 'https' : 'http';
    return { address, host: words(headers['x-forwarded-host']).at(-1) ?? headers.host, proto };
  }

  #trusts(address: string): boolean {
    return isIP(address) !== 0 && this.#trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
}

/** IPv4 as a socket for both kinds has it. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

function words(header: string | string[] | undefined): string[] {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}
