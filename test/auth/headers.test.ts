import { connect as connectSocket } from 'node:net';
import { expect, test } from 'vitest';
import { served } from '../connect.ts';
import { ask, bearer, hello, openSse } from './raw.ts';

const TOKEN = 'alice-0123456789abcdef';
const tokens = [{ name: 'alice', scope: 'danger', token: TOKEN }] as const;

/** What a socket that sends these, one after the other, is answered until it is closed. */
function talk(url: string, parts: Iterable<string>): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connectSocket(Number(new URL(url).port), '127.0.0.1', () => {
      for (const part of parts) socket.write(part);
    });
    socket.on('data', (part) => (text += part));
    socket.on('close', () => resolve(text));
    socket.on('error', () => {});
  });
}

test('headers of more than 32 KiB, or more than 100, are refused before anybody is asked who they are', async () => {
  const { http } = await served({ tokens });
  const head = 'GET /mcp HTTP/1.1\r\nHost: localhost\r\n';
  expect(await talk(http.url, [`${head}X-Big: ${'x'.repeat(33_000)}\r\n\r\n`])).toMatch(/^HTTP\/1.1 431/);
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`x-${n}`, 'y']));
  const asking = { body: hello, headers: { ...bearer(TOKEN), ...many(101) } };
  expect((await ask(http.url, '/mcp', asking)).status).toBe(431);
  const fine = { ...bearer(TOKEN), ...many(80), 'x-big': 'x'.repeat(16_000) };
  expect((await ask(http.url, '/mcp', { body: hello, headers: fine })).status).toBe(200);
});

test('a client that never finishes its headers is cut off, and a stream that is open is not', async () => {
  const { http } = await served({ tokens, requestTimeoutMs: 50 });
  await openSse(http.url, TOKEN);
  const answers = await Promise.all([
    talk(http.url, ['GET /mcp HTTP/1.1\r\nHost: localhost\r\nX-Slow: ']),
    talk(http.url, ['GET /mcp HTTP/1.1\r\n']),
  ]);
  for (const answer of answers) expect(answer).toMatch(/^HTTP\/1.1 408/);
  expect(http.connections().sse).toBe(1);
});
