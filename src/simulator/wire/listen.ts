import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { makeIdentity } from './certificate.ts';
import { type Respond, type Served, serveConnection } from './connection.ts';
import { redirectToTls } from './plain-http.ts';

/** A simulator that others can reach. */
export interface Listening {
  /** `https://127.0.0.1:PORT` */
  url: string;
  /** SHA-256 of the certificate that new connections see, in colon form, to pin it by. */
  readonly fingerprint: string;
  /** PEM. */
  readonly certificate: string;
  /** Shows new connections another certificate, and closes the old ones when they are done with what is under way. */
  renewCertificate(): Promise<void>;
  /** Ends every connection and frees the port. */
  close(): Promise<void>;
}

/** The first byte of a TLS handshake. */
const HANDSHAKE = 0x16;

/** Listens with HTTPS. Plain HTTP on the same port is sent there, as pveproxy does. Rejects if the port is taken. */
export async function listen(
  respond: Respond,
  now: () => number,
  host: string,
  port: number,
): Promise<Listening> {
  let identity = await makeIdentity();
  const tls = createTlsServer({ key: identity.key, cert: identity.certificate });
  const served = new Set<Served>();
  tls.on('secureConnection', (socket) => {
    const reset = () => open.get(portsOf(socket))?.resetAndDestroy();
    const connection = serveConnection(socket, respond, now, reset);
    served.add(connection);
    socket.on('close', () => served.delete(connection));
  });
  tls.on('tlsClientError', (_error, socket) => socket.destroy());

  /** What lies below TLS, by the client's address and port. */
  const open = new Map<string, Socket>();
  const server = createServer((socket) => {
    const ports = portsOf(socket);
    open.set(ports, socket);
    socket.on('close', () => open.delete(ports));
    socket.on('error', () => socket.destroy());
    socket.setTimeout(5000, () => socket.destroy());
    socket.once('data', (first: Buffer) => {
      socket.setTimeout(0);
      if (first[0] !== HANDSHAKE) return redirectToTls(socket, first, now);
      socket.pause();
      socket.unshift(first);
      tls.emit('connection', socket);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });

  const address = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    url: `https://${name}:${address.port}`,
    get fingerprint() {
      return identity.fingerprint;
    },
    get certificate() {
      return identity.certificate;
    },
    async renewCertificate() {
      identity = await makeIdentity();
      tls.setSecureContext({ key: identity.key, cert: identity.certificate });
      for (const connection of served) connection.retire();
    },
    close() {
      for (const socket of open.values()) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

const portsOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`;
