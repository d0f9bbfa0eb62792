import { Client, SSEClientTransport, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport as OldSse } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport as OldStreamable } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { callTool, info, WAYS, type Way } from '../connect.ts';
import { start, waitFor } from '../program.ts';
import type { RunningProxy, StartProxy } from './proxy.ts';
import { open, quiet, serveStream } from './streams.ts';
import { freePort } from './tools.ts';

const TOKEN = 'opens-the-door-of-this-test';

/** What holds behind every proxy that deploy/ has a file for. */
export function behind(name: string, startProxy: StartProxy): void {
  describe(`behind ${name}`, () => {
    test('clients of every kind list, read and change', async () => {
      const port = await freePort();
      const proxy = await startProxy(port, await demo(port));
      for (const way of WAYS) {
        const client = await clientThrough(proxy, way);
        const { tools } = await client.listTools();
        expect(tools.map((tool) => tool.name)).toContain('list_nodes');
        const progress: string[] = [];
        const path = '/nodes/pve3/lxc/203/snapshot';
        const made = await callTool(
          client,
          'proxmox_api_call',
          { path, method: 'POST', data: { snapname: way.replace(' ', '-') } },
          (line) => progress.push(line),
        );
        expect(made).toMatchObject({ isError: false, text: expect.stringContaining('OK') });
        expect(progress, way).not.toEqual([]);
      }
    });

    test('each event reaches the client before the next one is written', async () => {
      const backend = await serveStream();
      const proxy = await startProxy(await freePort(), backend.address);
      const events = await open(proxy);
      for (const said of ['one', 'two', 'three']) {
        backend.say(`data: ${said}\n\n`);
        // Would wait for ever if the proxy held it back until there is more.
        expect(await events.next()).toBe(`data: ${said}\n\n`);
      }
    });

    test('a stream that nobody speaks on stays open', async () => {
      const backend = await serveStream();
      const proxy = await startProxy(await freePort(), backend.address);
      const events = await open(proxy);
      const next = events.next();
      expect(await Promise.race([next, quiet(2_000)])).toBe('still open');
      backend.say('data: late\n\n');
      expect(await next).toContain('late');
    });

    test('the server learns that a client is gone', async () => {
      const backend = await serveStream();
      const proxy = await startProxy(await freePort(), backend.address);
      const events = await open(proxy);
      events.leave();
      await backend.left;
    });

    test('the server hears the name that was asked for, and whose call it is from the proxy alone', async () => {
      const backend = await serveStream();
      const port = await freePort();
      const proxy = await startProxy(port, backend.address);
      const lies = {
        'x-forwarded-for': '6.6.6.6',
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'ftp',
      };
      await open(proxy, lies);
      expect(backend.headers()).toMatchObject({
        host: `mcp.example.com:${port}`,
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'https',
      });
      expect(backend.headers()['x-forwarded-host']).toMatch(/^mcp\.example\.com/);
    });

    test('what the server has beside its doors stays inside, and a message too large is refused', async () => {
      const port = await freePort();
      const proxy = await startProxy(port, await demo(port));
      for (const path of ['/metrics', '/readyz', '/', '/mcpx', '/mcp/../metrics']) {
        expect((await proxy.fetch(`${proxy.url}${path}`)).status, path).toBe(404);
      }
      const body = JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'ping',
        params: { pad: 'x'.repeat(5_000_000) },
      });
      const headers = {
        authorization: `Bearer ${TOKEN}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      };
      const strange = await proxy.fetch(`${proxy.url}/mcp`, {
        method: 'POST',
        headers: { ...headers, authorization: 'Bearer x' },
        body: '{}',
      });
      expect(strange.status).toBe(401);
      expect(strange.headers.get('www-authenticate')).toMatch(/^Bearer/);

      const answer = await proxy.fetch(`${proxy.url}/mcp`, { method: 'POST', headers, body });
      expect(answer.status).toBe(413);
    });
  });
}

/** The shipped program on its simulated cluster, known by the proxy's name. Returns `host:port`. */
async function demo(port: number): Promise<string> {
  const env = {
    MCP_AUTH_TOKEN: `tester:danger:${TOKEN}`,
    MCP_PUBLIC_URL: `https://mcp.example.com:${port}`,
    MCP_ALLOWED_HOSTS: 'mcp.example.com',
  };
  const program = start(['--demo', '--transport', 'http', '--port', '0'], env);
  const [, address = ''] = await waitFor(program.stderr, /"url":"http:\/\/([^"]+)"/);
  return address;
}

/** An MCP client of either SDK, over the proxy's TLS. */
async function clientThrough({ url, fetch }: RunningProxy, way: Way): Promise<Client> {
  const sse = new URL(`${url}/sse`);
  const mcp = new URL(`${url}/mcp`);
  const modern = { versionNegotiation: { mode: { pin: '2026-07-28' } } } as const;
  const client = way.startsWith('old')
    ? (new OldClient(info) as unknown as Client)
    : new Client(info, way === 'modern' ? modern : {});
  const options = { fetch, requestInit: { headers: { authorization: `Bearer ${TOKEN}` } } };
  const transports: Record<Way, () => object> = {
    modern: () => new StreamableHTTPClientTransport(mcp, options),
    streamable: () => new StreamableHTTPClientTransport(mcp, options),
    sse: () => new SSEClientTransport(sse, options),
    'old streamable': () => new OldStreamable(mcp, options),
    'old sse': () => new OldSse(sse, options),
  };
  await client.connect(transports[way]() as Parameters<Client['connect']>[0]);
  onTestFinished(() => client.close());
  return client;
}
