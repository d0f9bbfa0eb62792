import type { Duplex } from 'node:stream';

/** The HTTP methods that Proxmox knows. Every other one is 501 there (recorded on PVE 9.2). */
export type Verb = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** One request exactly as it will stand on the wire. */
export interface WireRequest {
  method: Verb;
  /** Path and query, encoded: `/api2/json/nodes/pve1/qemu/100/config?current=1`. */
  path: string;
  /** Lower-case names. */
  headers: Record<string, string>;
  /** A form body; absent for GET and DELETE, which Proxmox refuses with a body. */
  body?: string;
  /** A body too large to be held, instead of `body`. */
  stream?: BodyStream;
  signal?: AbortSignal;
  /** How long to wait for the answer's head, and again between parts of its body, in milliseconds. */
  timeoutMs?: number;
  /** The most bytes of an answer that are taken, packed or not; what an answer of the API may have (64 MiB) if absent. */
  largest?: number;
  /** Goes on a connection kept for such calls, and so waits behind none of the others. */
  ahead?: boolean;
}

/** A body that is read piece by piece while it is sent. It is read once: what has begun to be sent is never sent again. */
export interface BodyStream {
  contentType: string;
  /** What it says beside the file, and how the file is to be called: what it is judged by. */
  fields?: readonly (readonly [name: string, value: string])[];
  /** Bytes; all pieces together are exactly as long. Proxmox takes no upload without it. */
  length: number;
  /** Each piece is good until the next one is asked for; its memory may be used again then. */
  chunks: AsyncIterable<Uint8Array>;
  /** Whether the last piece has been given: no server can have acted on less. */
  readonly complete: boolean;
}

/** One answer as it came. */
export interface WireResponse {
  status: number;
  /** The reason phrase: Proxmox puts its error text here, and for a refused login nowhere else. */
  reason: string;
  /** Lower-case names; a header that came twice is joined with `, `. */
  headers: Record<string, string>;
  body: string;
}

/**
 * The one way onto the wire. Over a socket it is `connect()`; in a test it is the simulator's `fetch`.
 * It never throws for a status; it throws `Failure` (`unreachable`, `tls`, `timeout`, `cancelled`, `bad_answer`)
 * when no whole answer came.
 */
export type Send = (request: WireRequest) => Promise<WireResponse>;

/** A connection that has left HTTP. */
export interface Upgraded {
  socket: Duplex;
  /** Of the server's 101; lower-case names. */
  headers: Record<string, string>;
}

/**
 * Asks the server to leave HTTP for a websocket. Resolves with the bare connection once it does, and with the answer
 * where it does not; throws as `Send` does.
 */
export type Upgrade = (request: WireRequest) => Promise<Upgraded | WireResponse>;

/** One server of a cluster: what must meet the same machine twice, as a console must, goes both times over one of these. */
export interface Host {
  send: Send;
  upgrade: Upgrade;
}
