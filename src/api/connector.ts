import type { TLSSocket } from 'node:tls';
import { buildConnector } from 'undici';
import { goesPast, type HttpProxy, openTunnel, readProxy } from './proxy.ts';
import { readTrust, type Trust, type TrustSettings } from './tls.ts';

/** How to open a socket to a server. */
export interface ConnectorSettings extends TrustSettings {
  /** `http://proxy:3128`: go through this proxy. */
  proxy?: string;
  /** What is reached directly all the same, as `NO_PROXY` lists it. */
  noProxy?: string;
}

/**
 * Opens sockets and judges each one before anything is sent on it. Node's own check is done all the same and its verdict
 * is read by `trust.judge`; it is only kept from closing the socket, so that a refusal can name the fingerprint. A proxy
 * makes no difference: the TLS inside its tunnel is judged.
 * No session is resumed: a resumed one skips the check of the host name.
 *
 * @param origin `https://host:port`
 * @param timeoutMs for all of it: tunnel, TCP and TLS
 */
export function trustingConnector(
  settings: ConnectorSettings,
  origin: string,
  timeoutMs: number,
): buildConnector.connector {
  const { hostname, port } = new URL(origin);
  const target = `${hostname}:${port || '443'}`;
  const trust = readTrust(settings, target);
  const proxy = proxyFor(settings, hostname, Number(port || 443));
  const open = buildConnector({
    secureContext: trust.context,
    rejectUnauthorized: false,
    maxCachedSessions: 0,
    timeout: timeoutMs,
  });
  if (proxy === undefined) return (options, callback) => open(options, judging(trust, callback));
  return (options, callback) => {
    openTunnel(proxy, target, timeoutMs).then(
      (httpSocket) => open({ ...options, httpSocket }, judging(trust, callback)),
      (error) => callback(error, null),
    );
  };
}

function proxyFor(settings: ConnectorSettings, hostname: string, port: number): HttpProxy | undefined {
  const { proxy, noProxy = '' } = settings;
  return proxy === undefined || goesPast(noProxy, hostname, port) ? undefined : readProxy(proxy);
}

function judging(trust: Trust, callback: buildConnector.Callback): buildConnector.Callback {
  return (...[error, socket]) => {
    if (error !== null) return callback(error, null);
    const failure = trust.judge(socket as TLSSocket);
    if (failure === undefined) return callback(null, socket);
    socket.destroy();
    callback(failure, null);
  };
}
