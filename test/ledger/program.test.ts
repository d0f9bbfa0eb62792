import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { callTool, clientFor } from '../connect.ts';
import { hello, line, outcome, run, simulatedProxmox, start, stateFolder, waitFor } from '../program.ts';
import { files, linesOf, onlyFile } from './folder.ts';

/** A change to the demo cluster, as a client sends it. */
const START = { path: '/nodes/pve2/qemu/106/status/start', method: 'POST' };
const call = (id: number, args: Record<string, unknown>) =>
  line({ id, method: 'tools/call', params: { name: 'proxmox_api_call', arguments: args } });

/** The texts of the answers, in the order of the calls. */
function answers(stdout: string): string[] {
  const messages = stdout
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text))
    .filter(({ id }) => id > 0)
    .sort((one, other) => one.id - other.id);
  return messages.map(({ result }) => result.content[0].text);
}

test('a change is in the ledger: its client, login, tool, request, task and how that ended', async () => {
  const folder = stateFolder();
  await run(['--demo'], { input: hello() + call(1, START), env: { MCP_STATE_DIR: folder } });
  const [head, begin, end, task] = linesOf(onlyFile(folder));
  expect(head).toMatchObject({ kind: 'head', server: 'demo', login: 'root@pam!full' });
  expect(begin).toMatchObject({
    kind: 'begin',
    client: 'test 1',
    identity: 'local',
    tool: 'proxmox_api_call',
    login: 'root@pam!full',
    request: { verb: 'POST', path: '/nodes/pve2/qemu/106/status/start', params: {}, effect: 'change' },
  });
  const upid = expect.stringMatching(/^UPID:pve2:.*:qmstart:106:/);
  expect(end).toMatchObject({ kind: 'end', begin: 2, result: 'ok', upid });
  expect(task).toMatchObject({ kind: 'task', begin: 2, upid, exitstatus: 'OK' });
  const audit = await run(['audit'], { env: { MCP_STATE_DIR: folder } });
  expect(audit.stdout).toMatch(/task OK +change +- +test 1 \(local\) +root@pam!full/);
});

test('audit --vmid finds a change of many guests at once', async () => {
  const folder = stateFolder();
  const all = call(1, { path: '/nodes/pve2/startall', method: 'POST', wait: false });
  await run(['--demo'], { input: hello() + all, env: { MCP_STATE_DIR: folder } });
  const { stdout } = await run(['audit', '--vmid', '106'], { env: { MCP_STATE_DIR: folder } });
  expect(stdout).toContain('/nodes/pve2/startall');
});

test('what only reads leaves nothing behind', async () => {
  const folder = stateFolder();
  const read = call(1, { path: '/nodes/pve2/qemu/106/config' });
  await run(['--demo'], { input: hello() + read, env: { MCP_STATE_DIR: folder } });
  expect(() => files(folder)).toThrow('ENOENT');
});

const NOWHERE = '/dev/null/state';

test('the demo works where nothing can be kept: its cluster is simulated', async () => {
  const { stdout } = await run(['--demo'], {
    input: hello() + call(1, START),
    env: { MCP_STATE_DIR: NOWHERE },
  });
  expect(answers(stdout)[0]).toContain('OK');
});

test('a Proxmox is read but not changed where nothing can be written down', async () => {
  const settings: Record<string, string> = { ...(await simulatedProxmox()), MCP_APPROVE: 'never' };
  const started = { path: '/nodes/pve1/lxc/101/status/start', method: 'POST' };
  const { stdout } = await run([], {
    input: hello() + call(1, { path: '/nodes' }) + call(2, started),
    env: { ...settings, MCP_STATE_DIR: NOWHERE },
  });
  const [read, changed] = answers(stdout);
  expect(read).toContain('pve1');
  expect(changed).toContain('(ledger)');
  expect(changed).toContain('MCP_STATE_DIR');
});

const CANARY = 'CANARY-5f0c9e71';
const KEY = `-----BEGIN PRIVATE KEY-----\n${CANARY}\n-----END PRIVATE KEY-----`;

/** Calls that carry a secret, in every way that one can. */
const SECRETS: readonly { path: string; method: string; data?: Record<string, unknown> }[] = [
  { path: '/nodes/pve1/qemu/100/config', method: 'PUT', data: { cipassword: CANARY } },
  { path: '/access/users', method: 'POST', data: { userid: 'eve@pve', password: CANARY } },
  { path: '/access/password', method: 'PUT', data: { userid: 'eve@pve', password: CANARY } },
  { path: '/access/password', method: 'PUT', data: { userid: 'eve@pve', 'confirmation-password': CANARY } },
  { path: '/nodes/pve1/certificates/custom', method: 'POST', data: { certificates: 'x', key: KEY } },
  {
    path: '/storage',
    method: 'POST',
    data: { storage: 's1', type: 'cifs', server: 'x', share: 'y', password: CANARY },
  },
  {
    path: '/cluster/metrics/server/m1',
    method: 'POST',
    data: { type: 'influxdb', server: 'x', port: 1, token: CANARY },
  },
  {
    path: '/access/openid/login',
    method: 'POST',
    data: { code: CANARY, state: 'x', 'redirect-url': 'https://x' },
  },
  {
    path: '/nodes/pve1/qemu/100/remote_migrate',
    method: 'POST',
    data: {
      'target-endpoint': `host=x,apitoken=PVEAPIToken=root@pam!t=${CANARY}`,
      'target-bridge': '1',
      'target-storage': '1',
    },
  },
  { path: `/access/users/eve@pve?password=${CANARY}`, method: 'DELETE' },
  { path: '/access/users/eve@pve', method: 'DELETE', data: { password: CANARY } },
];

test('no secret is ever in the ledger: of parameters, of queries, of settings', async () => {
  const folder = stateFolder();
  const settings: Record<string, string> = { ...(await simulatedProxmox()), MCP_APPROVE: 'never' };
  const approval = { MCP_APPROVE_SECRET: `${CANARY}-of-the-operator-0123456789` };
  const child = start(['--transport', 'http', '--port', '0'], {
    ...settings,
    ...approval,
    MCP_STATE_DIR: folder,
  });
  const [, url = ''] = await waitFor(child.stderr, /"url":"([^"]+)"/);
  const client = await clientFor(url);
  for (const { path, method, data } of SECRETS)
    await callTool(client, 'proxmox_api_call', { path, method, ...(data && { data }) });
  child.kill('SIGTERM');
  await outcome(child);

  const text = readFileSync(onlyFile(folder), 'utf8');
  expect(text).not.toContain(CANARY);
  expect(text).not.toContain(settings.PROXMOX_PASSWORD);
  // Most were written down: what was refused before it was sent has no line.
  const begun = linesOf(onlyFile(folder)).filter(({ kind }) => kind === 'begin');
  expect(begun.length).toBeGreaterThan(5);
  expect(begun.filter((one) => JSON.stringify(one).includes('[redacted]')).length).toBeGreaterThan(5);
});
