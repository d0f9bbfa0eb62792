import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { start, waitFor } from '../program.ts';
import { behind } from './behind.ts';
import { twoReplicasBehind } from './replicas.ts';
import { labels, STACKS, stack } from './stack.ts';
import { open, quiet, serveStream } from './streams.ts';
import { changed, freePort } from './tools.ts';
import { startOnLabels, startTraefik } from './traefik.ts';

const HEALTH = 'traefik.http.services.proxmox-mcp.loadBalancer.healthCheck';

behind('Traefik', startTraefik);

twoReplicasBehind('Traefik', (port, one, other) => {
  const fast = { ...labels('deploy/swarm.yaml') };
  // With a health check as fast as a test wants it.
  Object.assign(fast, { [`${HEALTH}.interval`]: '200ms', [`${HEALTH}.timeout`]: '100ms' });
  return startOnLabels(fast, port, [`http://${one}`, `http://${other}`]);
});

test.each([
  ['writeTimeout: 0s', 'writeTimeout: 1s', 'cut'],
  ['readTimeout: 60s', 'readTimeout: 1s', 'data: late\n\n'],
])('Traefik with its %s as %s: a stream older than that is %j', async (shipped, shortened, end) => {
  const backend = await serveStream();
  const edit = (file: string) => changed(file, shipped, shortened);
  const proxy = await startTraefik(await freePort(), backend.address, edit);
  const events = await open(proxy);
  const next = events.next().catch(() => 'cut');
  await Promise.race([next, quiet(1_500)]);
  backend.say('data: late\n\n');
  expect(await next).toBe(end);
});

test.each(STACKS)('%s: Traefik takes its labels and serves what they say', async (file) => {
  const port = await freePort();
  // A replica that knows its name alone, as in a container: its address is no loopback name.
  const program = start(['--demo', '--transport', 'http', '--port', '0', '--host', '127.0.0.2'], {
    MCP_PUBLIC_URL: 'https://mcp.example.com',
    MCP_ALLOWED_HOSTS: `mcp.example.com:${port}`,
  });
  const [, url = ''] = await waitFor(program.stderr, /"url":"([^"]+)"/);
  const proxy = await startOnLabels(labels(file), port, [url]);
  expect((await proxy.fetch(`${proxy.url}/healthz`)).status).toBe(200);
  expect((await proxy.fetch(`${proxy.url}/metrics`)).status).toBe(404);
  expect((await proxy.fetch(`${proxy.url}/mcp`)).status).not.toBe(404);
});

test('deploy/swarm.yaml: a client stays with one replica, and goes to the other when that is gone', async () => {
  expect(stack('deploy/swarm.yaml').deploy.replicas).toBe(2);
  const replicas = [await replica('a'), await replica('b')];
  const fast = { ...labels('deploy/swarm.yaml') };
  for (const [key, value] of Object.entries(fast)) {
    if (key.endsWith('healthCheck.interval')) fast[key] = value.replace('5s', '200ms');
    if (key.endsWith('healthCheck.timeout')) fast[key] = value.replace('3s', '100ms');
  }
  const proxy = await startOnLabels(
    fast,
    await freePort(),
    replicas.map(({ url }) => url),
  );
  const who = async () => (await proxy.fetch(`${proxy.url}/mcp`)).text();
  const first = await who();
  for (let call = 0; call < 10; call += 1) expect(await who()).toBe(first);
  replicas.find(({ name }) => name === first)?.stop();
  const other = first === 'a' ? 'b' : 'a';
  await expect.poll(who, { timeout: 5_000 }).toBe(other);
  for (let call = 0; call < 10; call += 1) expect(await who()).toBe(other);
});

/** A server that only says who it is. */
async function replica(name: string) {
  const server = createServer((_request, response) => response.end(name));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  onTestFinished(stop);
  return { name, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
}
