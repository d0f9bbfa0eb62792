// Callers as real ones are: mostly they read, now and then they change something, and some of it is nonsense.
import { ways } from './wire.mjs';

/** How long a caller thinks between two calls, in milliseconds, on the average. */
const THINK_MS = 150;

let lastMark = 0;
/** A name that no other write has, which Proxmox takes as that of a snapshot too. */
export const newMark = (caller) => `soak_${caller}_${++lastMark}`;

const api = (path, method, data) => ['proxmox_api_call', { path, ...(method && { method, data }) }];

/** A guest of each caller's own, so that no other's lock is in the way. Fifty to a node; every third is a container. */
export function guestOf(caller) {
  const number = caller * 3;
  return `/nodes/pve${Math.floor(number / 50) + 1}/qemu/${100 + number}`;
}

const kinds = [
  [30, 'read', (guest) => api(`${guest}/config`)],
  [10, 'read', () => ['list_nodes', {}]],
  [15, 'read', () => ['get_cluster_resources', { type: 'vm', limit: 20 }]],
  [5, 'read', () => api('/cluster/resources')],
  [12, 'search', () => ['api_search', { query: 'grow a disk of a vm' }]],
  [5, 'search', () => ['api_describe', { path: '/nodes/{node}/qemu', method: 'POST' }]],
  [12, 'write', (guest, mark) => api(`${guest}/config`, 'PUT', { description: mark })],
  [4, 'write', (guest, mark) => api(`${guest}/snapshot`, 'POST', { snapname: mark })],
  [2, 'nonsense', () => ['no_such_tool', {}]],
  [2, 'nonsense', () => api('/nodes/../../etc/passwd')],
  [1, 'nonsense', (guest) => api(guest, 'DELETE', {})],
  [1, 'nonsense', () => ['get_cluster_resources', { limit: 'many' }]],
  [1, 'broken', () => '{"jsonrpc":"2.0","id":1,"method":'],
];
const total = kinds.reduce((sum, [share]) => sum + share, 0);

function choose() {
  let at = Math.random() * total;
  for (const [share, kind, make] of kinds) {
    at -= share;
    if (at < 0) return { kind, make };
  }
  return { kind: 'read', make: kinds[0][2] };
}

/**
 * So many callers, spread over the ways in and the tokens, until they are stopped. `phase()` names what goes on; every
 * answer is searched by `look`.
 */
export async function startCallers({ url, tokens, count, book, phase, look, think = THINK_MS }) {
  let over = false;
  const names = Object.keys(ways);
  const clients = await Promise.all(
    Array.from({ length: count }, (_, caller) =>
      ways[names[caller % names.length]](url, tokens[caller % tokens.length]),
    ),
  );
  const running = clients.map(async (client, caller) => {
    while (!over) {
      await callOnce(client, caller, { book, phase, look });
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 2 * think));
    }
    await client.close();
  });
  return {
    async stop() {
      over = true;
      await Promise.all(running);
    },
  };
}

async function callOnce(client, caller, { book, phase, look }) {
  const { kind, make } = choose();
  const mark = kind === 'write' ? newMark(caller) : undefined;
  if (mark !== undefined) book.mark(mark);
  const asked = make(guestOf(caller), mark);
  const during = phase();
  const from = performance.now();
  try {
    if (kind === 'broken') {
      const { status, text } = await client.raw(asked);
      look('answers', text);
      if (status !== 400) throw new Error(`broken JSON was answered with ${status}`);
      return;
    }
    const answer = await client.call(...asked);
    look('answers', answer.text);
    book.answered(during, kind, performance.now() - from, answer, mark);
  } catch (error) {
    book.failed(during, kind, error, mark);
  }
}
