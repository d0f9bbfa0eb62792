import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './programs.mjs';
import { expectIn } from './tally.mjs';

/** As `npm run gen` writes it. */
const GOLDEN = new URL('../test/golden/tools-list.json', import.meta.url);
const TOOLS = JSON.parse(readFileSync(GOLDEN, 'utf8')).map(({ name }) => name);
const STOP = JSON.stringify({ method: 'POST', path: '/nodes/pve1/qemu/100/status/stop' });

/** The MCP Inspector's command line lists the tools and calls two of them, over every transport and in both eras. */
export async function checkInspector(tally, { folder, clients, node, url, stdio }) {
  const stateDir = ['-e', `MCP_STATE_DIR=${stdio.env.MCP_STATE_DIR}`];
  const ways = {
    SSE: ['--server-url', `${url}/sse`],
    'Streamable HTTP': ['--server-url', `${url}/mcp`],
    'Streamable HTTP, 2026-07-28': ['--server-url', `${url}/mcp`, '--protocol-era', 'modern'],
    stdio: [stdio.command, ...stdio.args, ...stateDir],
    'stdio, 2026-07-28': [stdio.command, ...stdio.args, ...stateDir, '--protocol-era', 'modern'],
  };
  const inspect = (way, ...args) =>
    run(node, [clients.inspector, '--cli', ...way, ...args, '--format', 'json', '-q'], {
      env: { HOME: join(folder, 'inspector-home') },
    });
  for (const [name, way] of Object.entries(ways)) {
    await tally.check(`MCP Inspector over ${name}`, async () => {
      const list = await inspect(way, '--method', 'tools/list', '--strict');
      const names = resultOf(list).tools.map((tool) => tool.name);
      if (names.toSorted().join() !== TOOLS.toSorted().join()) throw new Error(`listed ${names}`);
      const nodes = await inspect(way, '--method', 'tools/call', '--tool-name', 'list_nodes');
      expectIn(resultOf(nodes).content[0].text, '3 nodes, 3 online');
      const cluster = await inspect(way, '--method', 'resources/read', '--uri', 'proxmox://cluster');
      expectIn(resultOf(cluster).contents[0].text, '3 nodes, 3 online');
      const slow = ['--prompt-name', 'guest_slow', '--prompt-args', 'guest=web1'];
      const prompt = await inspect(way, '--method', 'prompts/get', ...slow);
      expectIn(resultOf(prompt).messages[0].content.text, 'explain_slow with guest=web1');
      const stop = ['--tool-name', 'proxmox_api_call', '--tool-args-json', STOP];
      const refused = await inspect(way, '--method', 'tools/call', ...stop);
      expectIn(refused.stdout + refused.stderr, 'needs_approval', 'nothing was sent');
    });
  }
}

function resultOf({ code, stdout, stderr }) {
  if (code !== 0)
    throw new Error(`the inspector ended with ${code}: ${stderr.slice(-2000)}${stdout.slice(-500)}`);
  return JSON.parse(stdout).result;
}
