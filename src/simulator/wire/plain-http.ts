import type { Socket } from 'node:net';
import { readRequest } from './request-reader.ts';
import { responseHead } from './response-head.ts';

/** Sends plain HTTP on the TLS port over to HTTPS, and hangs up (recorded on PVE 9.2; 308 where a body may come). */
export function redirectToTls(socket: Socket, first: Buffer, now: () => number): void {
  let pending = first;
  const look = () => {
    const read = readRequest(pending);
    if (read.kind === 'more') return;
    if ((read.kind !== 'request' && read.kind !== 'upload') || !read.request.headers.host)
      return socket.destroy();
    const { method, target, headers } = read.request;
    const kept = method === 'GET' || method === 'HEAD';
    const reason = kept ? 'Moved Permanently' : 'Permanent Redirect';
    const Location = `https://${headers.host?.replace(/^https?:\/\//, '')}${target}`;
    const answer = {
      status: kept ? 301 : 308,
      reason,
      body: reason,
      headers: { Location },
      from: 'proxy' as const,
    };
    const delivery = { now: now(), keepAlive: true, length: reason.length };
    socket.end(responseHead(read.protocol, answer, delivery) + reason, 'latin1');
  };
  socket.setTimeout(5000, () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    look();
  });
  look();
}
