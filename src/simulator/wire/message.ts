import type { Duplex } from 'node:stream';

// The same shapes as the client's own wire, written down once more: the simulator stands apart and imports nothing of it.

/** The HTTP methods that Proxmox knows. Every other one is 501 there (recorded on PVE 9.2). */
export type Verb = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** One request exactly as it would stand on the wire. */
export interface WireRequest {
  method: Verb;
  /** Path and query, encoded: `/api2/json/nodes/pve1/qemu/100/config?current=1`. */
  path: string;
  /** Lower-case names. */
  headers: Record<string, string>;
  /** A form or JSON body. */
  body?: string;
  /** An upload's body, instead of `body`. */
  stream?: { contentType: string; length: number; chunks: AsyncIterable<Uint8Array> };
  signal?: AbortSignal;
  timeoutMs?: number;
}

/** One answer as it came. */
export interface WireResponse {
  status: number;
  reason: string;
  /** Lower-case names; a header that came twice is joined with `, `. */
  headers: Record<string, string>;
  body: string;
}

/** A whole request, from a socket or from `fetch`. */
export interface Incoming {
  /** Any word: Proxmox answers unknown ones, too. */
  method: string;
  /** Path and query as sent. */
  target: string;
  /** Lower-case names. */
  headers: Record<string, string>;
  /** Bytes as one character each; empty where there is no body. */
  body: string;
  /** An upload's body, as it comes: it is never held as a whole. */
  stream?: AsyncIterable<Uint8Array>;
}

/** An answer before it is written: what depends on the connection and on the day is not in it. */
export interface Answer {
  status: number;
  /** One line; characters up to U+00FF, as one byte each on the wire. */
  reason: string;
  contentType?: string;
  body: string;
  /** Only half of the body is sent; then the connection is closed. */
  cut?: boolean;
  /** Further headers, such as `Content-Disposition`. */
  headers?: Record<string, string>;
  /** Seconds since 1970, for a file: it gets `Last-Modified` instead of the headers against caching. */
  modified?: number;
  /** It goes out compressed even to a client that has not asked for that. */
  compressed?: true;
  /** The compressed body, where it has been kept. Absent: it is compressed for each answer. */
  gzipped?: () => Buffer;
  /** Whether the connection ends with it, whatever was asked for. */
  last?: boolean;
  /** The connection leaves HTTP: `head` goes out instead of all else, and `serve` takes it over. */
  takeOver?: { head: string; serve: (socket: Duplex) => void };
  /**
   * Who made it. What pvedaemon or another node answers comes with that connection's own `Connection` header, and
   * pveproxy adds its own to it (recorded: `close` and `Keep-Alive` both).
   */
  from: 'proxy' | 'daemon' | 'node';
}

/** No answer will come: the server drops the connection. */
export class NoAnswer extends Error {
  readonly code = 'ECONNRESET';
  /** Closed in order, or reset. */
  readonly how: 'close' | 'reset';

  constructor(how: 'close' | 'reset' = 'close') {
    super('socket hang up: the server closed the connection without an answer');
    this.how = how;
  }
}
