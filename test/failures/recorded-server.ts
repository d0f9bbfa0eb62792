import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { makeIdentity } from '../../src/simulator/wire/certificate.ts';
import type { Recording } from '../fidelity/recordings.ts';

/** A server that says what was recorded, byte for byte as far as it was kept. */
export interface RecordedServer {
  url: string;
  fingerprint: string;
  /** From now on whoever asks for this recording's path gets its answer; every other path is an empty list. */
  answerWith(recording: Recording): void;
  close(): Promise<void>;
}

/** Serves on 127.0.0.1, one answer for each connection. */
export async function serveRecorded(): Promise<RecordedServer> {
  const { key, certificate, fingerprint } = await makeIdentity();
  let current: Recording | undefined;
  const sockets = new Set<TLSSocket>();
  const server = createServer({ key, cert: certificate }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    let head = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      if (head.includes('\r\n\r\n')) return;
      head += text;
      if (head.includes('\r\n\r\n')) socket.end(answerTo(head, current));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fingerprint,
    answerWith(recording) {
      current = recording;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function answerTo(head: string, recording: Recording | undefined): Buffer {
  const [, target = ''] = head.split(' ', 2);
  const asked = recording && target.split('?')[0] === `/api2/json${pathOf(recording)}`;
  if (!asked) return message('200 OK', [], '{"data":[]}');
  const { status, reason = '', headers, body = '', json } = recording.response;
  // Where nothing was recorded, the server closed without a word.
  if (status === undefined) return Buffer.alloc(0);
  const text = json === undefined ? body : JSON.stringify(json);
  const kept = headers.filter(([name]) => !/^(?:content-length|connection|keep-alive)$/i.test(name));
  return message(`${status} ${reason}`, kept, head.startsWith('HEAD') ? '' : text);
}

function message(status: string, headers: [string, string][], body: string): Buffer {
  const bytes = Buffer.from(body);
  const framed = [...headers, ['Connection', 'close'], ['Content-Length', String(bytes.length)]];
  const lines = framed.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status}\r\n${lines}\r\n`, 'latin1'), bytes]);
}

/** The recorded path as a client names it: without the part before the API, and without a query. */
export function pathOf({ request }: Recording): string {
  return request.path.replace(/^\/api2\/\w+/, '').replace(/\?.*$/, '');
}
