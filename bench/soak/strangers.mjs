// Clients that behave badly: they vanish in the middle of a call, guess tokens, or stop reading. Each goes on until `over()`.
import net from 'node:net';
import { guestOf, newMark } from './callers.mjs';
import { bearer, initialize, modernCall, openGetStream, openSse } from './wire.mjs';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function requestText(method, path, headers, body = '') {
  const lines = Object.entries({ host: '127.0.0.1', ...headers }).map(([name, value]) => `${name}: ${value}`);
  const length = body === '' ? [] : [`content-length: ${Buffer.byteLength(body)}`];
  return `${[`${method} ${path} HTTP/1.1`, ...lines, ...length].join('\r\n')}\r\n\r\n${body}`;
}

function connect(url) {
  const { hostname, port } = new URL(url);
  return net.connect(Number(port), hostname).on('error', () => {});
}

/** Fifty a second, on every way in; some of their calls are writes, of which nobody is told how they ended. */
export async function vanish({ url, tokens, book, over }) {
  let count = 0;
  const leaving = [];
  while (!over()) {
    count += 1;
    const token = tokens[count % tokens.length];
    if (count % 5 === 0) leaving.push(leaveStreams(url, token));
    else leaveMidCall(url, token, count, book);
    await pause(20);
  }
  await Promise.all(leaving);
  return count;
}

function leaveMidCall(url, token, count, book) {
  const guest = guestOf(count % 64);
  const mark = newMark(1000 + (count % 64));
  const kinds = [
    ['get_cluster_resources', {}],
    ['proxmox_api_call', { path: `${guest}/config`, method: 'PUT', data: { description: mark } }],
    ['proxmox_api_call', { path: `${guest}/snapshot`, method: 'POST', data: { snapname: mark } }],
  ];
  const [name, args] = kinds[count % kinds.length];
  if (count % kinds.length > 0) book.mark(mark);
  const { headers, message } = modernCall(name, args);
  const body = JSON.stringify(message);
  const socket = connect(url);
  socket.write(requestText('POST', '/mcp', { ...headers, ...bearer(token) }, body));
  setTimeout(() => (count % 2 === 0 ? socket.destroy() : socket.resetAndDestroy()), Math.random() * 80);
}

async function leaveStreams(url, token) {
  const open = Math.random() < 0.5 ? openSse : openGetStream;
  const stream = await open(url, token).catch(() => undefined);
  if (stream?.endpoint) {
    const headers = { 'content-type': 'application/json', ...bearer(token) };
    const body = JSON.stringify(initialize('2024-11-05'));
    void fetch(url + stream.endpoint, { method: 'POST', headers, body }).catch(() => {});
  }
  stream?.close();
}

/** A hundred wrong tokens a second. Answers how many were answered how. */
export async function guessTokens({ url, look, over }) {
  const statuses = new Map();
  const asked = [];
  let count = 0;
  while (!over()) {
    count += 1;
    const headers = { ...modernCall('list_nodes', {}).headers, ...bearer(`wrong-${count}-0123456789`) };
    const body = JSON.stringify(modernCall('list_nodes', {}).message);
    const one = fetch(`${url}/mcp`, { method: 'POST', headers, body }).then(
      async (answer) => {
        look('refusals', `${await answer.text()} ${JSON.stringify([...answer.headers])}`);
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      },
      () => statuses.set('none', (statuses.get('none') ?? 0) + 1),
    );
    asked.push(one);
    await pause(10);
  }
  await Promise.all(asked);
  return statuses;
}

const LARGE = ['get_cluster_resources', { limit: 500 }];

/**
 * So many streams that are asked for much and never read, and as many connections on which no answer is taken, until the
 * server has closed its end of them all or time is over. `peers()` are the ports whose connections it has open, with what
 * waits in the kernel. Answers how many it left open, of how many, and for how many milliseconds one at most stood still
 * before it was closed: only when the kernel takes no more can the server see that nobody reads.
 */
export async function stopReading({ url, token, count, peers, over }) {
  const streams = await Promise.all(Array.from({ length: count }, () => deafStream(url, token)));
  const posts = Array.from({ length: count }, () => connect(url).pause());
  const all = [...streams.map(({ socket }) => socket), ...posts];
  const filled = new Map();
  let left = all;
  let still = 0;
  while (left.length > 0 && !over()) {
    await Promise.all(streams.map((stream) => left.includes(stream.socket) && askStream(url, token, stream)));
    for (const socket of posts) if (left.includes(socket)) askUnheard(socket, token);
    await pause(50);
    const open = peers();
    for (const { localPort } of left) {
      const { bytes, since } = filled.get(localPort) ?? {};
      if (!open.has(localPort)) still = Math.max(still, Date.now() - (since ?? Date.now()));
      else if (open.get(localPort) !== bytes)
        filled.set(localPort, { bytes: open.get(localPort), since: Date.now() });
    }
    left = all.filter(({ localPort }) => open.has(localPort));
  }
  for (const socket of all) socket.destroy();
  return { left: left.length, of: all.length, still };
}

async function askStream(url, token, { endpoint }) {
  const { message } = modernCall(...LARGE);
  const headers = { 'content-type': 'application/json', ...bearer(token) };
  const answer = await fetch(url + endpoint, { method: 'POST', headers, body: JSON.stringify(message) });
  await answer.text();
}

function askUnheard(socket, token) {
  const { headers, message } = modernCall(...LARGE);
  socket.write(requestText('POST', '/mcp', { ...headers, ...bearer(token) }, JSON.stringify(message)));
}

function deafStream(url, token) {
  return new Promise((resolve, reject) => {
    const socket = connect(url);
    socket.write(requestText('GET', '/sse', { accept: 'text/event-stream', ...bearer(token) }));
    let text = '';
    socket.on('data', (part) => {
      text += part;
      const endpoint = /data: (\S+)/.exec(text)?.[1];
      if (!text.startsWith('HTTP/1.1 200')) reject(new Error(`no stream: ${text.slice(0, 200)}`));
      if (endpoint === undefined) return;
      socket.pause();
      resolve({ socket, endpoint });
    });
  });
}
