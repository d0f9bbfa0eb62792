import { type Duplex, duplexPair } from 'node:stream';
import type { Clock } from '../world/clock.ts';
import type { Respond } from './connection.ts';
import type { Answer, WireRequest, WireResponse } from './message.ts';
import { headerLines } from './response-head.ts';

/** Asks for a websocket without a socket: the client's end of it, or the answer where there is none. */
export async function upgradeFrom(
  respond: Respond,
  request: WireRequest,
  clock: Clock,
): Promise<{ socket: Duplex; headers: Record<string, string> } | WireResponse> {
  const [client, server] = duplexPair();
  let head: string | undefined;
  const watched: Respond = async (incoming) => {
    const answer = await respond(incoming);
    head = answer.takeOver?.head;
    answer.takeOver?.serve(server);
    return answer;
  };
  const headers = {
    ...{ ...request.headers, upgrade: 'websocket', connection: 'upgrade' },
  };
  const answer = await fetchFrom(watched, { ...request, headers }, clock);
  if (head === undefined) return answer;
  const lines = head.trim().split('\r\n').slice(1);
  const pairs = lines.map((line) => {
    const colon = line.indexOf(': ');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)];
  });
  return { socket: client, headers: Object.fromEntries(pairs) };
}

/** One request and its answer without a socket. The answer's headers are those of a connection that stays open. */
export async function fetchFrom(respond: Respond, request: WireRequest, clock: Clock): Promise<WireResponse> {
  const { method, path, signal, stream, timeoutMs, body = '' } = request;
  signal?.throwIfAborted();
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name.toLowerCase()] = value;
  const sent = Buffer.from(body, 'utf8').toString('latin1');
  // As over a socket, the server goes on with what it has begun even if nobody waits any more.
  const incoming = { method, target: path, headers, body: sent, ...(stream && { stream: stream.chunks }) };
  const answer = await untilAborted(inTime(respond(incoming), timeoutMs, clock), signal);
  const keepAlive = answer.status < 400 && !answer.last && !/close/i.test(headers.connection ?? '');
  const lines = headerLines(answer, { now: clock.now(), keepAlive, length: Buffer.byteLength(answer.body) });
  const received: Record<string, string> = {};
  for (const [name, value] of lines) {
    const key = name.toLowerCase();
    received[key] = received[key] === undefined ? value : `${received[key]}, ${value}`;
  }
  return { status: answer.status, reason: answer.reason, headers: received, body: sentBody(answer) };
}

function sentBody({ body, cut }: Answer): string {
  return cut ? body.slice(0, body.length >> 1) : body;
}

/** Gives up waiting as a client's own timer would, on the cluster's clock. */
function inTime<T>(work: Promise<T>, ms: number | undefined, clock: Clock): Promise<T> {
  if (ms === undefined) return work;
  const done = new AbortController();
  const late = clock.sleep(ms, done.signal).then(() => {
    throw Object.assign(new Error(`no answer within ${ms} ms`), { code: 'UND_ERR_HEADERS_TIMEOUT' });
  });
  return Promise.race([work, late]).finally(() => {
    done.abort();
    late.catch(() => {});
  });
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
