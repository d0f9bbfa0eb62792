import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { callTool, info } from '../connect.ts';
import { freePort, tool } from './tools.ts';

const IMAGE = 'localhost/proxmox-mcp:check';
const TOKEN = 'opens-the-door-of-this-test';
/** As deploy/compose.yaml starts it; the network is the machine's, the limits those that a plain user has. */
const AS_COMPOSED =
  '--read-only --cap-drop all --security-opt no-new-privileges --memory 512m --pids-limit 100 --network host ' +
  '--ulimit nofile=4096:4096 --ulimit nproc=4096:4096';

let store = '';

// The same Dockerfile as everywhere, on bases made here, in a store of its own.
beforeAll(() => {
  for (const name of ['buildah', 'podman', 'runc']) tool(name);
  store = mkdtempSync(join(tmpdir(), 'proxmox-mcp-image-'));
  writeFileSync(
    join(store, 'storage.conf'),
    `[storage]\ndriver = "vfs"\ngraphroot = "${store}/images"\nrunroot = "${store}/run"\n`,
  );
  inStore('deploy/base-images.sh', []);
  const bases = [
    'BUILD_IMAGE=localhost/proxmox-mcp/build-base',
    'RUN_IMAGE=localhost/proxmox-mcp/run-base',
    'VERSION=1.2.3',
  ];
  // npm's cache is the machine's: what it holds is not fetched again.
  const cache = [
    '--volume',
    `${execFileSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).trim()}:/root/.npm`,
  ];
  const ignore = ['--ignorefile', 'deploy/Dockerfile.dockerignore'];
  inStore('buildah', [
    ...['bud', '--isolation', 'chroot', '--format', 'docker', ...ignore, ...cache],
    ...bases.flatMap((base) => ['--build-arg', base]),
    ...['-f', 'deploy/Dockerfile', '-t', IMAGE, '.'],
  ]);
}, 240_000);

afterAll(() => {
  rmSync(store, { recursive: true, force: true });
});

test('the image says what it is, and asks for no root, a graceful stop and a place to keep things', () => {
  const [{ Config, Size }] = JSON.parse(podman(['inspect', IMAGE])) as [
    { Config: Record<string, unknown> & { Labels: Record<string, string> }; Size: number },
  ];
  expect(Config).toMatchObject({ User: '65532:65532', StopSignal: 'SIGTERM', Volumes: { '/state': {} } });
  expect(Config.Labels).toMatchObject({
    'org.opencontainers.image.title': 'proxmox-mcp',
    'org.opencontainers.image.version': '1.2.3',
    'org.opencontainers.image.licenses': 'MIT',
  });
  // Node itself is 127 MB of it.
  expect(Size).toBeLessThan(170e6);
});

test('nothing is in it but Node and the program: no shell, no packages, nobody’s tests', () => {
  const inside = `const fs = require('node:fs');
    const has = ['/bin/sh', '/bin/busybox', '/usr/local/bin/npm', '/src'].filter((path) => fs.existsSync(path));
    const app = fs.readdirSync('/app', { recursive: true });
    console.log(JSON.stringify({ has, app }));`;
  const { has, app } = JSON.parse(inImage(inside)) as { has: string[]; app: string[] };
  expect(has).toEqual([]);
  expect(app.filter((path) => /node_modules|\.test\.|\.ts$/.test(path))).toEqual([]);
  expect(app).toContain('LICENSE');
  // V8's code of each script, ready: the root is read-only when it runs.
  for (const script of app.filter((path) => /^\w+\.cjs$/.test(path))) {
    const name = script.replace('.cjs', '-');
    expect(
      app.filter((path) => path.startsWith(name) && path.endsWith('.cache')),
      script,
    ).toHaveLength(1);
  }
});

test('it runs without root, rights or a place to write but its state', () => {
  const inside = `const fs = require('node:fs');
    const write = (path) => { try { fs.writeFileSync(path, ''); return 'written'; } catch ({ code }) { return code; } };
    const [, rights] = /CapBnd:\\s*(\\w+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'));
    console.log(JSON.stringify({ uid: process.getuid(), rights, app: write('/app/x'), root: write('/x'), state: write('/state/x') }));`;
  expect(JSON.parse(inImage(inside))).toEqual({
    uid: 65532,
    rights: '0000000000000000',
    app: 'EROFS',
    root: 'EROFS',
    state: 'written',
  });
});

test('it serves, knows that it is well, keeps what it did, and stops when told to', async () => {
  const port = await freePort();
  const secrets = join(store, 'auth-tokens');
  writeFileSync(secrets, `tester:danger:${TOKEN}\n`);
  chmodSync(secrets, 0o444);
  const env = [`MCP_PORT=${port}`, 'MCP_AUTH_TOKEN_FILE=/run/secrets/auth-tokens'];
  const name = `proxmox-mcp-check-${port}`;
  podman([
    ...['run', '--detach', '--name', name, ...AS_COMPOSED.split(' ')],
    ...['--volume', `${secrets}:/run/secrets/auth-tokens:ro`],
    ...env.flatMap((entry) => ['--env', entry]),
    ...[IMAGE, '--demo'],
  ]);
  onTestFinished(() => void podman(['rm', '--force', name]));
  await expect.poll(() => healthy(name), { timeout: 10_000, interval: 200 }).toBe(true);

  const requestInit = { headers: { authorization: `Bearer ${TOKEN}` } };
  const client = new Client(info);
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${port}/mcp`), { requestInit }),
  );
  const nodes = await callTool(client, 'list_nodes');
  expect(nodes.text).toContain('pve1');
  const path = '/nodes/pve3/lxc/203/snapshot';
  const made = await callTool(client, 'proxmox_api_call', {
    path,
    method: 'POST',
    data: { snapname: 'before' },
  });
  expect(made).toMatchObject({ isError: false, text: expect.stringContaining('OK') });
  await client.close();
  const ledger = podman(['exec', name, '/usr/local/bin/node', '/app/cli.js', 'audit']);
  expect(ledger).toContain('/nodes/pve3/lxc/203/snapshot');

  const begin = performance.now();
  podman(['stop', '--time', '15', name]);
  expect(performance.now() - begin).toBeLessThan(5_000);
  expect(podman(['inspect', name, '--format', '{{.State.ExitCode}}']).trim()).toBe('0');
  expect(healthy(name)).toBe(false);
});

test('without a token it does not start on an address that others reach', () => {
  const { status, stderr } = spawnSync(
    tool('podman'),
    [...RUNTIME, 'run', '--rm', ...AS_COMPOSED.split(' '), IMAGE, '--demo'],
    { env: environment(), encoding: 'utf8' },
  );
  expect(status).toBe(78);
  expect(stderr).toContain('MCP_AUTH_TOKEN');
});

/** runc and plain cgroups work on every machine, with systemd or without. */
const RUNTIME = ['--runtime', 'runc', '--cgroup-manager', 'cgroupfs'];

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, CONTAINERS_STORAGE_CONF: join(store, 'storage.conf') };
}

function inStore(command: string, args: string[]): string {
  return execFileSync(command, args, {
    env: environment(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function podman(args: string[]): string {
  return inStore(tool('podman'), [...RUNTIME, ...args]);
}

/** Runs a line of JavaScript in a fresh container, and returns what it prints. */
function inImage(script: string): string {
  const node = ['--entrypoint', '/usr/local/bin/node', IMAGE, '-e', script];
  return podman(['run', '--rm', ...AS_COMPOSED.split(' '), ...node]);
}

/** What the image's own HEALTHCHECK says. */
function healthy(name: string): boolean {
  return spawnSync('podman', [...RUNTIME, 'healthcheck', 'run', name], { env: environment() }).status === 0;
}
