import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { closedPort } from '../src/api/test-server.ts';
import { callTool, clientFor } from './connect.ts';
import { outcome, run, start, waitFor } from './program.ts';

interface Ready {
  url: string;
  fingerprint: string;
  user: string;
  password: string;
  tokenId: string;
  tokenSecret: string;
}

/** The simulated cluster in a process of its own, over real HTTPS. */
async function simulate(...args: string[]): Promise<Ready & { stop(): Promise<number | null> }> {
  const child = start(['simulate', '--seed', 'tiny', ...args]);
  const [text] = await waitFor(child.stdout, /^\{.*\}$/m);
  const ended = outcome(child);
  const stop = async () => {
    child.kill('SIGTERM');
    return (await ended).code;
  };
  return { ...(JSON.parse(text) as Ready), stop };
}

function settings(ready: Ready): Record<string, string> {
  const { url, fingerprint, tokenId, tokenSecret } = ready;
  return {
    PROXMOX_URL: url,
    PROXMOX_TOKEN_ID: tokenId,
    PROXMOX_PASSWORD: tokenSecret,
    PROXMOX_FINGERPRINT: fingerprint,
  };
}

/** The server over HTTP in a process of its own, with a client at its door. */
async function serve(env: Record<string, string>) {
  const child = start(['--transport', 'http', '--port', '0'], env);
  const [, url = ''] = await waitFor(child.stderr, /"url":"([^"]+)"/);
  const ended = outcome(child);
  return { url, client: await clientFor(url, 'streamable'), child, ended };
}

test('the recorded machine says every login it has, each made up anew', async () => {
  const child = start(['simulate', '--seed', 'lab']);
  const [text] = await waitFor(child.stdout, /^\{.*\}$/m);
  const { logins, tokenId, tokenSecret } = JSON.parse(text);
  expect(Object.keys(logins).sort()).toEqual(['alice@pve', 'root@pam', 'root@pam!lab', 'root@pam!priv']);
  expect(new Set(Object.values(logins)).size).toBe(4);
  expect(logins[tokenId]).toBe(tokenSecret);
});

const closed = await closedPort();

const CANARY = 'CANARY-0e4c-secret';

test('simulate says how to log in, and with that the server works: by token, by password, by its second host', async () => {
  const cluster = await simulate();
  const { PROXMOX_TOKEN_ID: _, ...rest } = settings(cluster);
  const password = { ...rest, PROXMOX_USER: cluster.user, PROXMOX_PASSWORD: cluster.password };
  const twoHosts = { ...settings(cluster), PROXMOX_URL: `127.0.0.1:9, ${cluster.url}` };
  for (const env of [settings(cluster), password, twoHosts]) {
    const { client } = await serve(env);
    const answer = await callTool(client, 'list_nodes');
    expect(answer.text).toContain('pve1');
    const start = await callTool(client, 'proxmox_api_call', {
      path: 'nodes/pve1/lxc/101/status/start',
      method: 'post',
    });
    expect(start.text).toMatch(/OK|already running/);
  }
  expect(await cluster.stop()).toBe(0);
});

test.each([
  ['a wrong secret', { PROXMOX_PASSWORD: CANARY }, /\(auth\)/],
  ['a token that does not exist', { PROXMOX_TOKEN_ID: 'root@pam!ghost' }, /\(auth\)/],
  [
    'a wrong password',
    { PROXMOX_TOKEN_ID: '', PROXMOX_USER: 'root@pam', PROXMOX_PASSWORD: CANARY },
    /\(auth\)/,
  ],
  [
    'an unknown realm',
    { PROXMOX_TOKEN_ID: '', PROXMOX_USER: 'root@moon', PROXMOX_PASSWORD: CANARY },
    /\(auth\)/,
  ],
  [
    'an untrusted certificate',
    { PROXMOX_FINGERPRINT: '' },
    /\(tls\).*([0-9A-F]{2}:){31}[0-9A-F]{2}[\s\S]*PROXMOX_FINGERPRINT[\s\S]*PROXMOX_CA_FILE[\s\S]*PROXMOX_VERIFY_SSL/,
  ],
  ['a pin of another certificate', { PROXMOX_FINGERPRINT: 'AB'.repeat(32) }, /\(tls\)/],
  ['a host that does not exist', { PROXMOX_URL: 'nothing.invalid' }, /\(unreachable\).*nothing\.invalid/],
  ['a port where nothing listens', { PROXMOX_URL: `https://127.0.0.1:${closed}` }, /\(unreachable\)/],
])('%s is explained, without the secret and without a stack', async (_what, change, expected) => {
  const cluster = await simulate();
  const { client, child, ended } = await serve({ ...settings(cluster), ...change });
  const answer = await callTool(client, 'list_nodes');
  expect(answer.isError).toBe(true);
  expect(answer.text).toMatch(expected);
  expect(answer.text).toContain('What to do:');
  child.kill('SIGTERM');
  const { stderr } = await ended;
  for (const secret of [CANARY, cluster.tokenSecret, cluster.password]) {
    expect(answer.text).not.toContain(secret);
    expect(stderr).not.toContain(secret);
  }
  expect(answer.text).not.toMatch(/^\s+at /m);
});

test('a Proxmox that goes away is noticed', async () => {
  const first = await simulate();
  const { client } = await serve(settings(first));
  expect((await callTool(client, 'list_nodes')).isError).toBe(false);
  await first.stop();
  const gone = await callTool(client, 'list_nodes');
  expect(gone.text).toMatch(/\(unreachable\)/);
});

test('SIGTERM lets a running call finish, then the program exits 0', async () => {
  const cluster = await simulate();
  const { client, child, ended } = await serve(settings(cluster));
  let begun: () => void = () => {};
  const running = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const call = callTool(
    client,
    'proxmox_api_call',
    { path: '/nodes/pve1/lxc/101/status/start', method: 'POST' },
    () => begun(),
  );
  await running;
  child.kill('SIGTERM');
  expect((await call).text).toMatch(/OK/);
  expect((await ended).code).toBe(0);
});

test('the demo works on a machine whose port 8000 is taken, and exits 0', async () => {
  const taken = createServer().listen(8000, '127.0.0.1');
  onTestFinished(() => void taken.close());
  // Taken by us or by somebody else: either way it is not free.
  await new Promise((resolve) => taken.once('listening', resolve).once('error', resolve));
  const { code, stdout, stderr } = await run(['demo', '--once']);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  for (const part of [
    'SSE',
    'Streamable HTTP',
    'list_nodes',
    'get_cluster_resources',
    'DRY RUN',
    'A person is asked',
    'proxmox-mcp approve',
    'Approved',
    'Did you mean current',
    'Every step worked',
  ]) {
    expect(stdout).toContain(part);
  }
  expect(stdout).not.toContain('127.0.0.1:8000');
});
