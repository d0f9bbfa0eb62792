import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { makeIdentity } from './certificate.ts';
import { type Respond, serveConnection } from './connection.ts';
import { redirectToTls } from './plain-http.ts';

/** A simulator that others can reach. */
export interface Listening {
  /** `https://127.0.0.1:PORT` */
  url: string;
  /** SHA-256 of the certificate, in colon form, to pin it by. */
  fingerprint: string;
  /** PEM. */
  certificate: string;
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
  const identity = await makeIdentity();
  const tls = createTlsServer({ key: identity.key, cert: identity.certificate });
  tls.on('secureConnection', (socket) => serveConnection(socket, respond, now));
  tls.on('tlsClientError', (_error, socket) => socket.destroy());

  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
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
    fingerprint: identity.fingerprint,
    certificate: identity.certificate,
    close() {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
