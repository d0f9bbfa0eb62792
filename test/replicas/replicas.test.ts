import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { makeIdentity } from '../../src/simulator/wire/certificate.ts';
import { ask, bearer, hello } from '../auth/raw.ts';
import { type Answer, callTool, clientFor } from '../connect.ts';
import { redisLines } from '../ledger/folder.ts';
import { run, simulatedProxmox, start, stateFolder, waitFor } from '../program.ts';
import { aRedis, DURABLE } from '../redis-server.ts';

/** In the tiny cluster, and so lost for good. */
const DESTROY = { path: '/nodes/pve1/lxc/101', method: 'DELETE' };
const describe = (text: string) => ({
  path: '/nodes/pve1/qemu/100/config',
  method: 'PUT',
  data: { description: text },
});

interface Replica {
  child: ChildProcessWithoutNullStreams;
  call(args: Record<string, unknown>): Promise<Answer>;
}

/** One of the servers that share a store; each has a state folder of its own. */
async function replica(env: Record<string, string>): Promise<Replica> {
  const child = start(['--transport', 'http', '--port', '0'], { ...env, MCP_STATE_DIR: stateFolder() });
  const [, url = ''] = await waitFor(child.stderr, /"url":"([^"]+)"/);
  const client = await clientFor(url);
  return { child, call: (args) => callTool(client, 'proxmox_api_call', args) };
}

/** Two servers in front of one cluster, and what tells a command where they keep what they share. */
async function twoReplicas(store: Record<string, string>): Promise<[Replica, Replica]> {
  const env = { ...(await simulatedProxmox()), ...store };
  return Promise.all([replica(env), replica(env)]);
}

test('a plan made at one server is approved by a person and run at either, once', async () => {
  const store = { MCP_STORE: (await aRedis()).url };
  const [one, other] = await twoReplicas(store);
  const asked = await one.call(DESTROY);
  expect(asked.text).toContain('MCP_STORE=… proxmox-mcp approve');
  const [, id = ''] = /plan ([0-9a-z]{12}) /.exec(asked.text) ?? [];
  // The other knows the plan, and makes no second one for the same call.
  expect((await other.call(DESTROY)).text).toContain(id);

  const listed = await run(['approve'], { env: store });
  expect(listed.stdout).toMatch(new RegExp(`^${id} .*\\n$`));
  const approved = await run(['approve', id], { env: store });
  expect(approved).toMatchObject({ code: 0, stdout: expect.stringContaining('Approved') });

  const answers = await Promise.all([one, other, one, other].map((replica) => replica.call(DESTROY)));
  expect(answers.filter(({ isError }) => !isError)).toHaveLength(1);
  const begun = (await redisLines(store.MCP_STORE)).filter(({ kind }) => kind === 'begin');
  expect(begun).toMatchObject([{ plan: id, approval: 'command', request: { verb: 'DELETE' } }]);
  const tasks = await other.call({ path: '/cluster/tasks' });
  expect(tasks.text.match(/UPID:\S+:vzdestroy:/g)).toHaveLength(1);
});

test('one server is killed mid-work: the ledger is whole, and the other goes on', async () => {
  const store = { MCP_STORE: (await aRedis()).url };
  const [one, other] = await twoReplicas(store);
  let done = 0;
  const untilKilled = async (worker: number) => {
    for (; ; done += 1) {
      if (done >= 5) one.child.kill('SIGKILL');
      await one.call(describe(`one ${worker}`));
    }
  };
  const lost = Promise.allSettled([1, 2, 3, 4].map(untilKilled));
  const kept = Array.from({ length: 30 }, (_, index) => other.call(describe(`other ${index}`)));
  const answers = await Promise.all(kept);
  expect(answers.map(({ isError, text }) => (isError ? text : 'ok'))).toEqual(Array(30).fill('ok'));
  await lost;
  expect((await other.call(describe('after'))).isError).toBe(false);

  const verdict = await run(['audit', '--verify'], { env: store });
  expect(verdict).toMatchObject({ code: 0, stdout: expect.stringContaining('is intact') });
  const lines = await redisLines(store.MCP_STORE);
  const ended = new Set(lines.flatMap((line) => (line.kind === 'end' ? [line.begin] : [])));
  const begun = lines.flatMap((line) => (line.kind === 'begin' ? [line] : []));
  const of = (who: string) =>
    begun.filter(({ request }) => String(request.params.description).startsWith(who));
  expect(of('other')).toHaveLength(30);
  expect(of('other').every(({ n }) => ended.has(n))).toBe(true);
  expect(of('one').length).toBeGreaterThanOrEqual(done);
});

const CANARY = 'CANARY-5f0c9e71';

test('the store goes away: reads go on, changes say what to do, and all is well when it is back', async () => {
  const redis = await aRedis([...DURABLE, '--requirepass', CANARY]);
  const store = { MCP_STORE: redis.url.replace('//', `//:${CANARY}@`), MCP_APPROVE: 'never' };
  const server = await replica({ ...(await simulatedProxmox()), ...store });
  let said = '';
  server.child.stderr.on('data', (part) => (said += part));
  const change = async (text: string) => {
    const answer = await server.call(describe(text));
    said += answer.text;
    return answer;
  };
  expect((await change('before')).isError).toBe(false);
  await redis.kill();
  expect((await change('meanwhile')).text).toMatch(/\(ledger\).*can't be reached .*Nothing was sent/);
  expect((await server.call({ path: '/nodes' })).isError).toBe(false);
  expect((await server.call(DESTROY)).isError).toBe(true);
  const audit = await run(['audit'], { env: store });
  expect(audit).toMatchObject({ code: 1, stderr: expect.stringContaining("can't be reached") });
  said += audit.stdout + audit.stderr;

  await redis.start();
  await vi.waitFor(async () => expect((await change('after')).isError).toBe(false), { timeout: 10_000 });
  redis.freeze();
  expect((await change('frozen')).text).toMatch(/\(ledger\).*does not answer/);
  redis.thaw();
  await vi.waitFor(async () => expect((await change('again')).isError).toBe(false), { timeout: 10_000 });
  const verdict = await run(['audit', '--verify'], { env: store });
  expect(verdict.code).toBe(0);
  expect(said + verdict.stdout).not.toContain(CANARY);
});

/** Two that ask for tokens, with what they say. */
async function twoDoors(url: string) {
  const env = { MCP_STORE: url, MCP_AUTH_TOKEN: 'alice:read:CANARY-alice-0123456789', MCP_RATE_LIMIT: '6' };
  const door = async () => {
    const args = ['--demo', '--transport', 'http', '--port', '0'];
    const child = start(args, { ...env, MCP_STATE_DIR: stateFolder() });
    const log = { text: '' };
    child.stderr.on('data', (part) => (log.text += part));
    const [, url = ''] = await waitFor(child.stderr, /"url":"([^"]+)"/);
    const knock = async (token = 'CANARY-alice-0123456789') =>
      (await ask(url, '/mcp', { body: hello, headers: bearer(token) })).status;
    return { log, knock };
  };
  return Promise.all([door(), door()]);
}

test('requests and wrong tokens are counted for all replicas, and for each while the store is away', async () => {
  const redis = await aRedis();
  const [one, other] = await twoDoors(redis.url);
  const statuses: number[] = [];
  for (const door of [one, other, one, other, one, other, one, other]) statuses.push(await door.knock());
  expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 429, 429]);
  for (const door of [one, other])
    for (let guess = 0; guess < 10; guess += 1) await door.knock(`wrong-0123456789-${guess}`);
  expect([await one.knock('wrong-0123456789'), await other.knock('wrong-0123456789')]).toEqual([429, 429]);

  await redis.kill();
  // Each has given three of its own six, and does not open wide.
  const later: number[] = [];
  for (let again = 0; again < 8; again += 1) later.push(await other.knock());
  expect(later.slice(0, 3)).toEqual([200, 200, 200]);
  expect(later.at(-1)).toBe(429);
  await one.knock();
  for (const { log } of [one, other]) {
    expect(log.text.match(/"level":40.*the store does not count/g)).toHaveLength(1);
    expect(log.text).not.toContain('CANARY');
  }
});

test('a wrong password is said to be that, and is not repeated', async () => {
  const redis = await aRedis([...DURABLE, '--requirepass', 'another']);
  const MCP_STORE = redis.url.replace('//', `//:${CANARY}@`);
  const { code, stderr, stdout } = await run(['audit'], { env: { MCP_STORE } });
  expect(code).toBe(1);
  expect(stderr).toContain('does not let this server in (WRONGPASS)');
  expect(stdout + stderr).not.toContain(CANARY);
});

test('the doctor says what is wrong with the store, and shows no password', async () => {
  const good = await aRedis([...DURABLE, '--requirepass', CANARY]);
  const forgetful = await aRedis(['--appendonly', 'no']);
  const doctor = async (MCP_STORE: string) => {
    const env = { MCP_DEMO: 'true', MCP_STORE };
    const { code, stdout, stderr } = await run(['doctor', '--json'], { env });
    expect(stdout + stderr).not.toContain(CANARY);
    const { findings } = JSON.parse(stdout) as { findings: Finding[] };
    return { code, found: findings.filter(({ check }) => check === 'state') };
  };
  const login = (password: string) => good.url.replace('//', `//:${password}@`);
  expect(await doctor(login(CANARY))).toMatchObject({ code: 0, found: [{ state: 'good' }] });
  const says = (text: RegExp) => ({ code: 1, found: [{ state: 'bad', text: expect.stringMatching(text) }] });
  expect(await doctor(login('wrong'))).toMatchObject(says(/does not let this server in \(WRONGPASS\)/));
  expect(await doctor(forgetful.url)).toMatchObject(says(/may lose what was written/));
  expect(await doctor('redis://127.0.0.1:1')).toMatchObject(says(/can't be reached \(ECONNREFUSED\)/));
});

test('over TLS, with a certificate that Node is told to trust, and with no other', async () => {
  const { key, certificate } = await makeIdentity();
  const folder = stateFolder();
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  writeFileSync(keyFile, key);
  writeFileSync(certificateFile, certificate);
  const tls = ['--tls-cert-file', certificateFile, '--tls-key-file', keyFile, '--tls-auth-clients', 'no'];
  const redis = await aRedis([...DURABLE, ...tls, '--tls-port', '{free}']);
  const MCP_STORE = `rediss://127.0.0.1:${redis.tlsPort}`;
  const trusted = await run(['audit'], { env: { MCP_STORE, NODE_EXTRA_CA_CERTS: certificateFile } });
  expect(trusted).toMatchObject({ code: 0, stdout: expect.stringContaining('No change is written down') });
  const untrusted = await run(['audit'], { env: { MCP_STORE } });
  expect(untrusted).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/certificate that is not trusted .*\n.*NODE_EXTRA_CA_CERTS/),
  });
});

test.each([
  'http://127.0.0.1',
  'redis://',
  'redis://127.0.0.1/x',
  `redis://:${CANARY}%zz@127.0.0.1`,
  '127.0.0.1:6379',
])('%s is no store', async (MCP_STORE) => {
  const { code, stderr } = await run(['audit'], { env: { MCP_STORE } });
  expect(code).toBe(78);
  expect(stderr).toContain('MCP_STORE: expected redis://');
  expect(stderr).not.toContain(CANARY);
});

test('a key for a store that is not there is a mistake, and so is one that can be guessed', async () => {
  const alone = await run(['audit'], { env: { MCP_STORE_KEY: 'k'.repeat(32) } });
  expect(alone).toMatchObject({ code: 78, stderr: expect.stringContaining('MCP_STORE is missing') });
  const short = await run(['audit'], { env: { MCP_STORE: 'redis://127.0.0.1', MCP_STORE_KEY: 'short' } });
  expect(short).toMatchObject({ code: 78, stderr: expect.stringContaining('at least 32 characters') });
});
