import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as OldStdio } from '@modelcontextprotocol/sdk/client/stdio.js';
import { expect, onTestFinished, test } from 'vitest';
import { tools as allTools } from '../src/tools/all.ts';
import { info } from './connect.ts';
import { hello, line, outcome, run, start, waitFor } from './program.ts';

const program = { command: process.execPath, args: ['dist/cli.js', '--demo'], stderr: 'inherit' as const };

async function client(kind: 'modern' | 'v2' | 'old', ...more: string[]): Promise<Client> {
  const started = { ...program, args: [...program.args, ...more] };
  const made =
    kind === 'old'
      ? (new OldClient(info) as unknown as Client)
      : new Client(info, kind === 'modern' ? { versionNegotiation: { mode: { pin: '2026-07-28' } } } : {});
  await made.connect(
    kind === 'old'
      ? (new OldStdio(started) as unknown as StdioClientTransport)
      : new StdioClientTransport(started),
  );
  onTestFinished(() => made.close());
  return made;
}

test.each(['modern', 'v2', 'old'] as const)('a client (%s) lists the tools and calls them', async (kind) => {
  const mcp = await client(kind);
  const { tools } = await mcp.listTools();
  expect(tools.map(({ name }) => name)).toEqual(allTools.map(({ name }) => name).sort());
  const result = await mcp.callTool({ name: 'list_nodes', arguments: {} });
  expect(JSON.stringify(result.content)).toContain('pve1');
  // Asked again, after the server behind the opening has taken over, the list is the same.
  expect((await mcp.listTools()).tools).toEqual(tools);
});

test.each(['modern', 'v2', 'old'] as const)('a client (%s) uses prompts and resources', async (kind) => {
  const mcp = await client(kind);
  const lists = async () => [
    (await mcp.listPrompts()).prompts,
    (await mcp.listResources()).resources,
    (await mcp.listResourceTemplates()).resourceTemplates,
  ];
  // Where the opening answers these, the server behind it gives the same afterwards.
  const before = await lists();
  const { contents } = await mcp.readResource({ uri: 'proxmox://cluster' });
  expect(JSON.stringify(contents)).toContain('3 nodes, 3 online');
  expect(await lists()).toEqual(before);
  const { completion } = await mcp.complete({
    ref: { type: 'ref/prompt', name: 'evacuate_node' },
    argument: { name: 'node', value: 'pve' },
  });
  expect(completion.values).toEqual(['pve1', 'pve2', 'pve3']);
  const { messages } = await mcp.getPrompt({ name: 'evacuate_node', arguments: { node: 'pve2' } });
  expect(JSON.stringify(messages)).toContain('migrate_guest with evacuate=pve2, preview=true');
});

test('the list keeps to the settings, before the server behind the opening is loaded and after', async () => {
  const mcp = await client(
    'v2',
    '--read-only',
    '--deny',
    'GET /cluster/resources',
    '--toolsets',
    'api,cluster',
  );
  const { tools } = await mcp.listTools();
  expect(tools.map(({ name, annotations }) => [name, annotations?.readOnlyHint])).toEqual([
    ['api_describe', true],
    ['api_search', true],
    ['proxmox_api_call', true],
  ]);
  await mcp.callTool({ name: 'api_search', arguments: { query: 'nodes' } });
  expect((await mcp.listTools()).tools).toEqual(tools);
});

test('input that ends at once is answered first, and the program exits 0', async () => {
  const call = line({ id: 1, method: 'tools/call', params: { name: 'list_nodes', arguments: {} } });
  const { code, stdout, stderr } = await run(['--demo'], { input: hello() + call });
  const answers = stdout
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text));
  expect(answers.map((answer) => answer.id)).toEqual([0, 1]);
  expect(answers[1].result.content[0].text).toContain('pve1');
  expect(code).toBe(0);
  expect(stderr).toBe('');
});

test("malformed lines are answered with the protocol's errors, and the server lives on", async () => {
  const bad = [
    '{',
    '[]x',
    '{"jsonrpc":"1.0","id":1,"method":"ping"}',
    '{"jsonrpc":"2.0","id":{},"method":"ping"}',
    '42',
    'null',
  ];
  const input = `${hello()}${bad.join('\n')}\n${line({ id: 9, method: 'ping' })}`;
  const { stdout, code } = await run(['--demo'], { input });
  const answers = stdout
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text));
  expect(answers.filter((answer) => answer.error?.code === -32700)).toHaveLength(2);
  expect(answers.filter((answer) => answer.error?.code === -32600)).toHaveLength(4);
  expect(answers.at(-1)).toEqual({ jsonrpc: '2.0', id: 9, result: {} });
  expect(code).toBe(0);
});

test('a line of 5 MiB is refused without being kept', async () => {
  const huge = line({ id: 1, method: 'ping', params: { pad: 'x'.repeat(5 * 1024 * 1024) } });
  const { stdout } = await run(['--demo'], { input: hello() + huge + line({ id: 2, method: 'ping' }) });
  expect(stdout).toContain('larger than');
  expect(stdout).toContain('"id":2');
});

test('SIGTERM ends it with exit code 0', async () => {
  const child = start(['--demo']);
  const ended = outcome(child);
  child.stdin.write(hello());
  await waitFor(child.stdout, /"id":0/);
  child.kill('SIGTERM');
  expect((await ended).code).toBe(0);
});

test('a reader that begins late gets every answer', async () => {
  const child = start(['--demo']);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const asks = Array.from({ length: 300 }, (_, id) => line({ id: id + 1, method: 'tools/list' }));
  // Nobody reads until the program is done with its input; the pipe holds 64 KiB, the rest waits in the program.
  child.stdin.end(hello() + asks.join(''));
  await new Promise((resolve) => child.stdin.once('finish', resolve));
  let text = '';
  child.stdout.on('data', (part) => (text += part));
  await new Promise((resolve) => child.stdout.once('end', resolve));
  await ended;
  expect(text).toContain('"id":300');
});

test('an empty batch is answered with an error', async () => {
  const { stdout } = await run(['--demo'], { input: '[]\n' });
  expect(JSON.parse(stdout).error.code).toBe(-32600);
});
