import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { Client, SSEClientTransport, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { callTool, info } from '../connect.ts';
import { redisLines } from '../ledger/folder.ts';
import { run, start, stateFolder, waitFor } from '../program.ts';
import { aRedis } from '../redis-server.ts';
import type { RunningProxy } from './proxy.ts';
import { freePort } from './tools.ts';

const TOKEN = 'opens-the-door-of-this-test';
/** Where clients come from: enough addresses that some of them go to each replica. */
const ADDRESSES = Array.from({ length: 12 }, (_, index) => `127.0.0.${index + 10}`);
/** Of the demo cluster; these hear when they are told to shut down, which takes four seconds. */
const GUESTS = [
  ...['/nodes/pve1/lxc/200', '/nodes/pve1/lxc/204', '/nodes/pve1/qemu/100', '/nodes/pve1/qemu/102'],
  ...['/nodes/pve2/lxc/201', '/nodes/pve2/qemu/101'],
  ...['/nodes/pve3/lxc/202', '/nodes/pve3/qemu/104', '/nodes/pve3/qemu/105'],
];
/** In the demo cluster, and lost for good. */
const DESTROY = { path: '/nodes/pve3/lxc/203', method: 'DELETE' };
const DESTROYED = /UPID:\S+:vzdestroy:/g;

/** One of the servers behind the proxy. */
interface Replica {
  child: ChildProcessWithoutNullStreams;
  address: string;
  /** One of its figures, asked for past the proxy. */
  figure(name: string): Promise<number>;
}

/** Starts a proxy before two servers, each `host:port`. */
export type StartBefore = (port: number, one: string, other: string) => Promise<RunningProxy>;

interface Site {
  proxy: RunningProxy;
  replicas: Replica[];
  store: { MCP_STORE: string };
  /** Starts the server at that address anew. */
  restart(replica: Replica): Promise<Replica>;
}

/** Two servers with one Redis, before one cluster and behind one proxy, as docs/deployment.md has it. */
async function site(startBefore: StartBefore, more: Record<string, string> = {}): Promise<Site> {
  const store = { MCP_STORE: (await aRedis()).url };
  const simulator = start(['simulate', '--seed', 'demo']);
  const [said] = await waitFor(simulator.stdout, /^\{.*\}$/m);
  const { url, fingerprint, tokenId, tokenSecret } = JSON.parse(said);
  const port = await freePort();
  const env = {
    ...store,
    ...{ PROXMOX_URL: url, PROXMOX_TOKEN_ID: tokenId, PROXMOX_PASSWORD: tokenSecret },
    PROXMOX_FINGERPRINT: fingerprint,
    MCP_AUTH_TOKEN: `tester:danger:${TOKEN}`,
    MCP_PUBLIC_URL: `https://mcp.example.com:${port}`,
    MCP_ALLOWED_HOSTS: 'mcp.example.com',
    MCP_TRUSTED_PROXIES: '127.0.0.1',
    MCP_RATE_LIMIT: '10000',
    ...more,
  };
  const one = await serve(await freePort(), env);
  const other = await serve(await freePort(), env);
  const proxy = await startBefore(port, one.address, other.address);
  const replicas = [one, other];
  return { proxy, replicas, store, restart: ({ address }) => serve(Number(address.split(':')[1]), env) };
}

async function serve(port: number, env: Record<string, string>): Promise<Replica> {
  const program = ['--transport', 'http', '--port', String(port)];
  const child = start(program, { ...env, MCP_STATE_DIR: stateFolder() });
  await waitFor(child.stderr, /"url":"/);
  const figure = async (name: string) => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`, { headers })).text();
    const lines = [...metrics.matchAll(new RegExp(`^proxmox_mcp_${name}(?:{.*})? (\\d+)$`, 'gm'))];
    return lines.reduce((sum, [, value]) => sum + Number(value), 0);
  };
  return { child, address: `127.0.0.1:${port}`, figure };
}

/** A client that comes from this address, and calls what it is told to. */
async function clientFrom(address: string, { proxy }: Site, way: 'modern' | 'streamable' | 'sse' = 'modern') {
  const modern = { versionNegotiation: { mode: { pin: '2026-07-28' } } } as const;
  const client = new Client(info, way === 'modern' ? modern : {});
  const headers = { authorization: `Bearer ${TOKEN}` };
  const options = { fetch: proxy.fetchFrom(address), requestInit: { headers } };
  await client.connect(
    way === 'sse'
      ? new SSEClientTransport(new URL(`${proxy.url}/sse`), options)
      : new StreamableHTTPClientTransport(new URL(`${proxy.url}/mcp`), options),
  );
  onTestFinished(() => client.close());
  return { client, call: (args: Record<string, unknown>) => callTool(client, 'proxmox_api_call', args) };
}

/** How many of something each replica counts. */
function figures({ replicas }: Site, name: string): Promise<number[]> {
  return Promise.all(replicas.map((replica) => replica.figure(name)));
}

function ended({ child }: Replica): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', resolve));
}

/** What holds of two replicas behind every proxy that deploy/ has a file for. */
export function twoReplicasBehind(name: string, startBefore: StartBefore): void {
  describe(`two replicas behind ${name}`, () => {
    test('either answers; a plan made by one that is killed is approved, and run by the other once', async () => {
      const it = await site(startBefore);
      const clients = await Promise.all(ADDRESSES.map((address) => clientFrom(address, it)));
      const answers = await Promise.all(clients.map(({ call }) => call({ path: '/nodes' })));
      expect(answers.filter(({ isError }) => isError)).toEqual([]);
      const before = await figures(it, 'calls_total');
      expect(Math.min(...before)).toBeGreaterThan(0);

      const asked = await clients[0]?.call(DESTROY);
      const [, id = ''] = /plan ([0-9a-z]{12}) /.exec(asked?.text ?? '') ?? [];
      expect(await run(['approve', id], { env: it.store })).toMatchObject({ code: 0 });
      const maker =
        it.replicas[(await figures(it, 'calls_total')).findIndex((calls, at) => calls > (before[at] ?? 0))];
      if (maker === undefined) throw new Error('no replica made the plan');
      maker.child.kill('SIGKILL');
      await ended(maker);

      await works(name, clients);
      const runs = await Promise.all(clients.map(({ call }) => call(DESTROY)));
      expect(runs.filter(({ isError }) => !isError)).toHaveLength(1);
      const tasks = await clients[0]?.call({ path: '/cluster/tasks' });
      expect(tasks?.text.match(DESTROYED)).toHaveLength(1);
      expect(await run(['audit', '--verify'], { env: it.store })).toMatchObject({ code: 0 });
    });

    test('one is killed while calls run: those fail and are not made again, all others succeed', async () => {
      const it = await site(startBefore, { MCP_APPROVE: 'never' });
      const old = await clientFrom('127.0.0.1', it, 'streamable');
      await clientFrom('127.0.0.1', it, 'sse');
      const at = (await figures(it, 'sessions')).indexOf(1);
      expect((await figures(it, 'sse_streams'))[at], 'one address, one replica').toBe(1);
      const victim = it.replicas[at];
      if (victim === undefined) throw new Error('no replica has the session');
      const clients = await Promise.all(ADDRESSES.map((address) => clientFrom(address, it)));
      const outcomes = Promise.allSettled(everyGuest([old, ...clients], 'shutdown'));
      // Each of them has reached Proxmox, and waits for its task, which takes four seconds.
      await expect.poll(() => answered(it), { timeout: 10_000 }).toBe(GUESTS.length);
      const lost = await victim.figure('calls_running');
      expect(lost).toBeGreaterThan(0);
      victim.child.kill('SIGKILL');
      await ended(victim);

      await works(name, clients);
      await expect(old.call({ path: '/nodes' })).rejects.toThrow();
      for (const way of ['streamable', 'sse'] as const) {
        const anew = await clientFrom('127.0.0.1', it, way);
        expect((await anew.call({ path: '/nodes' })).isError, way).toBe(false);
      }
      const settled = await outcomes;
      expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(lost);
      const good = settled.filter((outcome) => outcome.status === 'fulfilled' && !outcome.value.isError);
      expect(good).toHaveLength(GUESTS.length - lost);
      const begun = (await redisLines(it.store.MCP_STORE)).flatMap((line) =>
        line.kind === 'begin' ? [line] : [],
      );
      expect(begun.map(({ request }) => request.path).sort()).toEqual(
        GUESTS.map((path) => `${path}/status/shutdown`),
      );
      expect(await run(['audit', '--verify'], { env: it.store })).toMatchObject({ code: 0 });
    });

    test('one after the other is told to stop, and started anew: no call is lost', async () => {
      const it = await site(startBefore, { MCP_APPROVE: 'never' });
      const clients = await Promise.all(ADDRESSES.map((address) => clientFrom(address, it)));
      for (const [at, action] of ['shutdown', 'start'].entries()) {
        const calls = Promise.all(everyGuest(clients, action));
        await expect.poll(() => answered(it), { timeout: 10_000 }).toBe((at + 1) * GUESTS.length);
        const leaving = it.replicas[at] as Replica;
        leaving.child.kill('SIGTERM');
        await works(name, clients);
        expect((await calls).filter(({ isError }) => isError)).toEqual([]);
        expect(await ended(leaving)).toBe(0);
        const restarted = await it.restart(leaving);
        it.replicas[at] = restarted;
        // The proxy has to see that it is there again.
        const asked = async () => {
          await works(name, clients);
          return restarted.figure('calls_total');
        };
        await expect.poll(asked, { timeout: 10_000 }).toBeGreaterThan(0);
      }
      await works(name, clients);
      const begun = (await redisLines(it.store.MCP_STORE)).filter(({ kind }) => kind === 'begin');
      expect(begun).toHaveLength(2 * GUESTS.length);
    });
  });
}

type From = Awaited<ReturnType<typeof clientFrom>>;

/** A change to each guest at once, from one client after the other. */
function everyGuest(clients: readonly From[], action: string) {
  return GUESTS.map((path, index) => {
    const { call } = clients[index % clients.length] as From;
    return call({ path: `${path}/status/${action}`, method: 'POST' });
  });
}

/** That every client is answered, and again: at once behind nginx, else as soon as a health check has seen what happened. */
async function works(name: string, clients: readonly From[]): Promise<void> {
  const read = ({ call }: From) => call({ path: '/nodes' }).catch((error: Error) => error);
  const failures = async () => {
    const answers: Awaited<ReturnType<typeof read>>[] = [];
    for (let round = 0; round < 3; round += 1) answers.push(...(await Promise.all(clients.map(read))));
    return answers.filter((answer) => answer instanceof Error || answer.isError);
  };
  if (name === 'nginx') expect(await failures()).toEqual([]);
  else await expect.poll(failures, { timeout: 10_000 }).toEqual([]);
}

/** How many changes Proxmox has answered. */
async function answered({ store }: Site): Promise<number> {
  return (await redisLines(store.MCP_STORE)).filter(({ kind }) => kind === 'end').length;
}
