import { X509Certificate } from 'node:crypto';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSimulator } from '../simulator.ts';
import type { Listening } from './listen.ts';

const simulator = createSimulator({ seed: 'tiny' });
const AUTH = `Authorization: PVEAPIToken=root@pam!full=${simulator.logins['root@pam!full']}`;
const VERSION = '{"data":{"version":"9.2.11","release":"9.2","repoid":"14a22df35955d97d"}}';
let server: Listening;

beforeAll(async () => {
  server = await simulator.listen();
});
afterAll(() => server.close());

/** Sends lines (and a body) and collects what comes until the server ends, or until `enough` is seen. */
function exchange(
  lines: string[],
  { plain = false, body = '', enough }: { plain?: boolean; body?: string; enough?: RegExp } = {},
) {
  const port = Number(new URL(server.url).port);
  return new Promise<{ text: string; closed: boolean }>((resolve, reject) => {
    const socket: Socket = plain
      ? connectPlain(port, '127.0.0.1')
      : connect({ host: '127.0.0.1', port, ca: server.certificate });
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      text += chunk;
      if (!enough?.test(text)) return;
      resolve({ text, closed: false });
      socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve({ text, closed: true }));
    socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1');
  });
}

const GET = 'GET /api2/json/version HTTP/1.1';

test('an answer has the recorded header lines in their order, and the connection stays', async () => {
  const { text, closed } = await exchange([GET, AUTH], { enough: /\}$/ });
  expect(closed).toBe(false);
  expect(text.replace(/(Date|Expires): [^\r]*/g, '$1: …').split('\r\n')).toEqual([
    ...[
      'HTTP/1.1 200 OK',
      'Cache-Control: max-age=0',
      'Connection: Keep-Alive',
      'Date: …',
      'Pragma: no-cache',
    ],
    ...['Server: pve-api-daemon/3.0', 'Content-Length: 73', 'Content-Type: application/json;charset=UTF-8'],
    ...['Expires: …', '', VERSION],
  ]);
});

test('a refused login is a status line, headers and the end', async () => {
  const { text, closed } = await exchange([GET]);
  expect(closed).toBe(true);
  expect(text.replace(/(Date|Expires): [^\r]*/g, '$1: …').split('\r\n')).toEqual([
    ...[
      'HTTP/1.1 401 No ticket',
      'Cache-Control: max-age=0',
      'Connection: close',
      'Date: …',
      'Pragma: no-cache',
    ],
    ...['Server: pve-api-daemon/3.0', 'Expires: …', '', ''],
  ]);
});

test('plain HTTP on the port is sent to HTTPS', async () => {
  const lines = ['GET /api2/json/version HTTP/1.1', 'Host: 127.0.0.1:8006'];
  const { text, closed } = await exchange(lines, { plain: true });
  expect(closed).toBe(true);
  expect(text).toMatch(/^HTTP\/1.1 301 Moved Permanently\r\n/);
  expect(text).toContain('\r\nLocation: https://127.0.0.1:8006/api2/json/version\r\n');
  expect(text).toMatch(/\r\n\r\nMoved Permanently$/);
  const post = await exchange(['POST /x HTTP/1.1', 'Host: a'], { plain: true });
  expect(post.text).toMatch(/^HTTP\/1.1 308 Permanent Redirect\r\n/);
});

test('HTTP/1.0 is answered as such and closed', async () => {
  const { text, closed } = await exchange(['GET /api2/json/version HTTP/1.0', AUTH]);
  expect(closed).toBe(true);
  expect(text).toMatch(/^HTTP\/1.0 200 OK\r\n/);
  expect(text).toContain('\r\nConnection: close\r\n');
});

test('a connection lasts a hundred requests', async () => {
  const { text, closed } = await exchange(
    Array.from({ length: 101 }, () => [GET, AUTH, ''])
      .flat()
      .slice(0, -1),
  );
  expect(closed).toBe(true);
  expect(text.split('HTTP/1.1 200 OK')).toHaveLength(101);
  expect(text.split('Connection: Keep-Alive')).toHaveLength(100);
});

test.each([
  ['64 header lines', Array.from({ length: 63 }, (_, i) => `X-${i}: 1`)],
  ['8 KiB of headers', [`X: ${'a'.repeat(8 * 1024)}`]],
])('%s close the connection without an answer', async (_what, lines) => {
  expect(await exchange([GET, AUTH, ...lines])).toEqual({ text: '', closed: true });
});

test('a long URI is served', async () => {
  const { text } = await exchange([`GET /api2/json/version?x=${'a'.repeat(70_000)} HTTP/1.1`, AUTH]);
  expect(text).toMatch(/^HTTP\/1.1 400 Parameter verification failed.\r\n/);
});

test.each([
  [
    'a chunked body',
    ['Transfer-Encoding: chunked'],
    '5\r\nabcde\r\n0\r\n\r\n',
    'chunked transfer encoding not supported',
  ],
  ['more than 512 KiB', ['Content-Length: 600000'], 'a'.repeat(600_000), 'for data too large'],
])('%s is 501, and the answer arrives whole', async (_what, lines, body, reason) => {
  const { text, closed } = await exchange(['POST /api2/json/pools HTTP/1.1', AUTH, ...lines], { body });
  expect(closed).toBe(true);
  expect(text).toMatch(new RegExp(`^HTTP/1.1 501 ${reason}\r\n`));
  expect(text.endsWith(`\r\n\r\n${reason}`)).toBe(true);
});

test('a body in pieces is put together; the daemon behind the proxy shows in two Connection lines', async () => {
  const body = 'groupid=ops&comment=%C3%BC';
  const head = ['POST /api2/json/access/groups HTTP/1.1', AUTH, `Content-Length: ${body.length}`];
  const { text } = await exchange(head, { body, enough: /\}$/ });
  expect(text).toContain('\r\nConnection: close\r\nConnection: Keep-Alive\r\n');
  expect(text).toMatch(/\r\n\r\n\{"data":null\}$/);
});

test('an error text in Latin-1 goes out as such', async () => {
  const add = ['POST /api2/json/access/users?userid=j%C3%B6@pve HTTP/1.1', AUTH];
  await exchange(add, { enough: /\}$/ });
  const { text } = await exchange(add);
  expect(text).toMatch(/^HTTP\/1.1 500 create user failed: user 'j\xf6@pve' already exists\r\n/);
});

test('what is longer than 1 KiB is compressed for those who ask', async () => {
  const gzip = 'Accept-Encoding: gzip';
  const close = 'Connection: close';
  const long = await exchange(['GET /api2/json/access/roles HTTP/1.1', AUTH, gzip, close]);
  const [head = '', body = ''] = splitHead(long.text);
  expect(head).toContain('\r\nContent-Encoding: gzip\r\n');
  expect(JSON.parse(gunzipSync(Buffer.from(body, 'latin1')).toString()).data).toHaveLength(17);
  expect((await exchange([GET, AUTH, gzip, close])).text).not.toContain('Content-Encoding');
  expect((await exchange(['GET /api2/json/access/roles HTTP/1.1', AUTH, close])).text).not.toContain(
    'Content-Encoding',
  );
});

function splitHead(text: string): string[] {
  const cut = text.indexOf('\r\n\r\n');
  return [text.slice(0, cut), text.slice(cut + 4)];
}

test.each([
  ['nonsense', 'HTTP/1.0 400 bad request'],
  ['GET / HTTP/2.0', 'HTTP/1.0 506 http protocol version 2.0 not supported'],
])('%s is no request', async (line, status) => {
  const { text, closed } = await exchange([line]);
  expect(closed).toBe(true);
  expect(text.split('\r\n')[0]).toBe(status);
});

test('the certificate is for this machine, and the fingerprint is its own', () => {
  const certificate = new X509Certificate(server.certificate);
  expect(server.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  expect(server.fingerprint).toBe(certificate.fingerprint256);
  expect(certificate.checkHost('localhost')).toBe('localhost');
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(certificate.checkIP('::1')).toBe('::1');
});

test('closing ends open connections and frees the port', async () => {
  const other = await createSimulator({ seed: 'tiny' }).listen();
  const port = Number(new URL(other.url).port);
  const socket = connect({ host: '127.0.0.1', port, ca: other.certificate });
  const ended = new Promise((resolve) => socket.on('close', resolve));
  await new Promise((resolve) => socket.on('secureConnect', resolve));
  await other.close();
  await ended;
  const again = await simulator.listen({ port });
  await again.close();
});
