import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { settings } from '../../src/config/settings.ts';
import { start, waitFor } from '../program.ts';
import { startOnLabels } from './proxy.ts';
import { folder, freePort, interpolated, text, tool, yaml } from './tools.ts';

interface Service {
  environment: Record<string, string>;
  labels?: Record<string, string>;
  deploy: {
    replicas?: number;
    labels?: Record<string, string>;
    resources: { limits: Record<string, unknown> };
  };
  volumes: string[];
  healthcheck: { test: string[] };
  [key: string]: unknown;
}
interface Stack {
  services: Record<string, Service>;
  secrets: Record<string, unknown>;
}

const FILES = ['deploy/compose.yaml', 'deploy/swarm.yaml'];
const REQUIRED = {
  IMAGE: 'git.example.com/you/proxmox-mcp:1',
  PROXMOX_URL: 'pve.example.lan',
  PROXMOX_TOKEN_ID: 'mcp@pve!assistant',
  MCP_DOMAIN: 'mcp.example.com',
};

test.each(FILES)('%s is what the Compose Specification says', (file) => {
  execFileSync(tool('check-jsonschema'), ['--builtin-schema', 'vendor.compose-spec', file]);
});

test.each(FILES)('%s: a stack that lacks a variable it needs is not started', (file) => {
  for (const name of Object.keys(REQUIRED)) {
    expect(() => interpolated(text(file), { ...REQUIRED, [name]: '' })).toThrow(`${name} is missing`);
  }
  expect(interpolated(text(file), REQUIRED)).not.toContain('${');
});

test.each(FILES)('%s: the container may do nothing but serve and keep its state', (file) => {
  const service = stack(file);
  expect(service).toMatchObject({ user: '65532:65532', read_only: true, cap_drop: ['ALL'] });
  expect(service.volumes).toEqual(['state:/state']);
  expect(service).not.toHaveProperty('privileged');
  // Reached through Traefik's network alone.
  expect(service).not.toHaveProperty('ports');
  expect(Object.keys(service.deploy.resources.limits).sort()).toEqual(['cpus', 'memory', 'pids']);
});

test('deploy/compose.yaml: no new privileges', () => {
  expect(stack('deploy/compose.yaml').security_opt).toEqual(['no-new-privileges:true']);
});

test.each(FILES)('%s: every setting exists, and every secret is a file that the stack brings', (file) => {
  const { environment } = stack(file);
  const known = Object.values(settings).flatMap((entry) =>
    'secret' in entry ? [entry.env, `${entry.env}_FILE`] : [entry.env],
  );
  expect(known).toEqual(expect.arrayContaining(Object.keys(environment)));
  const { secrets } = parsed(file);
  for (const [name, value] of Object.entries(environment)) {
    const secret = Object.values(settings).some((entry) => entry.env === name && 'secret' in entry);
    expect(secret, `${name} in plain sight`).toBe(false);
    if (name.endsWith('_FILE')) expect(secrets).toHaveProperty([value.replace('/run/secrets/', '')]);
  }
});

test.each(FILES)(
  '%s: the health check of the program passes, and fails where nothing listens',
  async (file) => {
    const [, node, ...args] = stack(file).healthcheck.test;
    expect(node).toBe('/usr/local/bin/node');
    const program = start(['--demo', '--transport', 'http', '--port', '0']);
    const [, port = ''] = await waitFor(program.stderr, /"url":"http:\/\/127.0.0.1:(\d+)"/);
    const against = (where: string) =>
      execFileSync(
        process.execPath,
        args.map((arg) => arg.replace('8000', where)),
      );
    against(port);
    expect(() => against(String(1))).toThrow();
  },
);

test.each(FILES)('%s: Traefik takes its labels and serves what they say', async (file) => {
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

test("deploy/traefik/dynamic.yaml is what Traefik's published schema says", () => {
  const schema = join(folder(), 'traefik.json');
  const program = `import os, sys, requests_cache, schemastore
cache = requests_cache.CachedSession(os.path.join(os.path.dirname(schemastore.__file__), 'cache')).cache
found = [r.text for r in cache.filter(expired=True) if r.url.endswith('/traefik-v2-file-provider.json')]
open(sys.argv[1], 'w').write(found[0])`;
  execFileSync(tool('python'), ['-c', program, schema]);
  execFileSync(tool('check-jsonschema'), ['--schemafile', schema, 'deploy/traefik/dynamic.yaml']);
});

function parsed(file: string): Stack {
  const filled = join(folder(), 'stack.yaml');
  writeFileSync(filled, interpolated(text(file), REQUIRED));
  return yaml<Stack>(filled);
}

function stack(file: string): Service {
  const service = parsed(file).services['proxmox-mcp'];
  if (service === undefined) throw new Error(`no proxmox-mcp in ${file}`);
  return service;
}

/** In a swarm, Traefik reads the service's labels; without one, the container's. */
function labels(file: string): Record<string, string> {
  const service = stack(file);
  return service.labels ?? service.deploy.labels ?? {};
}

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
