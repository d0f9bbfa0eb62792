import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ask, bearer } from '../auth/raw.ts';
import { callTool, clientFor, type Way } from '../connect.ts';
import { hello, line, outcome, run, simulatedProxmox, start, waitFor } from '../program.ts';
import { type Collector, collector } from './collector.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = `00-${TRACE}-00f067aa0ba902b7-01`;
const OUTER = '00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-01';
const CANARY = 'CANARY-0123456789abcdef';

/** The built program over HTTP, with telemetry as the variables say. */
async function served(env: Record<string, string>, args: string[] = ['--demo']) {
  const child = start(['--transport', 'http', '--port', '0', ...args], env);
  const ended = outcome(child);
  const [, url = ''] = await waitFor(child.stderr, /(http:\/\/127\.0\.0\.1:\d+)/);
  return {
    url,
    /** Stops it as a service manager does, and answers what it wrote. */
    async stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

function json(to: Collector): Record<string, string> {
  return { OTEL_EXPORTER_OTLP_ENDPOINT: to.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
}

/** A call on stdio, with what the client says beside it. */
function call(id: number, name: string, args: object, meta: object = {}): string {
  return line({ id, method: 'tools/call', params: { name, arguments: args, _meta: meta } });
}

test('a call is a span below the one its client names, with a span for each request and wait below it', async () => {
  const to = await collector();
  const start = { path: '/nodes/pve3/lxc/203/status/start', method: 'POST' };
  const { code, stdout } = await run(['--demo'], {
    env: json(to),
    input: hello() + call(1, 'proxmox_api_call', start, { traceparent: PARENT }),
  });
  expect(code).toBe(0);
  expect(stdout).toContain('"id":1');

  const spans = to.spans();
  const tool = spans.find(({ name }) => name === 'tools/call proxmox_api_call');
  expect(tool).toMatchObject({
    traceId: TRACE,
    parentSpanId: '00f067aa0ba902b7',
    kind: 2,
    attributes: {
      'mcp.method.name': 'tools/call',
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'proxmox_api_call',
      'network.transport': 'pipe',
    },
  });
  const others = spans.filter((span) => span !== tool);
  for (const span of others) expect(span).toMatchObject({ traceId: TRACE, parentSpanId: tool?.spanId });
  const post = others.find(({ name }) => name === 'POST /nodes/{node}/lxc/{vmid}/status/start');
  expect(post).toMatchObject({
    kind: 3,
    attributes: {
      'http.request.method': 'POST',
      'url.template': '/nodes/{node}/lxc/{vmid}/status/start',
      'http.response.status_code': 200,
    },
  });
  expect(others.find(({ name }) => name === 'wait for task')?.attributes).toEqual({
    'proxmox.task.type': 'vzstart',
    'proxmox.task.end': 'ok',
  });
  expect(to.resource()).toMatchObject({
    'service.name': 'proxmox-mcp',
    'service.version': expect.any(String),
  });
});

test.each<Way>(['modern', 'streamable', 'sse'])(
  '%s: the trace is that of the HTTP request, unless the client says one with the call',
  async (way) => {
    const to = await collector();
    const server = await served({ ...json(to), MCP_AUTH_TOKEN: CANARY });
    const client = await clientFor(server.url, way, {}, CANARY, { traceparent: OUTER });
    await callTool(client, 'list_nodes');
    const _meta = { traceparent: PARENT };
    await client.callTool({ name: 'list_nodes', arguments: {}, _meta });
    await client.close();
    await server.stop();

    const [carried, said] = to.spans().filter(({ name }) => name === 'tools/call list_nodes');
    const outer = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
    expect(carried).toMatchObject({ traceId: outer.traceId, parentSpanId: outer.spanId, links: [] });
    expect(carried?.attributes['network.transport']).toBe('tcp');
    expect(said).toMatchObject({ traceId: TRACE, parentSpanId: '00f067aa0ba902b7', links: [outer] });
  },
);

test('reading a resource and completing are spans by their methods, which say nothing of what was read', async () => {
  const to = await collector();
  const ref = { type: 'ref/resource', uri: 'proxmox://guest/{vmid}' };
  await run(['--demo'], {
    env: json(to),
    input:
      hello() +
      line({ id: 1, method: 'resources/read', params: { uri: 'proxmox://guest/100' } }) +
      line({ id: 2, method: 'resources/read', params: { uri: 'proxmox://guest/4711' } }) +
      line({
        id: 3,
        method: 'completion/complete',
        params: { ref, argument: { name: 'vmid', value: '10' } },
      }),
  });
  const own = to.spans().filter(({ name }) => name === 'resources/read' || name === 'completion/complete');
  expect(own.map(({ name, attributes }) => [name, attributes['error.type']]).sort()).toEqual([
    ['completion/complete', undefined],
    ['resources/read', undefined],
    ['resources/read', 'not_found'],
  ]);
  for (const { attributes } of own) {
    expect(attributes).not.toHaveProperty('gen_ai.tool.name');
    expect(JSON.stringify(attributes)).not.toMatch(/4711|guest/);
  }
});

test('a call that fails says so in words of this project alone', async () => {
  const to = await collector();
  const missing = { path: '/nodes/pve1/qemu/999/config', method: 'GET' };
  await run(['--demo'], {
    env: json(to),
    input: hello() + call(1, 'proxmox_api_call', missing, { traceparent: 'nonsense' }),
  });
  const spans = to.spans();
  const tool = spans.find(({ name }) => name.startsWith('tools/call'));
  expect(tool?.parentSpanId).toBeFalsy();
  expect(tool?.traceId).toMatch(/^[\da-f]{32}$/);
  expect(tool).toMatchObject({
    status: 2,
    attributes: { 'error.type': 'tool_error', 'proxmox_mcp.code': 'not_found' },
  });
  const get = spans.find(({ name }) => name === 'GET /nodes/{node}/qemu/{vmid}/config');
  expect(get).toMatchObject({
    status: 2,
    attributes: { 'error.type': '500', 'http.response.status_code': 500 },
  });
});

test('the collector gets the figures that /metrics shows', async () => {
  const to = await collector();
  const server = await served({ ...json(to), MCP_METRICS: 'open' });
  const client = await clientFor(server.url);
  await callTool(client, 'list_nodes');
  await callTool(client, 'get_cluster_resources', { limit: 'many' });
  await callTool(client, 'proxmox_api_call', { path: '/nodes/pve3/lxc/203/status/start', method: 'POST' });
  const { text } = await ask(server.url, '/metrics');
  await client.close();
  await server.stop();

  const shown = text.split('\n').filter((row) => /^proxmox_mcp_\w+_total|_count/.test(row));
  expect(shown.length).toBeGreaterThan(6);
  const figures = to.figures();
  for (const row of shown) {
    const [name = '', value] = row.replace('_count', '').split(' ');
    expect([name, figures[name]]).toEqual([name, Number(value)]);
  }
  expect(figures.proxmox_mcp_calls_running).toBe(0);
  expect(figures).toHaveProperty('proxmox_mcp_sessions');
});

test('protobuf, unless JSON is asked for; names, headers and addresses as the variables give them', async () => {
  const to = await collector();
  await run(['--demo'], {
    env: {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${to.url}/here`,
      OTEL_EXPORTER_OTLP_HEADERS: `api-key=${CANARY}%20x`,
      OTEL_SERVICE_NAME: 'lab-mcp',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=lab',
    },
    input: hello() + call(1, 'list_nodes', {}),
  });
  expect(to.received.map(({ path }) => path)).toEqual(['/here']);
  const [{ headers, body } = { headers: {}, body: Buffer.alloc(0) }] = to.received;
  expect(headers).toMatchObject({ 'content-type': 'application/x-protobuf', 'api-key': `${CANARY} x` });
  for (const word of ['tools/call list_nodes', 'lab-mcp', 'deployment.environment.name', 'service.version'])
    expect(body.includes(word)).toBe(true);
});

test.each([
  [{ OTEL_SDK_DISABLED: 'true' }],
  [{ OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' }],
  [{ OTEL_TRACES_SAMPLER: 'always_off', OTEL_METRICS_EXPORTER: 'none' }],
  [
    {
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0',
      OTEL_METRICS_EXPORTER: 'none',
    },
  ],
])('%o: nothing is sent', async (env) => {
  const to = await collector();
  const { code } = await run(['--demo'], {
    env: { ...json(to), ...env },
    input: hello() + call(1, 'list_nodes', {}),
  });
  expect(code).toBe(0);
  expect(to.received).toEqual([]);
});

test('console puts spans and figures into the log, and leaves stdout to the protocol', async () => {
  const { stdout, stderr } = await run(['--demo'], {
    env: { OTEL_TRACES_EXPORTER: 'console', OTEL_METRICS_EXPORTER: 'console' },
    input: hello() + call(1, 'list_nodes', {}, { traceparent: PARENT }),
  });
  for (const row of stdout.trim().split('\n')) expect(JSON.parse(row).jsonrpc).toBe('2.0');
  const logged = stderr
    .trim()
    .split('\n')
    .map((row) => JSON.parse(row));
  expect(logged).toContainEqual(expect.objectContaining({ span: 'tools/call list_nodes', traceId: TRACE }));
  const counted = {
    metric: 'proxmox_mcp_calls_total',
    attributes: { tool: 'list_nodes', code: 'ok' },
    value: 1,
  };
  expect(logged).toContainEqual(expect.objectContaining(counted));
});

test('a collector that is gone, refuses or is silent disturbs no call and no stop, and is told of once', async () => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as { port: number };
  const refusing = await collector(401);
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const gone = (closed.address() as { port: number }).port;
  closed.close();
  await once(closed, 'close');
  onTestFinished(() => void silent.close());

  const stops = [gone, port]
    .map((each) => `http://127.0.0.1:${each}`)
    .concat(refusing.url)
    .map(async (endpoint) => {
      const server = await served({
        OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
        OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${CANARY}`,
        OTEL_METRIC_EXPORT_INTERVAL: '100',
      });
      const client = await clientFor(server.url);
      for (let i = 0; i < 5; i++) expect((await callTool(client, 'list_nodes')).isError).toBe(false);
      await client.close();
      const before = performance.now();
      const { code, stderr } = await server.stop();
      // Two seconds for the collector, the rest for a busy machine. Without a bound the silent one would take ten and more.
      expect(performance.now() - before).toBeLessThan(8_000);
      expect(code).toBe(0);
      expect(stderr.match(/collector does not take/g)).toHaveLength(1);
      expect(stderr).not.toContain(CANARY);
    });
  await Promise.all(stops);
}, 30_000);

test.each([
  [
    { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    'OTEL_EXPORTER_OTLP_PROTOCOL: expected http/protobuf or http/json (got "grpc")',
  ],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: `https//${CANARY}` },
    'OTEL_EXPORTER_OTLP_ENDPOINT: expected http://host:port',
  ],
  [{ OTEL_TRACES_EXPORTER: 'zipkin' }, 'OTEL_TRACES_EXPORTER: expected otlp, console or none (got "zipkin")'],
  [{ OTEL_EXPORTER_OTLP_HEADERS: CANARY }, 'OTEL_EXPORTER_OTLP_HEADERS: expected name=value'],
  [{ OTEL_TRACES_SAMPLER: 'sometimes' }, 'OTEL_TRACES_SAMPLER: expected always_on'],
  [
    { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '2' },
    'OTEL_TRACES_SAMPLER_ARG: expected a number',
  ],
  [
    { OTEL_METRIC_EXPORT_INTERVAL: 'often' },
    'OTEL_METRIC_EXPORT_INTERVAL: expected milliseconds (got "often")',
  ],
])('%o ends the start with one line and exit code 78', async (wrong, said) => {
  const { code, stderr } = await run(['--demo'], {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', ...wrong },
  });
  expect(code).toBe(78);
  expect(stderr.match(/^ {2}- .*/gm)).toEqual([expect.stringContaining(`  - ${said}`)]);
  expect(stderr).not.toMatch(/CANARY|^\s+at /m);
});

test('no secret, no name and no argument leaves with traces and figures', async () => {
  const to = await collector();
  const proxmox = await simulatedProxmox();
  const server = await served(
    {
      ...json(to),
      ...proxmox,
      MCP_AUTH_TOKEN: `alice:danger:${CANARY}`,
      MCP_APPROVE: 'never',
      MCP_METRICS: 'open',
    },
    [],
  );
  const client = await clientFor(server.url, 'streamable', {}, CANARY);
  const secret = `${CANARY}-argument`;
  await callTool(client, 'get_cluster_resources', { search: secret });
  for (const [method, path, data] of [
    ['GET', '/nodes/pve1/qemu/100/config', {}],
    ['POST', '/nodes/pve1/lxc/101/config', {}],
    ['PUT', '/nodes/pve1/lxc/101/config', { hostname: 'canary-host', description: secret }],
    ['GET', `/nodes/pve1/${CANARY}/x`, {}],
    ['POST', '/access/users', { userid: 'canary@pve', password: secret }],
    ['POST', '/nodes/pve1/lxc/101/status/start', {}],
  ] as const)
    await callTool(client, 'proxmox_api_call', { method, path, data });
  const { text } = await ask(server.url, '/metrics', { headers: bearer(CANARY) });
  await client.close();
  await server.stop();

  const names = to.spans().map(({ name }) => name);
  expect(names).toContain('PUT /nodes/{node}/lxc/{vmid}/config');
  expect(names).toContain('POST /access/users');
  const all = to.received.map(({ body }) => body.toString('utf8')).join('\n') + text;
  expect(all.length).toBeGreaterThan(5_000);
  const { PROXMOX_PASSWORD = '?', PROXMOX_TOKEN_ID = '?' } = proxmox;
  for (const word of [
    PROXMOX_PASSWORD,
    PROXMOX_TOKEN_ID,
    'CANARY',
    'canary',
    'alice',
    'pve1',
    'root@pam',
    'UPID',
  ])
    expect(all).not.toContain(word);
});
