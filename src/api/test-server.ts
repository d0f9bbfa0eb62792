import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer as createHttpsServer, type Server } from 'node:https';
import {
  type AddressInfo,
  createServer as createNetServer,
  type Server as NetServer,
  type Socket,
} from 'node:net';
import type { TlsOptions } from 'node:tls';
import { inspect } from 'node:util';
import { generate } from 'selfsigned';
import { afterEach } from 'vitest';
import { type Connection, type ConnectSettings, connect } from './connect.ts';

/** A certificate and its key, as PEM. */
export interface Identity {
  cert: string;
  key: string;
  /** As `AA:BB:…`. */
  fingerprint: string;
}

/** A port of this machine where nothing listens: one that was free a moment ago. */
export async function closedPort(): Promise<number> {
  const server = createNetServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Makes a self-signed certificate for an IP address. */
export async function makeIdentity(options: { ip?: string; notAfter?: Date } = {}): Promise<Identity> {
  const { X509Certificate } = await import('node:crypto');
  const made = await generate([{ name: 'commonName', value: 'pve1.test' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date('2020-01-01'),
    notAfterDate: options.notAfter ?? new Date('2120-01-01'),
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: options.ip ?? '127.0.0.1' }] },
    ],
  });
  return { cert: made.cert, key: made.private, fingerprint: new X509Certificate(made.cert).fingerprint256 };
}

const open: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** An HTTPS server on 127.0.0.1 that lives until the test ends, and counts what reached it. */
export async function serve(identity: Identity, answer: RequestListener, tls: TlsOptions = {}) {
  const seen = { connections: 0, requests: [] as string[] };
  const server: Server = createHttpsServer(
    { ...tls, cert: identity.cert, key: identity.key },
    (request, response) => {
      seen.requests.push(`${request.method} ${request.url}`);
      answer(request, response);
    },
  );
  server.on('secureConnection', () => {
    seen.connections++;
  });
  return { seen, server, port: await listen(server) };
}

/** Lets any server listen on 127.0.0.1 until the test ends; every socket is cut then. */
export async function listen(server: NetServer): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** Connects to a port on 127.0.0.1 until the test ends; without other settings any certificate will do. */
export function client(port: number, settings: Partial<ConnectSettings> = {}): Connection {
  const connection = connect({
    url: `https://127.0.0.1:${port}`,
    verify: false,
    timeoutMs: 5_000,
    ...settings,
  });
  open.push(() => connection.close());
  return connection;
}

/** Everything that can be got out of an error, as one text. */
export function everythingIn(error: unknown): string {
  const stack = error instanceof Error ? error.stack : '';
  return `${inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })}${JSON.stringify(error)}${stack}`;
}
