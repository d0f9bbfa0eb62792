import { expect, test } from 'vitest';
import { tools as allTools } from '../src/tools/all.ts';
import { callTool, clientFor, connect, served, WAYS } from './connect.ts';

test.each(WAYS)('%s: a client lists the tools, reads, and starts a guest', async (way) => {
  const { client, call, cluster, mistakes } = await connect({ way });
  const { tools } = await client.listTools();
  expect(tools.map((tool) => tool.name)).toEqual(allTools.map(({ name }) => name).sort());

  const nodes = await call('list_nodes');
  expect(nodes.text).toMatch(/pve1/);

  const progress: string[] = [];
  const started = await call(
    'proxmox_api_call',
    { path: '/nodes/pve1/lxc/101/status/start', method: 'POST' },
    (line) => progress.push(line),
  );
  expect(started.isError).toBe(false);
  expect(started.text).toMatch(/OK/);
  expect(progress.length).toBeGreaterThan(0);
  expect(cluster.guest(101)?.status).toBe('running');
  expect(mistakes).toEqual([]);
});

test.each(WAYS)('%s: an unknown tool is a protocol error that names the known ones', async (way) => {
  const { client } = await connect({ way });
  await expect(callTool(client, 'make_coffee')).rejects.toThrow(/no tool "make_coffee".*list_nodes/);
});

test.each(WAYS)('%s: bad arguments are answered with what was expected', async (way) => {
  const { call } = await connect({ way });
  const answer = await call('get_cluster_resources', { limit: 'many' });
  expect(answer.isError).toBe(true);
  expect(answer.text).toMatch(/limit/);
});

test('clients of every kind share one server without mixing answers up', async () => {
  const { http } = await served();
  const clients = await Promise.all(
    WAYS.flatMap((way) => [clientFor(http.url, way), clientFor(http.url, way)]),
  );
  const answers = await Promise.all(
    clients.flatMap((client) =>
      [100, 101, 9000].map(async (vmid) => {
        const { data } = await callTool(client, 'get_cluster_resources', { text: String(vmid) });
        return { vmid, text: JSON.stringify(data) };
      }),
    ),
  );
  for (const { vmid, text } of answers) expect(text).toContain(`"vmid":${vmid}`);
});

test('an SSE stream and a session are gone from the server when their client leaves', async () => {
  const { http } = await served();
  const sse = await clientFor(http.url, 'sse');
  const streamable = await clientFor(http.url, 'streamable');
  await sse.ping();
  await streamable.ping();
  expect(http.connections()).toEqual({ sse: 1, sessions: 1 });
  await sse.close();
  await (streamable.transport as unknown as { terminateSession(): Promise<void> }).terminateSession();
  await expect.poll(() => http.connections()).toEqual({ sse: 0, sessions: 0 });
});
