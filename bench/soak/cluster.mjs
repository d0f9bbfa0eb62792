// The Proxmox side, a process of its own: a simulated cluster over TLS behind a relay that can fail as machines do. Told by
// messages of its parent; counts how often each marked write arrived.
import { randomUUID } from 'node:crypto';
import net from 'node:net';
import { createSimulator } from '../../dist/simulator.mjs';

const clock = { now: () => Date.now(), sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) };
const simulator = createSimulator({ scale: 200, clock });
const { world } = simulator;
world.access.useSecretsFrom(randomUUID);

const MARK = /soak_\d+_\d+/;
const arrived = new Map();
const { received } = simulator;
const push = received.push.bind(received);
received.push = (entry) => {
  const mark = entry.method === 'GET' ? undefined : MARK.exec(entry.body)?.[0];
  if (mark !== undefined) arrived.set(mark, (arrived.get(mark) ?? 0) + 1);
  return push(entry);
};

// Two certificates for one cluster.
const faces = [await simulator.listen(), await simulator.listen()];
const ports = faces.map(({ url }) => Number(new URL(url).port));
let face = 0;
let stalled = false;
const pairs = new Set();

const relay = net.createServer((near) => {
  const far = net.connect(ports[face], '127.0.0.1');
  const pair = [near, far];
  pairs.add(pair);
  for (const [from, to] of [pair, [far, near]]) {
    from.on('error', () => {});
    from.on('close', () => {
      pairs.delete(pair);
      to.destroy();
    });
    from.pipe(to);
    if (stalled) from.unpipe(to);
  }
});

const listen = (port) => new Promise((resolve) => relay.listen(port, '127.0.0.1', resolve));
const breakAll = () => {
  for (const [near, far] of pairs) {
    near.resetAndDestroy();
    far.destroy();
  }
};

await listen(0);
const { port } = relay.address();

const orders = {
  async down() {
    const closed = new Promise((resolve) => relay.close(resolve));
    breakAll();
    await closed;
  },
  up: () => listen(port),
  stall() {
    stalled = true;
    for (const [near, far] of pairs) {
      near.unpipe(far);
      far.unpipe(near);
    }
  },
  flow() {
    stalled = false;
    for (const [near, far] of pairs) {
      near.pipe(far);
      far.pipe(near);
    }
  },
  offline: (node) => world.setOnline(node, false),
  online: (node) => world.setOnline(node, true),
  certificate(which) {
    face = which;
    breakAll();
  },
  arrived: () => Object.fromEntries(arrived),
};

process.on('message', async ({ id, order, argument }) => {
  process.send({ id, result: (await orders[order](argument)) ?? null });
});
process.on('disconnect', () => process.exit());
process.send({
  url: `https://127.0.0.1:${port}`,
  fingerprint: faces[0].fingerprint,
  logins: simulator.logins,
});
