import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { type Answer, type Incoming, NoAnswer } from './message.ts';
import { type Read, readRequest } from './request-reader.ts';
import { responseHead } from './response-head.ts';

/** Answers one request. */
export type Respond = (request: Incoming) => Promise<Answer>;

/** Requests that one connection may make (recorded on PVE 9.2: "keep-alive lasts 100 requests"). */
const MAX_REQUESTS = 100;
/** How long pveproxy waits for the next request, in milliseconds. */
const IDLE = 5000;
/** Answers up to this many bytes go out as they are. */
const GZIP_ABOVE = 1024;

/** A connection being served. */
export interface Served {
  /** Closes it as soon as nothing is under way on it. */
  retire(): void;
}

/**
 * Speaks HTTP/1 on one socket the way pveproxy does, until either side ends it. `reset` breaks the connection off below
 * TLS.
 */
export function serveConnection(
  socket: Socket,
  respond: Respond,
  now: () => number,
  reset: () => void,
): Served {
  let pending: Buffer = Buffer.alloc(0);
  let left = MAX_REQUESTS;
  let busy = false;
  let over = false;
  let upload: { body: Readable; left: number } | undefined;

  const drop = () => {
    socket.destroy();
  };
  socket.setNoDelay(true);
  socket.on('timeout', drop);
  socket.setTimeout(IDLE);
  socket.on('error', drop);
  socket.on('close', () => upload?.body.destroy(new NoAnswer()));
  socket.on('data', (chunk: Buffer) => {
    if (over) return;
    if (upload !== undefined) return feed(chunk);
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    void next();
  });

  const retire = () => {
    left = 0;
    if (busy || over) return;
    over = true;
    socket.end();
  };

  async function next(): Promise<void> {
    if (busy || over || pending.length === 0) return;
    const read = readRequest(pending);
    if (read.kind === 'more') return;
    if (read.kind === 'drop') return drop();
    busy = true;
    left--;
    if (read.kind === 'upload') receive(read);
    else socket.setTimeout(0);
    try {
      await answer(read);
    } catch (error) {
      if (error instanceof NoAnswer) return error.how === 'reset' ? reset() : drop();
      const reason = 'the simulator stumbled';
      send({ status: 500, reason, body: `${reason}: ${error}`, from: 'proxy' }, 'HTTP/1.1', false, false);
    }
    busy = false;
    if (over || socket.destroyed) return;
    socket.setTimeout(IDLE);
    void next();
  }

  /** From here on what comes is the body, which the answer draws as it needs it; silence ends the connection. */
  function receive({ request, used, length }: Extract<Read, { kind: 'upload' }>): void {
    const body = new Readable({ read: () => void socket.resume() });
    body.on('error', drop);
    request.stream = body;
    upload = { body, left: length };
    const first = pending.subarray(used);
    pending = Buffer.alloc(0);
    if (first.length > 0) feed(first);
  }

  function feed(chunk: Buffer): void {
    if (upload === undefined || upload.left === 0) return;
    const part = chunk.subarray(0, upload.left);
    upload.left -= part.length;
    if (!upload.body.push(part)) socket.pause();
    if (upload.left > 0) return;
    upload.body.push(null);
    socket.resume();
    socket.setTimeout(0);
  }

  async function answer(read: Exclude<Read, { kind: 'more' | 'drop' }>): Promise<void> {
    if (read.kind === 'bad') {
      const { status, reason } = read;
      return send({ status, reason, body: reason, from: 'proxy' }, 'HTTP/1.0', false, false);
    }
    if (read.kind === 'request') pending = pending.subarray(read.used);
    const { request, protocol, version } = read;
    const given = await respond(request);
    if (given.takeOver) return handOver(given.takeOver);
    const complete = read.kind === 'request' && read.complete && !given.last;
    const wanted = request.headers.connection;
    const stays = wanted === undefined ? version > 0 : !/close/i.test(wanted);
    const keepAlive = stays && complete && left > 0 && given.status < 400;
    send(given, protocol, keepAlive, /gzip/.test(request.headers['accept-encoding'] ?? ''));
  }

  function handOver({ head, serve }: NonNullable<Answer['takeOver']>): void {
    if (socket.destroyed) return;
    over = true;
    socket.setTimeout(0);
    socket.write(head);
    serve(socket);
    if (pending.length > 0) socket.unshift(pending);
  }

  function send(given: Answer, protocol: string, keepAlive: boolean, gzip: boolean): void {
    if (socket.destroyed) return;
    const plain = Buffer.from(given.body, 'utf8');
    const zip = given.compressed === true || (gzip && plain.length > GZIP_ABOVE);
    const zipped = given.gzipped ?? (() => gzipSync(plain, { level: 1 }));
    const body = zip ? zipped() : plain;
    const head = responseHead(protocol, given, { now: now(), keepAlive, length: body.length, gzip: zip });
    const sent = given.cut ? body.subarray(0, body.length >> 1) : body;
    const whole = Buffer.concat([Buffer.from(head, 'latin1'), sent]);
    if (keepAlive && !given.cut) {
      socket.write(whole);
      return;
    }
    over = true;
    socket.resume();
    // What the client is still sending is read and thrown away for a moment: a reset could swallow the answer.
    socket.end(whole);
    socket.setTimeout(1000);
  }

  return { retire };
}
