import { isIP, connect as openPlain, type Socket } from 'node:net';
import { connect as openTls, type TLSSocket } from 'node:tls';
import { networkFailure } from '../api/network-failure.ts';
import { goesPast, openTunnel, readProxy } from '../api/proxy.ts';
import { readTrust, type TrustSettings } from '../api/tls.ts';
import type { Failure } from '../failure.ts';

/** How to get to a server. */
export interface Way {
  proxy: string | undefined;
  noProxy: string;
  timeoutMs: number;
}

/** A server's certificate, as seen from here. */
export interface SeenCertificate {
  /** SHA-256, as `AA:BB:…`. */
  fingerprint: string;
  /** Milliseconds since 1970. */
  validTo: number;
  /** Why the connection can't be trusted by these settings; undefined where it can. */
  distrust: Failure | undefined;
}

/** Where a URL leads: what is looked up, and what is connected to. */
export function targetOf(url: string): { host: string; port: number; name: string } {
  const { hostname, port } = new URL(url);
  const number = Number(port || 443);
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: number, name: `${hostname}:${number}` };
}

/** Whether the way to that server leads through the proxy. */
export function isProxied(url: string, { proxy, noProxy }: Way): boolean {
  return proxy !== undefined && !goesPast(noProxy, new URL(url).hostname, targetOf(url).port);
}

/**
 * Opens a connection, or a tunnel through the proxy, on which nothing has been said yet.
 *
 * @throws Failure `unreachable`, `timeout`, or `config` for a proxy's address that is none
 */
export async function openSocket(url: string, way: Way): Promise<Socket> {
  const { host, port, name } = targetOf(url);
  if (isProxied(url, way)) return openTunnel(readProxy(way.proxy ?? ''), name, way.timeoutMs);
  const socket = openPlain({ host, port });
  return settled(socket, 'connect', name, way.timeoutMs);
}

/**
 * Does the TLS handshake and looks at what the server shows. Nothing is sent to it, and the socket is closed.
 *
 * @throws Failure `tls`, `timeout` or `unreachable` where there is no handshake; what makes a certificate untrusted is no error
 */
export async function readCertificate(
  socket: Socket,
  url: string,
  settings: TrustSettings,
  timeoutMs: number,
): Promise<SeenCertificate> {
  const { host, name } = targetOf(url);
  const trust = readTrust(settings, name);
  const tls = openTls({
    socket,
    host,
    ...(isIP(host) === 0 && { servername: host }),
    secureContext: trust.context,
    // It is judged below: what is not trusted is what we want to see.
    rejectUnauthorized: false,
  });
  try {
    await settled<TLSSocket>(tls, 'secureConnect', name, timeoutMs);
    const { fingerprint256, valid_to } = tls.getPeerCertificate();
    return { fingerprint: fingerprint256, validTo: Date.parse(valid_to), distrust: trust.judge(tls) };
  } finally {
    tls.destroy();
    socket.destroy();
  }
}

/** Resolves with the socket when that has happened. */
function settled<Kind extends Socket>(socket: Kind, event: string, name: string, ms: number): Promise<Kind> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      clearTimeout(timer);
      socket.destroy();
      const progress = {
        host: name,
        timeoutMs: ms,
        behind: 0,
        started: false,
        answered: false,
        write: false,
      };
      reject(networkFailure(error, progress));
    };
    const timer = setTimeout(() => fail({ code: 'ETIMEDOUT' }), ms);
    // Once is not enough: a socket that is given up may still complain.
    socket.on('error', fail);
    socket.once('close', () => fail({ code: 'ECONNRESET' }));
    socket.once(event, () => {
      clearTimeout(timer);
      resolve(socket);
    });
  });
}
