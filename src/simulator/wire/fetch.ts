import type { Respond } from './connection.ts';
import type { WireRequest, WireResponse } from './message.ts';
import { headerLines } from './response-head.ts';

/** One request and its answer without a socket. The answer's headers are those of a connection that stays open. */
export async function fetchFrom(
  respond: Respond,
  request: WireRequest,
  now: () => number,
): Promise<WireResponse> {
  const { method, path, signal, stream, body = '' } = request;
  signal?.throwIfAborted();
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name.toLowerCase()] = value;
  const sent = Buffer.from(body, 'utf8').toString('latin1');
  // As over a socket, the server goes on with what it has begun even if nobody waits any more.
  const incoming = { method, target: path, headers, body: sent, ...(stream && { stream: stream.chunks }) };
  const answer = await untilAborted(respond(incoming), signal);
  const keepAlive = answer.status < 400 && !answer.last && !/close/i.test(headers.connection ?? '');
  const lines = headerLines(answer, { now: now(), keepAlive, length: Buffer.byteLength(answer.body) });
  const received: Record<string, string> = {};
  for (const [name, value] of lines) {
    const key = name.toLowerCase();
    received[key] = received[key] === undefined ? value : `${received[key]}, ${value}`;
  }
  return { status: answer.status, reason: answer.reason, headers: received, body: answer.body };
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
