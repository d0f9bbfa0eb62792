import type { Pool } from 'undici';
import { Failure } from '../failure.ts';
import type { ConnectorSettings } from './connector.ts';
import type { Exchange, Traffic } from './exchange.ts';
import type { Host, Send, Upgraded, WireRequest, WireResponse } from './wire.ts';

/** Where the server is and how to reach it. */
export interface ConnectSettings extends ConnectorSettings {
  /** `https://host:port`, an IPv6 address in brackets; a path before `/api2` may follow (behind a reverse proxy). */
  url: string;
  /** How long to wait for an answer's head, and again between parts of its body, in milliseconds. */
  timeoutMs: number;
  /** How long a connection may take to be made, in milliseconds; 10 s, but never longer than `timeoutMs`. */
  connectTimeoutMs?: number;
  /** How many calls go out at once, the rest waits (save those that go `ahead`); 16: many for a cluster's reads, few for a server that serves 500. */
  connections?: number;
}

/** A way onto the wire. */
export interface Connection {
  send: Send;
  /** The server that answers at the moment; for what must meet the same one twice. */
  host(): Promise<Host>;
  /** Waits for calls under way, then closes every socket but those that were taken over from HTTP. */
  close(): Promise<void>;
}

/**
 * Connects to one server over HTTPS. Nothing is opened, nor the HTTP library loaded, before the first call. Sockets are
 * kept for the next call. A GET is sent once more where its connection was never made or closed before any answer; a
 * change never is.
 *
 * @throws Failure `config` for a URL, fingerprint or CA that can't be used: fingerprint and CA at the first call
 */
export function connect(settings: ConnectSettings): Connection {
  const { origin, prefix, name } = readUrl(settings.url);
  let opening: Promise<Opened> | undefined;
  let opened: Opened | undefined;
  let closed = false;

  async function open(): Promise<Opened> {
    if (closed) throw new Failure('cancelled', 'This client is closed.', 'Open a new one.');
    opening ??= openPool(origin, name, settings);
    opened = await opening;
    return opened;
  }

  async function run<T>(request: WireRequest, attempt: Attempt<T>): Promise<T> {
    const timeoutMs = request.timeoutMs ?? settings.timeoutMs;
    const path = prefix + request.path;
    const { usual, ahead, makeExchange } = opened ?? (await open());
    const lane = request.ahead ? ahead : usual;
    const exchange = makeExchange(request, timeoutMs, lane.traffic);
    try {
      return await attempt(exchange, lane.pool, path);
    } catch (failure) {
      if (!exchange.lost || request.method !== 'GET') throw failure;
      return attempt(makeExchange(request, timeoutMs, lane.traffic), lane.pool, path);
    }
  }

  const host: Host = {
    send: (request) => run(request, plainly),
    upgrade: (request) => run(request, upgrading),
  };
  return {
    send: host.send,
    host: async () => host,
    async close() {
      closed = true;
      // A pool that could not be opened has nothing to close.
      const last = await opening?.catch(() => undefined);
      const pools = last === undefined ? [] : [last.usual.pool, last.ahead.pool];
      await Promise.all(pools.map((pool) => pool.closed || pool.close()));
    },
  };
}

/** One try of a request on a connection of the pool. */
type Attempt<T> = (exchange: Exchange, pool: Pool, path: string) => Promise<T>;

const plainly: Attempt<WireResponse> = (exchange, pool, path) => exchange.run(pool, path);

const upgrading: Attempt<Upgraded | WireResponse> = async (exchange, pool, path) => {
  const answer = await exchange.run(pool, path, 'websocket');
  return exchange.socket === undefined ? answer : { socket: exchange.socket, headers: answer.headers };
};

/** What only the first call brings in: the pools, and the code that works with them. */
interface Opened {
  usual: Lane;
  /** For the calls that wait behind no others. */
  ahead: Lane;
  makeExchange(request: WireRequest, timeoutMs: number, traffic: Traffic): Exchange;
}

interface Lane {
  pool: Pool;
  traffic: Traffic;
}

function readUrl(text: string): { origin: string; prefix: string; name: string } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' || url.username || url.password || url.search || url.hash) {
    throw new Failure(
      'config',
      'The address of the server is no plain https:// URL.',
      'Write it as https://pve.example.com:8006 or https://[2001:db8::1]:8006, without user, password and query.',
    );
  }
  const prefix = url.pathname.replace(/\/+$/, '').replace(/\/api2(?:\/json)?$/, '');
  return { origin: url.origin, prefix, name: url.port === '' ? `${url.hostname}:443` : url.host };
}

async function openPool(origin: string, host: string, settings: ConnectSettings): Promise<Opened> {
  const [undici, { trustingConnector }, { Exchange: Exchanges }] = await Promise.all([
    import('undici'),
    import('./connector.ts'),
    import('./exchange.ts'),
  ]);
  const { timeoutMs, connectTimeoutMs = 10_000, connections = 16 } = settings;
  const connector = trustingConnector(settings, origin, Math.min(timeoutMs, connectTimeoutMs));
  const lane = (most: number): Lane => ({
    pool: new undici.Pool(origin, {
      connect: connector,
      connections: most,
      pipelining: 1,
      // Proxmox serves 100 requests on a connection, the last of which is sent with `Connection: close`.
      maxRequestsPerClient: 99,
      // Proxmox closes after 5 idle seconds; a change must not be sent into that.
      keepAliveTimeout: 3_000,
      keepAliveMaxTimeout: 3_000,
    }),
    traffic: { most, now: 0 },
  });
  return {
    usual: lane(connections),
    ahead: lane(1),
    makeExchange: (request, timeoutMs, traffic) => new Exchanges(request, host, timeoutMs, traffic),
  };
}
