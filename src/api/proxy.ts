import { BlockList, isIP, type Socket } from 'node:net';
import { Failure } from '../failure.ts';

/** An HTTP proxy that opens a tunnel (CONNECT); what goes through it is TLS with Proxmox itself, so it reads nothing. */
export interface HttpProxy {
  /** `host:port`, for the texts. */
  name: string;
  secure: boolean;
  hostname: string;
  port: number;
  /** The `Proxy-Authorization` header. */
  authorization: string | undefined;
}

/**
 * Reads `http://proxy:3128` or `https://user:password@proxy`, as `HTTPS_PROXY` has it.
 *
 * @throws Failure `config`, without the text, which may hold a password
 */
export function readProxy(text: string): HttpProxy {
  const withScheme = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    throw new Failure(
      'config',
      'The address of the proxy is no http:// or https:// URL.',
      'Write it as http://proxy.example.com:3128. SOCKS proxies are not supported.',
    );
  }
  const secure = url.protocol === 'https:';
  const port = Number(url.port) || (secure ? 443 : 80);
  const login = `${decode(url.username)}:${decode(url.password)}`;
  return {
    name: `${url.hostname}:${port}`,
    secure,
    hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    authorization: login === ':' ? undefined : `Basic ${Buffer.from(login).toString('base64')}`,
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Whether `NO_PROXY` names the server: `*`, a name (which stands for all below it too), `.domain`, an address, a network
 * in CIDR, each with a port or without.
 *
 * @param hostname as in a URL, an IPv6 address in brackets
 */
export function goesPast(noProxy: string, hostname: string, port: number): boolean {
  const host = hostname.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => matches(entry, host, port));
}

function matches(entry: string, host: string, port: number): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  const [, bracketed, plain = '', only] = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? [
    undefined,
    undefined,
    entry,
  ];
  if (only !== undefined && Number(only) !== port) return false;
  const name = bracketed ?? plain;
  const family = isIP(host);
  if (family !== 0) return isIP(name) !== 0 || name.includes('/') ? inNetwork(name, host, family) : false;
  const domain = name.replace(/^\*?\./, '');
  return host === domain || host.endsWith(`.${domain}`);
}

function inNetwork(name: string, host: string, family: number): boolean {
  const [address = '', bits] = name.split('/');
  const kind = family === 6 ? 'ipv6' : 'ipv4';
  if (isIP(address) !== family) return false;
  const most = family === 6 ? 128 : 32;
  const prefix = bits === undefined ? most : Number(bits);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > most) return false;
  const list = new BlockList();
  list.addSubnet(address, prefix, kind);
  return list.check(host, kind);
}

/**
 * Opens a tunnel.
 *
 * @param target `host:port`, an IPv6 address in brackets
 * @throws Failure `unreachable` or `timeout`; nothing of the request has been sent then
 */
export async function openTunnel(proxy: HttpProxy, target: string, timeoutMs: number): Promise<Socket> {
  const { request } = await import(proxy.secure ? 'node:https' : 'node:http');
  return new Promise((resolve, reject) => {
    const connect = (request as typeof import('node:http').request)({
      method: 'CONNECT',
      host: proxy.hostname,
      port: proxy.port,
      path: target,
      // A socket of our own: it is not given back.
      agent: false,
      headers: {
        host: target,
        ...(proxy.authorization !== undefined && { 'proxy-authorization': proxy.authorization }),
      },
    });
    const timer = setTimeout(() => {
      connect.destroy();
      reject(
        new Failure('timeout', `The proxy ${proxy.name} opened no way to ${target} in time.`, lookAtProxy),
      );
    }, timeoutMs);
    connect.once('connect', ({ statusCode = 0, statusMessage = '' }, socket, head) => {
      clearTimeout(timer);
      // A server that speaks first does not speak TLS.
      if (statusCode === 200 && head.length === 0) return resolve(socket);
      socket.destroy();
      reject(refused(proxy, target, statusCode, statusMessage));
    });
    connect.once('response', ({ statusCode = 0, statusMessage = '' }) => {
      clearTimeout(timer);
      connect.destroy();
      reject(refused(proxy, target, statusCode, statusMessage));
    });
    connect.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      const why = error.code ?? 'unknown';
      reject(new Failure('unreachable', `The proxy ${proxy.name} can't be reached (${why}).`, lookAtProxy));
    });
    connect.end();
  });
}

const lookAtProxy =
  "Check the proxy's address, or leave it out for this server: NO_PROXY lists what is reached directly.";

function refused(proxy: HttpProxy, target: string, status: number, reason: string): Failure {
  const words = reason.replace(/[^\x20-\x7e]/g, '?').slice(0, 100);
  return new Failure(
    'unreachable',
    `The proxy ${proxy.name} opened no way to ${target}: ${status} ${words}`.trimEnd(),
    status === 407
      ? 'The proxy wants a login: http://user:password@proxy:port.'
      : `It may only allow some ports or hosts. ${lookAtProxy}`,
  );
}
