import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { RunningProxy } from './proxy.ts';

/** A server with one event stream, on which it speaks only when told to: no sign of life, unlike ours. */
export async function serveStream() {
  let stream: ServerResponse | undefined;
  let asked: IncomingMessage | undefined;
  let leave: () => void = () => {};
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const server = createServer((request, response) => {
    if (request.url === '/healthz') return void response.end('ok');
    [asked, stream] = [request, response];
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    response.once('close', leave);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    say: (text: string) => stream?.write(text),
    headers: () => asked?.headers ?? {},
    left,
  };
}

/** Opens the stream through the proxy; `next` is the next piece as it arrives, and throws when the stream has ended. */
export async function open(proxy: RunningProxy, headers: Record<string, string> = {}) {
  const leaving = new AbortController();
  const { body } = await proxy.fetch(`${proxy.url}/sse`, { headers, signal: leaving.signal });
  const reader = body?.getReader();
  return {
    async next() {
      const piece = await reader?.read();
      if (piece === undefined || piece.done) throw new Error('the stream has ended');
      return new TextDecoder().decode(piece.value);
    },
    leave: () => leaving.abort(),
  };
}

/** `still open`, when so much time has passed. */
export function quiet(ms: number): Promise<string> {
  return new Promise((resolve) => setTimeout(() => resolve('still open'), ms));
}
