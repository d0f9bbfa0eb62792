// The faults that only a socket shows for what they are.
import { connect } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { path } from '../../src/api/path.ts';
import { createClient } from '../../src/client.ts';
import type { Fault } from '../../src/simulator/faults.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { failureOf } from '../failure-of.ts';
import { run, start as startProgram, waitFor } from '../program.ts';
import { config, stop } from './lab.ts';

/** The demo's cluster behind a real port, in which these faults strike, and a client that pins its certificate. */
async function served(...faults: Fault[]) {
  const simulator = createSimulator({ seed: 'demo', faults });
  const server = await simulator.listen();
  const { url, fingerprint } = server;
  const login = { tokenId: 'root@pam!full', secret: simulator.logins['root@pam!full'] ?? '' };
  const client = createClient({ url, fingerprint, clock: simulator.clock, ...login });
  onTestFinished(async () => {
    await client.close();
    await server.close();
  });
  const sent = (verb: string) => simulator.received.filter(({ method }) => method === verb).length;
  return { simulator, server, client, login, sent };
}

test.each([['reset-after'], ['cut-body'], ['596-after'], ['597']] as const)(
  '%s on a kept connection: the UPID comes from the task list, and the call went out once',
  async (name) => {
    const { client, simulator, sent } = await served({ name, on: `POST ${stop}` });
    await client.get(config);
    const { data } = await client.request('POST', stop);
    expect(simulator.world.tasks.get(String(data))?.type).toBe('qmstop');
    expect(sent('POST')).toBe(1);
  },
);

test('a stalled answer ends with the call’s own timeout, and the UPID is found', async () => {
  const { client, simulator, sent } = await served({ name: 'stall-after', on: `POST ${stop}` });
  const { data } = await client.request('POST', stop, {}, { timeoutMs: 100 });
  expect(simulator.world.tasks.get(String(data))?.type).toBe('qmstop');
  expect(sent('POST')).toBe(1);
});

test('a connection reset under keep-alive: a change stays in doubt, a read is sent once more', async () => {
  const { client, sent } = await served({ name: 'reset-before', on: `* ${config}`, skip: 1, times: 2 });
  await client.get(config);
  const failure = await failureOf(client.put(config, { description: 'x' }));
  expect(failure).toMatchObject({ code: 'unreachable', details: { mayHaveRun: true } });
  expect(sent('PUT')).toBe(1);
  expect(await client.get(config)).toMatchObject({ description: 'nginx, first of two' });
  expect(sent('GET')).toBe(3);
});

test('a body cut off in the middle is a bad answer', async () => {
  const { client } = await served({ name: 'cut-body' });
  const failure = await failureOf(client.get(config));
  expect(failure).toMatchObject({
    code: 'bad_answer',
    message: expect.stringContaining('cut in the middle'),
  });
});

test('another certificate between two calls: nothing is sent to a server that is not the pinned one', async () => {
  const { client, server, login, simulator, sent } = await served({
    name: 'new-certificate',
    on: `GET ${config}`,
  });
  const old = server.fingerprint;
  await client.get(config);
  expect(server.fingerprint).not.toBe(old);
  const failure = await failureOf(client.post(stop));
  expect(failure.code).toBe('tls');
  expect(failure.message + failure.hint).toContain(server.fingerprint);
  expect(failure.details.mayHaveRun).toBeUndefined();
  expect(sent('POST')).toBe(0);
  const { url, fingerprint } = server;
  const again = createClient({ url, fingerprint, clock: simulator.clock, ...login });
  onTestFinished(() => again.close());
  await again.get(config);
});

/** How a connection on which this fault strikes comes to its end. */
async function endOf(name: 'reset-before' | 'cut-body'): Promise<string> {
  const { server, login } = await served({ name });
  const socket = connect({
    port: Number(new URL(server.url).port),
    host: '127.0.0.1',
    rejectUnauthorized: false,
  });
  const authorization = `PVEAPIToken=${login.tokenId}=${login.secret}`;
  socket
    .end(`GET /api2/json${config} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n\r\n`)
    .resume();
  return new Promise((resolve) => {
    socket
      .once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
      .once('end', () => resolve('end'));
  });
}

test('a reset is one on the wire; a cut answer ends in order', async () => {
  expect(await endOf('reset-before')).toBe('ECONNRESET');
  expect(await endOf('cut-body')).toBe('end');
});

test('the program takes faults, as many as are wanted', async () => {
  const faults = ['--fault', '595=GET /version', '--fault', 'offline-node=pve2'];
  const child = startProgram(['simulate', '--seed', 'demo', ...faults]);
  const [text] = await waitFor(child.stdout, /^\{.*\}$/m);
  const { url, fingerprint, tokenId, tokenSecret: secret } = JSON.parse(text);
  const client = createClient({ url, fingerprint, tokenId, secret });
  onTestFinished(() => client.close());
  expect((await failureOf(client.get(path`/version`))).details.status).toBe(595);
  await client.get(path`/version`);
  const status = await client.get<{ name: string; online?: number }[]>(path`/cluster/status`);
  expect(status.find(({ name }) => name === 'pve2')?.online).toBe(0);
});

test.each([
  ['598', /There is no fault 598; there are .*offline-node/],
  ['locked-guest', /locked-guest needs a vmid/],
  ['offline-node=pve9', /pve9 is no node; it can be pve2, pve3/],
])('%s is refused before anything is served', async (fault, why) => {
  const { code, stderr, stdout } = await run(['simulate', '--fault', fault]);
  expect(code).not.toBe(0);
  expect(stderr).toMatch(why);
  expect(stderr).toContain('--fault');
  expect(stdout).toBe('');
});
