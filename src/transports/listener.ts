import { createServer, type Server as HttpServer } from 'node:http';
import { Server as NetServer } from 'node:net';
import { cutOffStalledReaders } from './stalled-readers.ts';

const REQUEST_TIMEOUT_MS = 60_000;
const HEADERS_TIMEOUT_MS = 15_000;
const CHECK_MS = 5_000;
/** So much may stand before a body: a token of an issuer with many claims takes half of it. */
const MAX_HEADER_BYTES = 32 * 1024;
export const MAX_HEADERS = 100;

/**
 * An HTTP server that lets nobody take their time or its memory.
 *
 * @param requestTimeout how long a client may take to say what it wants, in milliseconds
 */
export function makeServer(requestTimeout = REQUEST_TIMEOUT_MS): HttpServer {
  const server = createServer({
    // A client that trickles its request in is cut off; streams of ours are answers and not touched by this.
    requestTimeout,
    headersTimeout: Math.min(requestTimeout, HEADERS_TIMEOUT_MS),
    connectionsCheckingInterval: Math.min(requestTimeout, CHECK_MS),
    // Longer than the usual proxy's, so that the proxy closes first and never writes into a closing socket.
    keepAliveTimeout: 75_000,
    maxHeaderSize: MAX_HEADER_BYTES,
  });
  // Node would leave out what is above its number, and read a request that nobody sent. Who answers refuses it whole.
  server.maxHeadersCount = 0;
  cutOffStalledReaders(server);
  return server;
}

/** Rejects where it can't be had. */
export function listen(server: HttpServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Takes no more connections: `server.close()` of HTTP would close the idle ones too. */
export function stopListening(server: HttpServer): void {
  NetServer.prototype.close.call(server);
}

/** Resolves when no connection is open, or after that many milliseconds. */
export function noneLeft(server: HttpServer, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(done, ms);
    function done(): void {
      clearTimeout(late);
      server.off('close', done);
      resolve();
    }
    // It says so when the last of them has ended.
    server.once('close', done);
  });
}
